import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ibmWorld } from './world.ts';

const route = '/isam/dsc/config';

test('the configuration has every field that clients know', async (t) => {
  const { asAdmin } = await ibmWorld(t);
  assert.deepEqual((await asAdmin(`GET ${route}`)).body, {
    worker_threads: 64,
    client_grace: 600,
    connection_idle_timeout: 0,
    service_port: 443,
    replication_port: 444,
    servers: [],
    ssl_ciphers: '',
    max_session_list: 1024,
    max_session_lifetime: 259_200,
    trace_level: 3,
  });
});

test('the lifetime is that of sessions registered from then on, in the realm of the face', async (t) => {
  const { asAdmin, register } = await ibmWorld(t, { 'faces-ibm-realm': 'ibm.com' });
  assert.equal((await asAdmin(`PUT ${route}`, { max_session_lifetime: 3600 })).status, 204);
  const lifetime = async (realm: string) => {
    const { session } = await register({ realm });
    return session.expiresAt && (Date.parse(session.expiresAt) - Date.parse(session.createdAt)) / 1000;
  };
  assert.deepEqual([await lifetime('ibm.com'), await lifetime('other')], [3600, 259_200]);
  await asAdmin(`PUT ${route}`, { max_session_lifetime: 0 });
  assert.equal(await lifetime('ibm.com'), null);
  assert.equal((await asAdmin(`GET ${route}`)).body.max_session_lifetime, 0);
});

test('what is put is given back, as numbers or as their digits, and the rest stays', async (t) => {
  const { asAdmin } = await ibmWorld(t);
  const servers = [{ ip: '192.0.2.1', service_port: 443, replication_port: 444 }];
  assert.equal((await asAdmin(`PUT ${route}`, { servers, client_grace: '30' })).status, 204);
  assert.equal((await asAdmin(`PUT ${route}/`, { trace_level: 9, ssl_ciphers: 'X' })).status, 204);
  const { body } = await asAdmin(`GET ${route}/`);
  assert.deepEqual(
    [body.servers, body.client_grace, body.trace_level, body.ssl_ciphers, body.worker_threads],
    [servers, 30, 9, 'X', 64],
  );
});

test('the whole configuration can be put back as it was given, which changes nothing', async (t) => {
  const { asAdmin } = await ibmWorld(t);
  const before = (await asAdmin(`GET ${route}`)).body;
  const entries = async () => (await asAdmin('GET /v1/journal?limit=1000')).body.entries.length;
  const count = await entries();
  assert.equal((await asAdmin(`PUT ${route}`, before)).status, 204);
  assert.equal(await entries(), count);
});

test('what is not known or not valid is refused by name, and nothing is changed', async (t) => {
  const { asAdmin } = await ibmWorld(t);
  const before = (await asAdmin(`GET ${route}`)).body;
  for (const [change, field] of [
    [{ client_grace: 5, bogus: 1 }, 'bogus'],
    [{ client_grace: 5, worker_threads: 0 }, 'worker_threads'],
    [{ client_grace: 5, trace_level: 10 }, 'trace_level'],
    [{ client_grace: 'many' }, 'client_grace'],
    [{ client_grace: 1.5 }, 'client_grace'],
    [{ max_session_list: 10_001 }, 'max_session_list'],
    [{ servers: [{}] }, 'servers.0.ip'],
    [{ servers: Array(5).fill({ ip: 'a', service_port: 1, replication_port: 1 }) }, 'servers'],
    [[], 'expected'],
    [null, 'expected'],
  ] as const) {
    const answer = await asAdmin(`PUT ${route}`, change);
    assert.equal(answer.status, 400, field);
    assert.match(answer.body.message, new RegExp(field.replaceAll('.', '\\.')));
  }
  assert.deepEqual((await asAdmin(`GET ${route}`)).body, before);
});

test('an administrator of one realm changes its lifetime and nothing that is of all realms', async (t) => {
  const { ask, administrator } = await ibmWorld(t);
  const auth = await administrator('bound', ['administrator'], 'default');
  const put = async (body: unknown) => (await ask(`PUT ${route}`, { auth, body })).status;
  assert.equal(await put({ max_session_lifetime: 60, client_grace: 5 }), 403);
  assert.equal(await put({ max_session_lifetime: 60, trace_level: 9 }), 403);
  const read = async () => (await ask(`GET ${route}`, { auth })).body;
  assert.deepEqual([(await read()).max_session_lifetime, (await read()).trace_level], [259_200, 3]);
  assert.equal(await put({ max_session_lifetime: 60 }), 204);
  assert.equal((await read()).max_session_lifetime, 60);
});
