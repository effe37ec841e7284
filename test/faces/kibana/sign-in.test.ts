import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextOf } from '../../../src/faces/kibana/login.ts';
import { remaining } from '../../../src/faces/kibana/session-info.ts';
import { basicAdmin, startTestServer, type TestServer } from '../../support/http-server.ts';
import { hour, minute } from '../../support/manual-clock.ts';
import { aPassword } from '../../support/opened-access.ts';

const xsrf = { 'kbn-xsrf': 'true' };

async function signIn(server: TestServer, cookie?: string, password = aPassword) {
  const answer = await server.ask('POST /internal/security/login', {
    headers: { ...xsrf, ...(cookie === undefined ? {} : { cookie }) },
    body: {
      providerType: 'basic',
      providerName: 'basic',
      currentURL: 'http://localhost:5601/login?next=%2Fapp%2Fhome',
      params: { username: 'admin', password },
    },
  });
  return { answer, cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
}

const asCookie = (server: TestServer, route: string, cookie: string, headers: Record<string, string> = {}) =>
  server.ask(route, { headers: { cookie, ...headers } });

test('a sign-in sets a cookie that says who it is until the session is invalidated', async (t) => {
  const server = await startTestServer(t);
  const { answer, cookie } = await signIn(server);
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, { location: '/app/home' });
  assert.match(
    answer.headers.get('set-cookie') ?? '',
    /^sid=cfs_[\w-]{43}; HttpOnly; SameSite=Lax; Path=\/$/,
  );
  const me = await asCookie(server, 'GET /internal/security/me', cookie);
  assert.equal(me.status, 200);
  assert.equal(me.body.username, 'admin');
  assert.deepEqual(me.body.authentication_provider, { type: 'basic', name: 'basic' });
  const invalidated = await asCookie(server, 'POST /api/security/session/_invalidate', cookie, xsrf);
  assert.equal(
    invalidated.status,
    400,
    'the cookie authenticates and passes the rights; the body is missing',
  );
  const all = await server.ask('POST /api/security/session/_invalidate', {
    auth: basicAdmin,
    headers: xsrf,
    body: { match: 'all' },
  });
  assert.deepEqual(all.body, { total: 1 }, 'the call by Basic has no session that would be counted');
  const gone = await asCookie(server, 'GET /internal/security/me', cookie);
  assert.equal(gone.status, 401);
  assert.equal(gone.headers.get('kbn-session-error-reason'), 'UNEXPECTED_SESSION_ERROR');
  assert.match(gone.headers.get('set-cookie') ?? '', /^sid=; Max-Age=0/);
});

test('the caller who invalidates all with a cookie ends too, and keeps the cookie until the next request', async (t) => {
  const server = await startTestServer(t);
  const { cookie } = await signIn(server);
  const answer = await server.ask('POST /api/security/session/_invalidate', {
    headers: { ...xsrf, cookie },
    body: { match: 'all' },
  });
  assert.deepEqual([answer.body, answer.headers.get('set-cookie')], [{ total: 1 }, null]);
  assert.equal((await asCookie(server, 'GET /internal/security/me', cookie)).status, 401);
});

test('a wrong password, another provider and a missing kbn-xsrf do not sign in', async (t) => {
  const server = await startTestServer(t);
  assert.equal((await signIn(server, undefined, 'wrong')).answer.status, 401);
  const body = { providerType: 'saml', providerName: 'saml1', currentURL: '/' };
  assert.equal((await server.ask('POST /internal/security/login', { headers: xsrf, body })).status, 401);
  assert.equal((await server.ask('POST /internal/security/login', { body })).status, 400);
  assert.equal(
    (await server.ask('POST /internal/security/login', { headers: xsrf, body: { providerType: 'basic' } }))
      .body.message,
    '[request body.providerName]: expected value of type [string] but got [undefined]',
  );
});

test('a sign-in over a session ends that session', async (t) => {
  const server = await startTestServer(t);
  const first = await signIn(server);
  const second = await signIn(server, first.cookie);
  assert.equal((await asCookie(server, 'GET /internal/security/me', first.cookie)).status, 401);
  assert.equal((await asCookie(server, 'GET /internal/security/me', second.cookie)).status, 200);
});

test('several different cookies in one request are none, the same one twice is one', async (t) => {
  const server = await startTestServer(t);
  const [one, other] = [await signIn(server), await signIn(server)];
  const me = (cookie: string) => asCookie(server, 'GET /internal/security/me', cookie);
  assert.equal((await me(`${one.cookie}; ${one.cookie}`)).status, 200);
  const both = await me(`${one.cookie}; ${other.cookie}`);
  assert.deepEqual([both.status, both.headers.get('kbn-session-error-reason')], [401, null]);
});

test('requests extend a session, those of the system do not, and POST leads to what is left', async (t) => {
  const server = await startTestServer(t);
  const { cookie } = await signIn(server);
  const info = (headers = {}) => asCookie(server, 'GET /internal/security/session', cookie, headers);
  const system = { 'kbn-system-request': 'true' };
  server.clock.advance(10 * minute);
  assert.deepEqual((await info(system)).body, {
    expiresInMs: 20 * minute,
    canBeExtended: true,
    provider: { type: 'basic', name: 'basic' },
  });
  server.clock.advance(minute);
  assert.equal((await info(system)).body.expiresInMs, 19 * minute);
  const extended = await fetch(`${server.url}/internal/security/session`, {
    method: 'POST',
    headers: { ...xsrf, cookie },
    redirect: 'manual',
  });
  assert.equal(extended.status, 302);
  assert.equal(extended.headers.get('location'), '/internal/security/session');
  assert.equal((await info(system)).body.expiresInMs, 30 * minute);
  server.clock.advance(31 * minute);
  const idle = await info();
  assert.deepEqual(
    [idle.status, idle.headers.get('kbn-session-error-reason')],
    [401, 'SESSION_IDLE_TIMEOUT'],
  );
});

test('the end of the lifespan is told as such', async (t) => {
  const server = await startTestServer(t);
  await server.asAdmin('PUT /v1/policy', {
    scope: { kind: 'realm', realm: 'default' },
    rule: { idleTimeoutMs: null, lifespanMs: hour },
  });
  const { cookie } = await signIn(server);
  server.clock.advance(hour);
  const over = await asCookie(server, 'GET /internal/security/session', cookie);
  assert.equal(over.headers.get('kbn-session-error-reason'), 'SESSION_LIFESPAN_TIMEOUT');
});

test('the limit of sessions per user and provider holds exactly under parallel sign-ins', async (t) => {
  const server = await startTestServer(t);
  await server.asAdmin('PUT /v1/policy', {
    scope: { kind: 'realm', realm: 'default' },
    rule: { sessionLimit: { max: 2, exceeded: 'displace', per: 'provider' } },
  });
  const signedIn = await Promise.all(Array.from({ length: 10 }, () => signIn(server)));
  const answers = await Promise.all(
    signedIn.map(({ cookie }) => asCookie(server, 'GET /internal/security/me', cookie)),
  );
  const refused = answers.filter(({ status }) => status === 401);
  assert.equal(refused.length, 8);
  for (const { headers } of refused)
    assert.equal(headers.get('kbn-session-error-reason'), 'CONCURRENCY_LIMIT');
});

test('a caller by Basic has no session, and nobody is refused', async (t) => {
  const server = await startTestServer(t);
  const byBasic = await server.ask('GET /internal/security/session', { auth: basicAdmin });
  assert.deepEqual([byBasic.status, byBasic.body], [204, '']);
  assert.equal((await server.ask('GET /internal/security/session')).status, 401);
  const me = await server.ask('GET /internal/security/me', { auth: basicAdmin });
  assert.deepEqual(me.body.authentication_provider, { type: 'http', name: '__http__' });
});

test('logging out ends the session and takes the cookie back', async (t) => {
  const server = await startTestServer(t);
  const { cookie } = await signIn(server);
  const response = await fetch(`${server.url}/api/security/logout`, {
    headers: { cookie },
    redirect: 'manual',
  });
  assert.equal(response.status, 302);
  assert.equal(response.headers.get('location'), '/login?msg=LOGGED_OUT');
  assert.match(response.headers.get('set-cookie') ?? '', /^sid=; Max-Age=0/);
  assert.equal((await asCookie(server, 'GET /internal/security/me', cookie)).status, 401);
});

test('the version is told to callers who are known', async (t) => {
  const server = await startTestServer(t);
  const known = await server.ask('GET /api/status', { auth: basicAdmin });
  assert.equal(known.body.version.number, '9.1.0');
  assert.equal(known.body.status.overall.level, 'available');
  assert.deepEqual((await server.ask('GET /api/status')).body, {
    status: { overall: { level: 'available' } },
  });
});

test('what is left of a session is told as Kibana tells it', () => {
  const warning = 5 * minute;
  const cases = [
    [100, 200 + warning, 100, true],
    [100, 200, 100, false],
    [200, 100, 100, false],
    [null, 100, 100, false],
    [100, null, 100, true],
    [null, null, null, false],
  ] as const;
  for (const [idle, lifespan, expiresInMs, canBeExtended] of cases) {
    assert.deepEqual(remaining(idle, lifespan), { expiresInMs, canBeExtended }, `${idle} ${lifespan}`);
  }
});

test('a sign-in leads nowhere but to this host', () => {
  const next = (value: string) => nextOf(`http://localhost/login?next=${encodeURIComponent(value)}`);
  assert.equal(next('/app/x?y=1#z'), '/app/x?y=1#z');
  for (const bad of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '/\t/evil.example',
    'javascript:x',
    '',
  ]) {
    assert.equal(next(bad), '/', bad);
  }
  assert.equal(nextOf('not a url at all'), '/');
});
