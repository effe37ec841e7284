import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { startTestServer, type TestServer } from '../../support/http-server.ts';
import { hour, minute } from '../../support/manual-clock.ts';

const check = (server: TestServer, token: string, query = '') =>
  server.ask(`GET /v1/check${query}`, { auth: `Bearer ${token}` });

test('a live session passes, with who it is in the headers and nothing in the body', async (t) => {
  const server = await startTestServer(t);
  const { token, session } = await server.register({ accessGroups: ['staff', 'ops'], realm: 'shop' });
  const { status, headers, body } = await check(server, token);
  assert.equal(status, 200);
  assert.equal(body, '');
  assert.equal(headers.get('remote-user'), 'ann');
  assert.equal(headers.get('remote-groups'), 'ops,staff');
  assert.equal(headers.get('remote-realm'), 'shop');
  assert.equal(headers.get('remote-provider'), 'basic/main');
  assert.equal(headers.get('session-id'), session.id);
  assert.equal(headers.get('session-expires'), '2030-01-01T00:30:00.000Z');
  assert.equal(headers.get('cache-control'), 'no-store');
});

test('the cookie stands for the bearer token, also among other cookies', async (t) => {
  const server = await startTestServer(t);
  const { token } = await server.register();
  const withCookie = (cookie: string) => server.ask('GET /v1/check', { headers: { cookie } });
  assert.equal((await withCookie(`a=1; curfew_session=${token}; b=2`)).status, 200);
  assert.equal((await withCookie(`not_curfew_session=${token}`)).body.reason, 'missing');
  assert.equal((await withCookie(`curfew_session=${token}; curfew_session=${token}`)).status, 200);
});

test('several different tokens are none', async (t) => {
  const server = await startTestServer(t);
  const [one, other] = [await server.register(), await server.register()];
  const cookie = `curfew_session=${one.token}; curfew_session=${other.token}`;
  assert.equal((await server.ask('GET /v1/check', { headers: { cookie } })).body.reason, 'unknown');
});

test("an application's own bearer token does not hide the cookie", async (t) => {
  const server = await startTestServer(t);
  const { token } = await server.register();
  const headers = { cookie: `curfew_session=${token}` };
  assert.equal(
    (await server.ask('GET /v1/check', { auth: 'Bearer eyJhbGciOiJub25lIn0', headers })).status,
    200,
  );
});

test('with Accept: application/json the session comes as the body too', async (t) => {
  const server = await startTestServer(t);
  const { token, session } = await server.register({
    client: { ip: '192.0.2.7' },
    attributes: { desk: '4' },
  });
  server.clock.advance(minute);
  const answer = await server.ask('GET /v1/check', {
    auth: `Bearer ${token}`,
    headers: { accept: 'application/json' },
  });
  assert.deepEqual(answer.body, {
    live: true,
    session: { ...session, lastAccessAt: '2030-01-01T00:01:00.000Z' },
    expires: '2030-01-01T00:31:00.000Z',
  });
});

test('every way to be dead has its reason, its challenge and status 401', async (t) => {
  const server = await startTestServer(t);
  const [revoked, left, idle, expired] = [
    await server.register(),
    await server.register(),
    await server.register(),
    await server.register({ lifespanMs: minute }),
  ];
  await server.asAdmin(`DELETE /v1/sessions/${revoked.session.id}`);
  await server.ask('POST /v1/logout', { auth: `Bearer ${left.token}` });
  server.clock.advance(2 * minute);
  assert.equal((await check(server, expired.token)).body.reason, 'expired');
  server.clock.advance(hour);
  const tokens = {
    revoked: revoked.token,
    logged_out: left.token,
    idle: idle.token,
    unknown: 'cfs_nonsense',
  };
  for (const [reason, token] of Object.entries(tokens)) {
    const { status, headers, body } = await check(server, token);
    assert.equal(status, 401, reason);
    assert.equal(body.reason, reason);
    assert.equal(body.code, 'unauthenticated');
    assert.equal(headers.get('curfew-reason'), reason);
    assert.match(headers.get('www-authenticate') ?? '', new RegExp(`error_description="${reason}"`));
    assert.equal(headers.get('remote-user'), null);
  }
  const missing = await server.ask('GET /v1/check');
  assert.equal(missing.body.reason, 'missing');
  assert.equal(missing.headers.get('www-authenticate'), 'Bearer realm="curfew"');
});

test('a session that a newer one displaced says so', async (t) => {
  const server = await startTestServer(t);
  const limit = await server.asAdmin('PUT /v1/policy', {
    scope: { kind: 'default' },
    rule: { sessionLimit: 'displace' },
  });
  assert.equal(limit.status, 200);
  const { token } = await server.register();
  await server.register();
  assert.equal((await check(server, token)).body.reason, 'displaced');
});

test('a check keeps a session alive, and with touch=0 it does not', async (t) => {
  const server = await startTestServer(t);
  const [touched, untouched] = [await server.register(), await server.register()];
  server.clock.advance(20 * minute);
  assert.equal((await check(server, touched.token)).status, 200);
  assert.equal((await check(server, untouched.token, '?touch=0')).status, 200);
  server.clock.advance(20 * minute);
  assert.equal((await check(server, touched.token)).status, 200);
  assert.equal((await check(server, untouched.token)).body.reason, 'idle');
});

test('a session of another realm than the one asked for is unknown', async (t) => {
  const server = await startTestServer(t);
  const { token } = await server.register({ realm: 'shop' });
  assert.equal((await check(server, token, '?realm=shop')).status, 200);
  assert.equal((await check(server, token, '?realm=bank&touch=0')).body.reason, 'unknown');
});

test('a parameter that is not known is refused, so that a misspelt realm lets nobody in', async (t) => {
  const server = await startTestServer(t);
  const { token } = await server.register();
  for (const query of ['?realms=shop', '?realm=', '?realm=a&realm=b', '?touch=no', '?']) {
    assert.equal((await check(server, token, query)).status, query === '?' ? 200 : 400, query);
  }
  assert.equal((await server.ask('GET /v1/checks', {})).status, 404);
});

test('HEAD is answered like GET, and other methods are not allowed', async (t) => {
  const server = await startTestServer(t);
  const { token } = await server.register();
  const head = await server.ask('HEAD /v1/check', { auth: `Bearer ${token}` });
  assert.equal(head.status, 200);
  assert.equal(head.headers.get('remote-user'), 'ann');
  const post = await server.ask('POST /v1/check', { auth: `Bearer ${token}` });
  assert.equal(post.status, 405);
  assert.equal(post.headers.get('allow'), 'GET, HEAD');
});

test('names beyond ASCII, with commas, percent signs and spaces survive the headers', async (t) => {
  const server = await startTestServer(t);
  const username = ' Zoë 50% ';
  const accessGroups = ['a,b', 'ключ', '日本 x'];
  const { token } = await server.register({ username, accessGroups, provider: { type: 'a/b', name: 'ü/x' } });
  const { headers } = await check(server, token);
  assert.equal(headers.get('remote-user'), '%20Zo%C3%AB 50%25%20');
  assert.equal(decodeURIComponent(headers.get('remote-user') ?? ''), username);
  const groups = (headers.get('remote-groups') ?? '').split(',').map(decodeURIComponent);
  assert.deepEqual(groups, [...accessGroups].sort());
  const [type = '', ...name] = (headers.get('remote-provider') ?? '').split('/');
  assert.deepEqual([decodeURIComponent(type), decodeURIComponent(name.join('/'))], ['a/b', 'ü/x']);
});

test('a termination refuses the very next check, on a connection that is already open', async (t) => {
  const server = await startTestServer(t);
  const { token } = await server.register();
  assert.equal((await check(server, token)).status, 200);
  const cut = await server.asAdmin('POST /v1/revocations', {
    selector: { username: 'ann' },
    reason: 'lost laptop',
  });
  assert.equal(cut.body.matched, 1);
  assert.equal((await check(server, token)).body.reason, 'revoked');
});

test('a check that the store cannot answer is 503 and lets nobody in', async (t) => {
  const server = await startTestServer(t);
  const { token } = await server.register();
  await server.services.store.close();
  const { status, body, headers } = await check(server, token);
  assert.equal(status, 503);
  assert.equal(body.code, 'store_unavailable');
  assert.equal(headers.get('remote-user'), null);
  assert.equal((await server.ask('GET /readyz')).status, 503);
  assert.equal((await server.ask('GET /healthz')).status, 200);
  assert.match(server.logged.join(''), /a check could not be answered/);
});

test('who is behind a trusted proxy is recorded as the proxy says, and only then', async (t) => {
  for (const [trusted, expected] of [
    ['loopback', '198.51.100.9'],
    ['10.0.0.1', '127.0.0.1'],
  ] as const) {
    const server = await startTestServer(t, { 'trusted-proxies': trusted });
    const { token, session } = await server.register();
    await server.asAdmin(`DELETE /v1/sessions/${session.id}`);
    const headers = { 'x-forwarded-for': '203.0.113.1, 198.51.100.9' };
    await server.ask('GET /v1/check', { auth: `Bearer ${token}`, headers });
    const { body } = await server.asAdmin(`GET /v1/sessions/${session.id}`);
    assert.deepEqual(
      body.refusedUses.map(({ ip, count }: { ip: string; count: number }) => [ip, count]),
      [[expected, 1]],
    );
  }
});

test('two headers with different tokens are none', async (t) => {
  const server = await startTestServer(t);
  const [one, other] = [await server.register(), await server.register()];
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const sent = request(`${server.url}/v1/check`, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    sent.setHeader('authorization', [`Bearer ${one.token}`, `Bearer ${other.token}`]);
    sent.end();
  });
  assert.equal(status, 401);
});
