import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer, type TestServer } from '../../support/http-server.ts';
import { minute } from '../../support/manual-clock.ts';
import { aPassword } from '../../support/opened-access.ts';
import { makeCast } from './cast.ts';
import { errorName, idsOf, result } from './client.ts';

const wish = {
  client_id: 'element-automation',
  grant_type: 'password',
  username: 'admin',
  password: aPassword,
};

async function askToken(server: TestServer, body: URLSearchParams | FormData | string) {
  const answer = await fetch(`${server.url}/auth/connect/token`, { method: 'POST', body });
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers without telling their types first.
  return { status: answer.status, body: (await answer.json()) as any, headers: answer.headers };
}

function multipart(fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

for (const [form, make] of [
  ['an urlencoded', (fields: Record<string, string>) => new URLSearchParams(fields)],
  ['a multipart', multipart],
] as const) {
  test(`${form} form with a password gives a bearer token of ten minutes`, async (t) => {
    const server = await startTestServer(t);
    const { status, body, headers } = await askToken(server, make(wish));
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body), ['access_token', 'expires_in', 'token_type']);
    assert.deepEqual([body.expires_in, body.token_type], [600, 'Bearer']);
    assert.equal(headers.get('cache-control'), 'no-store');
    const options = { auth: `Bearer ${body.access_token}` };
    const { sessions } = await result(server, 'ListActiveAuthSessions', {}, options);
    assert.deepEqual(
      [sessions.length, sessions[0].authMethod, sessions[0].username, sessions[0].finalTimeout],
      [1, 'Cluster', 'admin', '2030-01-01T00:10:00Z'],
    );
    assert.deepEqual(sessions[0].clusterAdminIDs, [1]);
    assert.deepEqual(
      idsOf(await result(server, 'ListAuthSessionsByUsername', {}, options)),
      idsOf({ sessions }),
    );
    const { clusterAdmin } = await result(server, 'GetCurrentClusterAdmin', {}, options);
    assert.equal(clusterAdmin.clusterAdminID, 1);
    server.clock.advance(10 * minute);
    const late = await server.ask('POST /json-rpc/12.3', { ...options, body: { method: 'GetAPI' } });
    assert.equal(late.status, 401);
  });
}

test('a token has the rights of its administrator, and ends with a cut like any session', async (t) => {
  const server = await startTestServer(t);
  await makeCast(server);
  const { body } = await askToken(server, new URLSearchParams({ ...wish, username: 'reader' }));
  const options = { auth: `Bearer ${body.access_token}` };
  assert.equal(await errorName(server, 'ListActiveAuthSessions', {}, options), 'xPermissionDenied');
  assert.equal((await result(server, 'ListAuthSessionsByUsername', {}, options)).sessions.length, 1);
  await result(server, 'RemoveClusterAdmin', { clusterAdminID: 3 });
  const { status } = await server.ask('POST /json-rpc/12.3', { ...options, body: { method: 'GetAPI' } });
  assert.equal(status, 401);
});

test('a form that is not sound, a wrong password or another grant gives no token', async (t) => {
  const server = await startTestServer(t);
  await makeCast(server);
  const twice = new URLSearchParams(wish);
  twice.append('username', 'reader');
  const withFile = multipart(wish);
  withFile.append('more', new Blob(['x']), 'x.txt');
  const { client_id: _client, ...withoutClient } = wish;
  const cases: [form: URLSearchParams | FormData | string, status: number, error: string][] = [
    [new URLSearchParams({ ...wish, password: 'wrong' }), 400, 'invalid_grant'],
    [new URLSearchParams({ ...wish, username: 'elsewhere' }), 400, 'invalid_grant'],
    [new URLSearchParams({ ...wish, grant_type: 'client_credentials' }), 400, 'unsupported_grant_type'],
    [new URLSearchParams(withoutClient), 400, 'invalid_request'],
    [twice, 400, 'invalid_request'],
    [withFile, 400, 'invalid_request'],
    ['not a form', 400, 'invalid_request'],
    ['x'.repeat(100_000), 413, 'invalid_request'],
  ];
  for (const [form, status, error] of cases) {
    const answer = await askToken(server, form);
    assert.deepEqual([answer.status, answer.body.error], [status, error]);
  }
  const { status } = await server.ask('GET /auth/connect/token');
  assert.equal(status, 405);
  assert.deepEqual(idsOf(await result(server, 'ListActiveAuthSessions')), []);
});
