import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ChannelCredentials } from '@grpc/grpc-js';
import { decodeCheckRequest, encodeCheckResponse } from '../../../src/faces/forward-auth/grpc/messages.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { type ExtAuthzClient, extAuthzClient } from './ext-authz-client.ts';
import { browser, type GuardedServer, startGuarded } from './guarded.ts';

const rules = [
  { host: 'app.example.com', path: '/public', allow: 'public' },
  { host: 'app.example.com', path: '/admin', allow: { anyGroup: ['admins'] } },
  { host: 'app.example.com', allow: 'signed-in' },
];

async function start(
  t: TestContext,
  more: Record<string, unknown> = {},
): Promise<{ server: GuardedServer; client: ExtAuthzClient }> {
  const server = await startGuarded(t, { rules, grpcPort: 0 }, more);
  const client = extAuthzClient(server.grpcPort ?? 0);
  t.after(() => client.close());
  return { server, client };
}

/** What Envoy says of a request: attributes, and its headers with those that HTTP/2 writes with a colon. */
function request(path: string, headers: Record<string, string> = {}, http: Record<string, unknown> = {}) {
  const all = {
    ':authority': 'app.example.com',
    ':path': path,
    ':method': 'GET',
    'x-forwarded-proto': 'https',
    ...headers,
  };
  return {
    attributes: {
      source: { address: { socket_address: { address: '192.0.2.7', port_value: 50123 } } },
      request: {
        time: { seconds: '1700000000', nanos: 5 },
        http: {
          id: '1234567890123456789',
          method: 'GET',
          headers: all,
          path,
          host: 'app.example.com',
          scheme: 'https',
          size: '-1',
          protocol: 'HTTP/2',
          ...http,
        },
      },
      context_extensions: { some: 'thing' },
    },
  };
}

test('a live session passes, with headers that replace those of the client', async (t) => {
  const { server, client } = await start(t);
  const { token, session } = await server.register({ accessGroups: ['admins'] });
  const checked = await client.check(
    request('/admin?x=1', { cookie: `a=1; curfew_session=${token}`, authorization: 'Basic YTpi' }),
  );
  assert.equal(checked.code, 0);
  assert.equal(checked.kind, 'ok_response');
  assert.equal(checked.headers['remote-user'], 'ann');
  assert.equal(checked.headers['remote-groups'], 'admins');
  assert.equal(checked.headers['session-id'], session.id);
  assert.equal(checked.headers.cookie, 'a=1');
  assert.equal(checked.headers.authorization, 'Basic YTpi');
  assert.match(checked.headers['curfew-assertion'] ?? '', /^ey/);
  // Envoy drops empty values, so what has none is taken out by name.
  for (const name of ['remote-email', 'x-auth-request-user']) assert.ok(checked.remove.includes(name), name);
  for (const { header, append } of checked.options) {
    assert.deepEqual(append, {}, header.key);
    assert.equal(header.key, header.key.toLowerCase());
  }
});

test('the token itself never goes on', async (t) => {
  const { server, client } = await start(t);
  const { token } = await server.register();
  for (const headers of [{ cookie: `curfew_session=${token}` }, { authorization: `Bearer ${token}` }]) {
    const checked = await client.check(request('/', headers));
    assert.equal(checked.kind, 'ok_response');
    assert.ok(checked.remove.includes('cookie') && checked.remove.includes('authorization'));
    assert.ok(!JSON.stringify(checked).includes(token));
  }
});

test('a browser is led to the sign-in page by a denied response', async (t) => {
  const { client } = await start(t);
  const checked = await client.check(request('/page?x=1', browser));
  assert.equal(checked.kind, 'denied_response');
  assert.equal(checked.code, 16);
  assert.equal(checked.status, 302);
  const url = new URL(checked.headers.location ?? '');
  assert.equal(url.searchParams.get('return'), 'https://app.example.com/page?x=1');
  assert.equal(checked.headers['cache-control'], 'no-store');
  assert.equal(checked.headers['content-length'], undefined);
});

test('a program gets 401 with a problem, and a user without the group 403', async (t) => {
  const { server, client } = await start(t);
  const told = await client.check(request('/page'));
  assert.equal(told.status, 401);
  assert.equal(told.headers['content-type'], 'application/problem+json');
  assert.equal(told.headers['www-authenticate'], 'Bearer realm="curfew"');
  assert.equal((JSON.parse(told.body) as { code: string }).code, 'unauthenticated');
  const { token } = await server.register();
  const refused = await client.check(request('/admin', { cookie: `curfew_session=${token}` }));
  assert.equal(refused.code, 7);
  assert.equal(refused.status, 403);
});

test('a terminated session is denied, and its use recorded with the address of the client', async (t) => {
  const { server, client } = await start(t);
  const { token, session } = await server.register();
  const asked = request('/', { cookie: `curfew_session=${token}` });
  assert.equal((await client.check(asked)).kind, 'ok_response');
  await server.asAdmin('POST /v1/revocations', { selector: { username: 'ann' }, reason: 'left' });
  assert.equal((await client.check(asked)).status, 401);
  const { body } = await server.asAdmin(`GET /v1/sessions/${session.id}`);
  assert.equal(body.refusedUses[0].ip, '192.0.2.7');
});

test('headers that came several times are read one by one where Envoy tells them so', async (t) => {
  const { server, client } = await start(t);
  const { token } = await server.register();
  const header = (key: string, value: string) => ({ key, raw_value: Buffer.from(value) });
  const asked = (...headers: unknown[]) =>
    request('/', {}, { headers: {}, header_map: { headers: [header(':path', '/'), ...headers] } });
  assert.equal((await client.check(asked(header('cookie', `curfew_session=${token}`)))).kind, 'ok_response');
  const other = header('cookie', `curfew_session=cfs_${'A'.repeat(43)}`);
  const both = await client.check(asked(header('cookie', `curfew_session=${token}`), other));
  assert.equal(both.status, 401);
});

test('attributes and headers that name different requests are refused', async (t) => {
  const { server, client } = await start(t);
  const cookie = `curfew_session=${(await server.register()).token}`;
  for (const headers of [
    { cookie, ':authority': 'other.example.com' },
    { cookie, ':path': '/public' },
    { cookie, ':method': 'OPTIONS' },
  ])
    assert.equal((await client.check(request('/', headers))).status, 403);
  for (const http of [{ host: '' }, { path: '' }, { method: '' }, { path: 'http://app.example.com/public' }])
    assert.equal((await client.check(request('/', { cookie }, http))).status, 403);
  assert.equal((await client.check({})).status, 403);
});

test('an Envoy that is not trusted lets nobody in', async (t) => {
  const { server, client } = await start(t, { trustedProxies: ['192.0.2.0/24'] });
  const cookie = `curfew_session=${(await server.register()).token}`;
  assert.equal((await client.check(request('/public', { cookie }))).status, 403);
});

test('a store that cannot be read denies with 503, also where failures are let through', async (t) => {
  const { server, client } = await start(t);
  const cookie = `curfew_session=${(await server.register()).token}`;
  await server.services.store.close();
  const checked = await client.check(request('/', { cookie }));
  assert.equal(checked.kind, 'denied_response');
  assert.equal(checked.code, 14);
  assert.equal(checked.status, 503);
  assert.equal(checked.headers['retry-after'], '5');
});

test('with a certificate it is served over TLS, and only so', async (t) => {
  const server = await startGuarded(
    t,
    { rules, grpcPort: 0 },
    { tls: 'self-signed', host: 'localhost' },
    new ManualClock(Date.now()),
  );
  const certificate = readFileSync(join(server.data, 'tls/cert.pem'));
  const secure = extAuthzClient(server.grpcPort ?? 0, ChannelCredentials.createSsl(certificate));
  t.after(() => secure.close());
  assert.equal((await secure.check(request('/public'))).kind, 'ok_response');
});

test('the messages are the bytes that the public definition says', () => {
  const bytes = Buffer.from(
    '0a1722151213' + '1203474554' + '22022f61' + '2a0161' + '320568747470' + '73',
    'hex',
  );
  const { method, path, host, scheme } = decodeCheckRequest(bytes);
  assert.deepEqual({ method, path, host, scheme }, { method: 'GET', path: '/a', host: 'a', scheme: 'https' });
  const ok = encodeCheckResponse({ kind: 'ok', headers: ['A', 'b'], headersToRemove: ['C'] });
  assert.equal(
    ok.toString('hex'),
    '0a00' + '1a0f' + '120a' + '0a06' + '0a0161' + '120162' + '1200' + '2a0163',
  );
  const denied = encodeCheckResponse({ kind: 'denied', status: 302, headers: [], body: 'x' });
  assert.equal(denied.toString('hex'), '0a020810' + '1208' + '0a0308ae02' + '1a0178');
});

test('bytes that are no message are refused, and nothing else happens', () => {
  for (const hex of ['ff', '0a', '0aff', '0b', '08ffffffffffffffffffff01', '0a05220312', '12'])
    assert.throws(() => decodeCheckRequest(Buffer.from(hex, 'hex')), RangeError, hex);
  assert.equal(decodeCheckRequest(Buffer.alloc(0)).method, '');
  // Fields that this version does not know are passed over, of every wire type.
  assert.equal(
    decodeCheckRequest(Buffer.from('a00601a1060000000000000000a50600000000a2060161', 'hex')).method,
    '',
  );
});
