import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basic } from '../../support/http-server.ts';
import { aPassword } from '../../support/opened-access.ts';
import { ibmWorld, server, sms } from './world.ts';

const base = '/isam/dsc/admin/replicas';

/** Every route, with a body where there is one. */
const routes: readonly (readonly [route: string, body?: unknown])[] = [
  ['GET /core/sys/versions'],
  ['GET /setup_complete'],
  ['GET /isam/capabilities/v1'],
  ['GET /firmware_settings'],
  [`GET ${base}`],
  [`GET ${base}/ibm.com/servers`],
  [`GET ${base}/ibm.com/sessions`],
  [`DELETE ${base}/ibm.com/sessions/session/678`],
  [`DELETE ${base}/ibm.com/sessions/user/ann`],
  ['GET /isam/dsc/config'],
  ['PUT /isam/dsc/config', {}],
  ['POST /isam/pdadmin', { commands: ['server list'] }],
  ['POST /isam/dscadmin', { commands: ['replica set list'] }],
  ['GET /isam/whatever'],
];

test('nobody without credentials learns anything, nor with wrong ones', async (t) => {
  const { ask, signIn, live } = await ibmWorld(t);
  await signIn('ann');
  const bodies = new Set<string>();
  // Each wrong password counts towards a lock, so it is tried on a few only.
  for (const [auth, tried] of [
    [undefined, routes],
    ['Bearer nothing', routes],
    ['Basic %%%', routes],
    ['Digest x', routes],
    [basic('nobody', 'wrong'), routes.slice(-2)],
  ] as const) {
    for (const [route, body] of tried) {
      const answer = await ask(route, { ...(auth === undefined ? {} : { auth }), body });
      assert.equal(answer.status, 401, `${route} ${auth}`);
      assert.equal(typeof answer.body.message, 'string');
      bodies.add(JSON.stringify(answer.body));
    }
  }
  assert.equal([...bodies].join().includes('ibm.com'), false);
  assert.deepEqual(await live(), ['ann']);
});

test('the user of a session has no business here, whatever groups the session claims', async (t) => {
  const { ask, register } = await ibmWorld(t);
  const { token } = await register({ username: 'ann', realm: 'ibm.com', accessGroups: ['administrator'] });
  for (const [route, body] of routes) {
    assert.equal((await ask(route, { auth: `Bearer ${token}`, body })).status, 403, route);
  }
});

test('who may only read sees sessions and ends none', async (t) => {
  const { ask, administrator, signIn, live } = await ibmWorld(t);
  const id = await signIn('ann');
  const auth = await administrator('reader', ['read']);
  assert.equal((await ask(`GET ${base}/ibm.com/sessions`, { auth })).body.matched, 1);
  for (const session of [id, '678', '00000000-0000-4000-8000-000000000000']) {
    assert.equal((await ask(`DELETE ${base}/ibm.com/sessions/session/${session}`, { auth })).status, 403);
  }
  assert.equal((await ask(`DELETE ${base}/ibm.com/sessions/user/ann`, { auth })).status, 403);
  assert.equal((await ask('PUT /isam/dsc/config', { auth, body: { client_grace: 1 } })).status, 403);
  for (const command of [
    `${sms} session terminate all_sessions ann -realm ibm.com`,
    `${sms} session terminate session ${id} -realm ibm.com`,
    `${sms} session terminate session 678 -realm ibm.com`,
    `${sms} session refresh all_sessions ann -realm ibm.com`,
    `server task ${server} terminate session ${id}`,
    `${sms} key change`,
    `${sms} key show`,
    `${sms} trace set 9`,
    'policy set max-concurrent-web-sessions 1',
  ]) {
    const { status, body } = await ask('POST /isam/pdadmin', { auth, body: { commands: [command] } });
    assert.deepEqual([status, body.code], [400, 'forbidden'], command);
  }
  for (const command of [
    'session terminate all_sessions a* ibm.com',
    'session terminate all_sessions * ibm.com',
  ]) {
    const { status, body } = await ask('POST /isam/dscadmin', { auth, body: { commands: [command] } });
    assert.deepEqual([status, body.code], [400, 'forbidden'], command);
  }
  assert.deepEqual(await live(), ['ann']);
});

test('an administrator of one realm finds nothing of another and changes nothing there (P9)', async (t) => {
  const { ask, administrator, signIn, live } = await ibmWorld(t);
  const id = await signIn('ann');
  const auth = await administrator('eu', ['administrator'], 'eu');
  assert.deepEqual((await ask(`GET ${base}`, { auth })).body, [{ name: 'eu', realm: 'eu' }]);
  for (const route of [
    `GET ${base}/ibm.com/servers`,
    `GET ${base}/ibm.com/sessions`,
    `GET ${base}/default/sessions`,
    `DELETE ${base}/ibm.com/sessions/session/${id}`,
    `DELETE ${base}/ibm.com/sessions/user/ann`,
  ]) {
    const { status, body } = await ask(route, { auth });
    assert.equal(status, 404, route);
    assert.match(body.message, /CTGSI0306E.*there are "eu"/);
  }
  const own = await ask(`DELETE ${base}/eu/sessions/session/${id}`, { auth });
  assert.deepEqual([own.status, own.headers.get('x-curfew-matched')], [204, '0']);
  const said: string[] = [];
  for (const command of [
    `${sms} session terminate all_sessions ann -realm ibm.com`,
    `${sms} session list * 9 -realm ibm.com`,
    `${sms} session refresh session ${id} -realm ibm.com`,
    `server task ${server} terminate all_sessions ann`,
    'policy set max-concurrent-web-sessions 1',
    `${sms} key change`,
    `${sms} trace set 9`,
    `login -a eu -p "${aPassword}" -d ibm.com`,
    `login -a eu -p "${aPassword}" -m\nserver list\npolicy set max-concurrent-web-sessions 1`,
  ]) {
    const { status, body } = await ask('POST /isam/pdadmin', { auth, body: { commands: [command] } });
    assert.equal(status, 400, command);
    said.push(body.message);
  }
  const list = await ask('POST /isam/pdadmin', { auth, body: { commands: [`${sms} realm list`] } });
  assert.equal(list.body.result, 'eu');
  assert.equal(/\bann\b/.test(said.join()), false);
  assert.deepEqual(await live(), ['ann']);
});

test('an application with a key reaches its realm by its scopes', async (t) => {
  const { ask, asAdmin, signIn, live } = await ibmWorld(t);
  await signIn('ann');
  const key = async (realm: string, ...scopes: string[]) =>
    `Bearer ${(await asAdmin('POST /v1/keys', { name: 'app', realm, scopes })).body.secret}`;
  const lister = await key('ibm.com', 'list');
  assert.equal((await ask(`GET ${base}/ibm.com/sessions`, { auth: lister })).body.matched, 1);
  assert.equal((await ask(`DELETE ${base}/ibm.com/sessions/user/ann`, { auth: lister })).status, 403);
  const elsewhere = await key('eu', 'terminate');
  assert.equal((await ask(`DELETE ${base}/ibm.com/sessions/user/ann`, { auth: elsewhere })).status, 404);
  assert.equal((await ask(`GET ${base}`, { auth: await key('ibm.com', 'register') })).status, 403);
  assert.deepEqual(await live(), ['ann']);
  const terminator = await key('ibm.com', 'terminate');
  assert.equal((await ask(`DELETE ${base}/ibm.com/sessions/user/ann`, { auth: terminator })).status, 204);
  assert.deepEqual(await live(), []);
});
