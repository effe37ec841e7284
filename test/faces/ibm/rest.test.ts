import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basic } from '../../support/http-server.ts';
import { aPassword } from '../../support/opened-access.ts';
import { ibmWorld, rawRequest, readRaw, server } from './world.ts';

const base = '/isam/dsc/admin/replicas';

test('the handshake of each client finds a product, a version and a model that it knows', async (t) => {
  const { asAdmin } = await ibmWorld(t);
  const versions = (await asAdmin('GET /core/sys/versions')).body;
  assert.equal(
    `${versions.product_description} ${versions.firmware_version}`,
    'IBM Security Verify Access 10.0.6.0',
  );
  assert.equal(versions.deployment_model, 'Appliance');
  assert.equal((await asAdmin('GET /setup_complete')).body.configured, true);
  const [module] = (await asAdmin('GET /isam/capabilities/v1')).body;
  assert.deepEqual(module, { id: 'wga', enabled: 'True' });
  const [partition] = (await asAdmin('GET /firmware_settings')).body;
  assert.deepEqual([partition.active, partition.firmware_version], [true, '10.0.6.0']);
});

test('replica sets and their servers are listed', async (t) => {
  const { asAdmin, signIn } = await ibmWorld(t);
  await signIn('ann');
  assert.deepEqual((await asAdmin(`GET ${base}`)).body, [
    { name: 'default', realm: 'default' },
    { name: 'ibm.com', realm: 'ibm.com' },
  ]);
  const { body } = await asAdmin(`GET ${base}/ibm.com/servers`);
  assert.deepEqual(body[0], { name: server, joined: '2030-01-01T00:00:00.000Z', replica_set: 'ibm.com' });
  assert.equal(body.length, 2);
});

test('a search gives objects with the session, its user, address and times', async (t) => {
  const { asAdmin, signIn } = await ibmWorld(t);
  const session = await signIn('dlucas', 'ibm.com', { client: { ip: '192.0.2.7' } });
  await signIn('dlucas', 'default');
  const { body } = await asAdmin(`GET ${base}/ibm.com/sessions?user=*luca*&max=100`);
  assert.deepEqual(body, {
    matched_sessions: [
      {
        session,
        user: 'dlucas',
        replica_set: 'ibm.com',
        realm: 'ibm.com',
        client_ip: '192.0.2.7',
        created: '2030-01-01T00:00:00.000Z',
        last_access: '2030-01-01T00:00:00.000Z',
        expires: '2030-01-04T00:00:00.000Z',
      },
    ],
    matched: 1,
    returned: 1,
  });
});

test('a search is cut at max, tells how many match, and without parameters gives all', async (t) => {
  const { asAdmin, signIn } = await ibmWorld(t);
  for (let index = 0; index < 5; index++) await signIn('ann');
  const search = async (query: string) => (await asAdmin(`GET ${base}/ibm.com/sessions${query}`)).body;
  const one = await search('?user=ann&max=1');
  assert.deepEqual([one.matched_sessions.length, one.matched, one.returned], [1, 5, 1]);
  assert.equal((await search('')).returned, 5);
  assert.equal((await search('?user=*&max=1024')).returned, 5);
  assert.equal((await search('?user=Ann&max=1024')).returned, 0);
  assert.equal((await asAdmin('PUT /isam/dsc/config', { max_session_list: 2 })).status, 204);
  assert.deepEqual([(await search('?user=*&max=1024')).returned, (await search('')).matched], [2, 5]);
});

/** How each client sends the same request: one encodes nothing, the other everything. */
const encodings = [
  ['as it is', (text: string) => text.replaceAll(' ', '%20')],
  ['encoded', encodeURIComponent],
] as const;

for (const [how, encode] of encodings) {
  test(`names arrive ${how}, and DELETE comes with a length of zero`, async (t) => {
    const { send, signIn, live } = await ibmWorld(t);
    const ask = async (method: string, path: string) => readRaw(await send(rawRequest(method, path)));
    const set = encode('ibm.com');
    for (const user of ['Mary Jones', 'a+b', "o'neil", 'x=y', 'corp/ann', 'zoë@example.org', '*']) {
      await signIn(user);
      await signIn('other');
      const wire = encode(user).replace('ë', '%C3%AB');
      const found = await ask(
        'GET',
        `${base}/${set}/sessions?user=${wire.replaceAll('*', encode('*'))}&max=1`,
      );
      assert.equal(found.status, 200, user);
      assert.equal(JSON.parse(found.body).matched_sessions.length, 1, user);
      const deleted = await ask('DELETE', `${base}/${set}/sessions/user/${wire}`);
      assert.deepEqual([deleted.status, deleted.body], [204, ''], user);
      assert.match(deleted.head, /x-curfew-matched: 1/);
      assert.equal((await live()).includes(user), false, user);
      assert.equal((await live()).includes('other'), true, user);
    }
  });

  test(`a session is deleted by its id, ${how}; one that is gone, or never was, is gone already`, async (t) => {
    const { send, signIn, live } = await ibmWorld(t);
    const id = await signIn('ann');
    await signIn('bob');
    const remove = async (session: string) =>
      readRaw(await send(rawRequest('DELETE', `${base}/ibm.com/sessions/session/${encode(session)}`)));
    for (const [session, matched] of [
      [id, 1],
      [id, 0],
      ['00000000-0000-4000-8000-000000000000', 0],
      ['Ni9+/zQ+8A==/x+y', 0],
      ['678', 0],
    ] as const) {
      const { status, head, body } = await remove(session);
      assert.deepEqual([status, body], [204, ''], session);
      assert.match(head, new RegExp(`x-curfew-matched: ${matched}`), session);
    }
    assert.deepEqual(await live(), ['bob']);
  });
}

test('what a user is called is exact: neither * nor case nor a question mark names another (P4)', async (t) => {
  const { send, signIn, live } = await ibmWorld(t);
  await signIn('ann');
  for (const name of ['*', 'a*', 'Ann', 'ann/', 'ann%20']) {
    const answer = readRaw(await send(rawRequest('DELETE', `${base}/ibm.com/sessions/user/${name}`)));
    assert.match(answer.head, /^HTTP\/1.1 204[\s\S]*x-curfew-matched: 0/, name);
  }
  const cut = readRaw(await send(rawRequest('DELETE', `${base}/ibm.com/sessions/user/ann?x`)));
  assert.equal(cut.status, 400);
  assert.match(JSON.parse(cut.body).message, /%3F/);
  assert.deepEqual(await live(), ['ann']);
});

test('a session is not deleted by the name of another replica set (P9)', async (t) => {
  const { asAdmin, signIn, live } = await ibmWorld(t);
  const id = await signIn('ann');
  const answer = await asAdmin(`DELETE ${base}/default/sessions/session/${id}`);
  assert.equal(answer.headers.get('x-curfew-matched'), '0');
  assert.deepEqual(await live(), ['ann']);
});

test('the calls of an idempotent client fit together', async (t) => {
  const { asAdmin, signIn, live } = await ibmWorld(t);
  const id = await signIn('ann');
  await signIn('bob');
  assert.equal((await asAdmin(`GET ${base}`)).status, 200);
  const all = (await asAdmin(`GET ${base}/ibm.com/sessions?user=*&max=1024`)).body.matched_sessions;
  assert.equal(
    all.some(({ session }: { session: string }) => session === id),
    true,
  );
  assert.equal((await asAdmin(`DELETE ${base}/ibm.com/sessions/session/${id}`)).status, 204);
  const one = (await asAdmin(`GET ${base}/ibm.com/sessions?user=bob&max=1`)).body.matched_sessions;
  assert.equal(one.length, 1);
  assert.equal((await asAdmin(`DELETE ${base}/ibm.com/sessions/user/bob`)).status, 204);
  assert.deepEqual(await live(), []);
});

test('a replica set that is named in the configuration stands for its realm', async (t) => {
  const { asAdmin, signIn, live, pdadmin } = await ibmWorld(t, {
    'faces-ibm-replica-sets': 'cluster 1=ibm.com',
  });
  await signIn('ann');
  assert.deepEqual((await asAdmin(`GET ${base}`)).body, [
    { name: 'default', realm: 'default' },
    { name: 'cluster 1', realm: 'ibm.com' },
  ]);
  assert.equal((await asAdmin(`GET ${base}/ibm.com/sessions`)).status, 404);
  assert.equal((await asAdmin(`GET ${base}/cluster%201/sessions`)).body.matched, 1);
  assert.equal((await pdadmin([`server task ${server} sms realm show ibm.com`])).result, '"cluster 1"');
  assert.equal((await asAdmin(`DELETE ${base}/cluster%201/sessions/user/ann`)).status, 204);
  assert.deepEqual(await live(), []);
});

test('an administrator is also known by the name that appliances give', async (t) => {
  const { ask } = await ibmWorld(t);
  assert.equal((await ask(`GET ${base}`, { auth: basic('admin@local', aPassword) })).status, 200);
  assert.equal((await ask(`GET ${base}`, { auth: basic('admin@other', aPassword) })).status, 401);
});

test('what each order did stands in the ledger, with the face, the caller and why', async (t) => {
  const { asAdmin, signIn } = await ibmWorld(t);
  await signIn('ann');
  await asAdmin(`DELETE ${base}/ibm.com/sessions/user/ann`);
  const [entry] = (await asAdmin('GET /v1/revocations')).body.revocations;
  assert.deepEqual([entry.face, entry.by.name, entry.from], ['ibm', 'admin', '127.0.0.1']);
  assert.deepEqual(entry.selector, { realm: 'ibm.com', username: 'ann' });
  assert.match(entry.reason, /replica set ibm\.com/);
});

test('errors are JSON with a message, and a wrong method says which there are', async (t) => {
  const { asAdmin, ask } = await ibmWorld(t);
  for (const [route, status] of [
    [`GET ${base}/nowhere/sessions`, 404],
    [`DELETE ${base}/nowhere/sessions/user/ann`, 404],
    [`GET ${base}/nowhere/servers`, 404],
    [`GET ${base}/default/sessions?max=0`, 400],
    [`GET ${base}/default/sessions?max=many`, 400],
    [`GET ${base}/default/sessions?bogus=1`, 400],
    [`GET ${base}/%zz/sessions`, 400],
    ['GET /isam/acl', 404],
    [`POST ${base}`, 405],
    ['GET /isam/pdadmin', 405],
    ['DELETE /isam/dsc/config', 405],
  ] as const) {
    const answer = await asAdmin(route);
    assert.equal(answer.status, status, route);
    assert.match(answer.body.message, /^Error: (CTGSI|HPDMG)\d{4}[WE] .* \(status 0x[0-9a-f]{8}\)$/, route);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
  }
  assert.equal((await asAdmin(`PUT ${base}`)).headers.get('allow'), 'GET');
  assert.equal(
    (await ask(`GET ${base}`)).headers.get('www-authenticate'),
    'Basic realm="curfew", charset="UTF-8"',
  );
});

test('the face can be switched off', async (t) => {
  const { asAdmin } = await ibmWorld(t, { 'faces-ibm-enabled': 'false' });
  for (const route of [`GET ${base}`, 'POST /isam/pdadmin', 'GET /setup_complete']) {
    assert.equal((await asAdmin(route)).body.code, 'not_found');
  }
});
