import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { ManualClock, minute, second } from '../../support/manual-clock.ts';
import { cookieOf, type GuardedServer, startGuarded } from './guarded.ts';

const rules = [{ host: '*.example.com', allow: 'signed-in' }];
const more = { signIn: { publicUrl: 'https://sso.example.com' } };
// With an https address the cookie has a prefix that only TLS can set.
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function assertionOf(
  { about }: GuardedServer,
  token: string,
  host = 'app.example.com',
): Promise<string> {
  const { status, headers } = await about({ ...bearer(token), 'x-forwarded-host': host });
  assert.equal(status, 200);
  return headers['curfew-assertion'] ?? '';
}

test('an application verifies who is asking by the published keys alone', async (t) => {
  const server = await startGuarded(t, { rules }, more);
  const { token, session } = await server.register({
    username: 'zoë',
    subject: 'CN=zoe',
    accessGroups: ['ops', 'a,b'],
    attributes: { email: 'zoe@example.com', authTime: new Date(server.clock.now() - minute).toISOString() },
  });
  const keys = createRemoteJWKSet(new URL(`${server.url}/.well-known/jwks.json`));
  const { payload, protectedHeader } = await jwtVerify(await assertionOf(server, token), keys, {
    issuer: 'https://sso.example.com',
    audience: 'app.example.com',
    algorithms: ['ES256'],
    currentDate: new Date(server.clock.now()),
  });
  const now = server.clock.now() / 1000;
  assert.equal(protectedHeader.typ, 'JWT');
  assert.deepEqual(payload, {
    iss: 'https://sso.example.com',
    aud: 'app.example.com',
    sub: 'CN=zoe',
    preferred_username: 'zoë',
    email: 'zoe@example.com',
    groups: ['a,b', 'ops'],
    realm: 'default',
    provider: 'basic/main',
    sid: session.id,
    auth_time: now - 60,
    iat: now,
    exp: now + 60,
  });
});

test('the published keys are public ones', async (t) => {
  const server = await startGuarded(t, { rules });
  const { headers, body } = await server.ask('GET /.well-known/jwks.json');
  assert.match(headers.get('content-type') ?? '', /jwk-set\+json/);
  const { keys } = typeof body === 'string' ? JSON.parse(body) : body;
  assert.equal(keys.length, 1);
  assert.deepEqual(Object.keys(keys[0]).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  assert.match(headers.get('cache-control') ?? '', /^public, max-age=/);
});

test('an assertion for one host is none for another', async (t) => {
  const server = await startGuarded(t, { rules });
  const { token } = await server.register();
  const first = await assertionOf(server, token);
  const other = await assertionOf(server, token, 'Other.example.com:8443');
  assert.equal(decodeJwt(first).aud, 'app.example.com');
  assert.equal(decodeJwt(other).aud, 'other.example.com');
});

test('one is handed out again for half of its life, then another is made', async (t) => {
  const clock = new ManualClock();
  const server = await startGuarded(t, { rules }, {}, clock);
  const { token } = await server.register();
  const first = await assertionOf(server, token);
  clock.advance(29 * second);
  assert.equal(await assertionOf(server, token), first);
  clock.advance(1 * second);
  const second_ = await assertionOf(server, token);
  assert.notEqual(second_, first);
  assert.equal(decodeJwt(second_).exp, (decodeJwt(first).exp ?? 0) + 30);
});

test('one is never handed out to a session that has ended', async (t) => {
  const server = await startGuarded(t, { rules });
  const { token, session } = await server.register();
  assert.notEqual(await assertionOf(server, token), '');
  await server.asAdmin(`DELETE /v1/sessions/${session.id}`);
  const { status, headers } = await server.about(bearer(token));
  assert.equal(status, 401);
  assert.equal(headers['curfew-assertion'], undefined);
});

test('it ends with the session, not after it', async (t) => {
  const clock = new ManualClock();
  const server = await startGuarded(t, { rules }, {}, clock);
  const scope = { kind: 'realm', realm: 'default' };
  const { status } = await server.asAdmin('PUT /v1/policy', { scope, rule: { lifespanMs: 20 * second } });
  assert.equal(status, 200);
  const { token } = await server.register();
  const { exp = 0 } = decodeJwt(await assertionOf(server, token));
  assert.equal(exp * 1000, clock.now() + 20 * second);
});

test('it tells of changed groups at once', async (t) => {
  const server = await startGuarded(t, { rules });
  const { token, session } = await server.register({ accessGroups: ['ops'] });
  assert.deepEqual(decodeJwt(await assertionOf(server, token)).groups, ['ops']);
  await server.asAdmin(`POST /v1/sessions/${session.id}/refresh`, { accessGroups: [] });
  assert.deepEqual(decodeJwt(await assertionOf(server, token)).groups, []);
});

test('a new key signs at once, and what the one before has signed can still be verified', async (t) => {
  const clock = new ManualClock();
  const server = await startGuarded(t, { rules }, {}, clock);
  const { token } = await server.register();
  const before = await assertionOf(server, token);
  await server.asAdmin('POST /v1/signing-keys');
  clock.advance(31 * second);
  const after = await assertionOf(server, token);
  assert.notEqual(decodeProtectedHeader(after).kid, decodeProtectedHeader(before).kid);
  const { body } = await server.ask('GET /.well-known/jwks.json');
  const keys = createLocalJWKSet(typeof body === 'string' ? JSON.parse(body) : body);
  for (const assertion of [before, after]) {
    const currentDate = new Date(clock.now());
    await jwtVerify(assertion, keys, { issuer: 'curfew', audience: 'app.example.com', currentDate });
  }
});

test('a forged one does not verify', async (t) => {
  const server = await startGuarded(t, { rules });
  const { token } = await server.register();
  const [head = '', payload = '', signature = ''] = (await assertionOf(server, token)).split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url');
  const { body } = await server.ask('GET /.well-known/jwks.json');
  const keys = createLocalJWKSet(typeof body === 'string' ? JSON.parse(body) : body);
  const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
  const currentDate = new Date(server.clock.now());
  for (const assertion of [`${head}.${forged}.${signature}`, `${unsigned}.${forged}.`])
    await assert.rejects(jwtVerify(assertion, keys, { currentDate }));
});

test('it can be left out', async (t) => {
  const server = await startGuarded(t, { rules, assertion: false });
  const { token } = await server.register();
  assert.equal(await assertionOf(server, token), '');
  assert.equal((await server.about(cookieOf(token))).status, 200);
});
