import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Answer, startTestServer, type TestServer } from '../../support/http-server.ts';
import { minute } from '../../support/manual-clock.ts';
import { anAdministrator, aPassword, orderOf } from '../../support/opened-access.ts';

/** What a browser says of a request that a page of the console makes. */
const ownPage = { 'sec-fetch-site': 'same-origin', 'curfew-face': 'console' };

describe('signing in to the console over HTTP', () => {
  test('makes a session bound to the administrator, held by a cookie that no script and no other site can use', async (t) => {
    const server = await startTestServer(t);
    const answer = await signIn(server, 'admin', aPassword, { 'user-agent': 'A browser' });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, { username: 'admin', realm: 'default', provider: 'basic' });
    const set = answer.headers.get('set-cookie') ?? '';
    assert.match(set, /^curfew_console=cfs_[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const { body: me } = await server.ask('GET /v1/me', {
      headers: { ...ownPage, cookie: cookieOf(answer) },
    });
    assert.equal(me.kind, 'administrator');
    assert.equal(me.realm, null);
    assert.deepEqual(me.accessGroups, ['administrator']);
    assert.ok(me.permissions.includes('sessions.terminate'));
    const { body: session } = await server.asAdmin(`GET /v1/sessions/${me.sessionId}`);
    assert.equal(session.session.app, 'console');
    assert.deepEqual(session.session.client, { ip: '127.0.0.1', userAgent: 'A browser' });
    assert.equal(session.session.adminIds.length, 1);
  });

  test('where browsers come by TLS the cookie is one that only this host can set, and sent over TLS alone', async (t) => {
    const server = await startTestServer(t, { 'sign-in-public-url': 'https://sso.example.org' });
    const set = (await signIn(server)).headers.get('set-cookie') ?? '';
    assert.match(set, /^__Host-curfew_console=cfs_[\w-]{43}; Secure; HttpOnly; SameSite=Strict; Path=\/$/);
    const token = /=([^;]+)/.exec(set)?.[1];
    const status = async (name: string) =>
      (await server.ask('GET /v1/sessions', { headers: { ...ownPage, cookie: `${name}=${token}` } })).status;
    assert.equal(await status('__Host-curfew_console'), 200);
    assert.equal(await status('curfew_console'), 401);
    assert.equal(await status('__Secure-curfew_console'), 401);
  });

  test('a wrong name and a wrong password have the same answer, which makes no browser ask by itself', async (t) => {
    const server = await startTestServer(t);
    const wrong = await signIn(server, 'admin', 'not the password');
    const unknown = await signIn(server, 'nobody', 'not the password');
    assert.equal(wrong.status, 401);
    assert.deepEqual(unknown.body, wrong.body);
    assert.equal(wrong.headers.get('set-cookie'), null);
    for (const answer of [wrong, await server.ask('GET /v1/me', { headers: ownPage })]) {
      assert.equal(answer.status, 401);
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="curfew"');
    }
    assert.match((await server.ask('GET /v1/me')).headers.get('www-authenticate') ?? '', /^Basic /);
  });

  test('the lock-out of Basic holds here, and failures here count for Basic', async (t) => {
    const server = await startTestServer(t, { 'log-level': 'info' });
    let refused = await signIn(server, 'admin', 'not the password');
    for (let tries = 1; tries < 10; tries++) {
      server.clock.advance(20 * minute);
      refused = await signIn(server, 'admin', 'not the password');
      assert.equal(refused.status, 401);
    }
    const locked = await signIn(server);
    assert.equal(locked.status, 429);
    assert.equal(locked.body.code, 'locked_out');
    assert.equal(Number(locked.headers.get('retry-after')), 15 * 60);
    assert.equal((await server.asAdmin('GET /v1/ledger')).body.code, 'locked_out');
    server.clock.advance(15 * minute);
    assert.equal((await signIn(server)).status, 200);
    const lines = server.logged.filter((line) => line.includes('a sign-in was refused'));
    assert.equal(lines.length, 11);
    assert.match(lines[0] ?? '', /"face":"console","from":"127\.0\.0\.1","reason":"unauthenticated"/);
    assert.equal(server.logged.join('').includes('not the password'), false);
  });

  test('one address may try so many times in a minute as on the page of the sign-in', async (t) => {
    const server = await startTestServer(t, { 'sign-in-attempts-per-minute': '3' });
    for (let tries = 0; tries < 3; tries++) assert.equal((await signIn(server)).status, 200);
    const refused = await signIn(server);
    assert.equal(refused.body.code, 'rate_limited');
    assert.equal(refused.headers.get('retry-after'), '60');
    server.clock.advance(minute);
    assert.equal((await signIn(server)).status, 200);
  });

  test('an administrator of one realm signs in to that realm and reaches no other', async (t) => {
    const server = await startTestServer(t);
    await server.asAdmin('POST /v1/admins', {
      username: 'eve',
      password: aPassword,
      accessGroups: ['administrator'],
      realm: 'eu',
    });
    const answer = await signIn(server, 'eve');
    assert.equal(answer.body.realm, 'eu');
    const headers = { ...ownPage, cookie: cookieOf(answer) };
    const { body: me } = await server.ask('GET /v1/me', { headers });
    assert.equal(me.realm, 'eu');
    assert.deepEqual(me.realms, ['eu']);
    assert.equal((await server.ask('GET /v1/sessions?realm=default', { headers })).status, 403);
  });

  test('what is taken from an administrator is gone from their console at once', async (t) => {
    const server = await startTestServer(t);
    const { body } = await server.asAdmin('POST /v1/admins', {
      username: 'rita',
      password: aPassword,
      accessGroups: ['administrator'],
    });
    const headers = { ...ownPage, cookie: cookieOf(await signIn(server, 'rita')) };
    assert.equal((await server.ask('GET /v1/keys', { headers })).status, 200);
    await server.asAdmin(`PATCH /v1/admins/${body.admin.id}`, { accessGroups: ['read'] });
    assert.equal((await server.ask('GET /v1/keys', { headers })).status, 403);
    await server.asAdmin(`DELETE /v1/admins/${body.admin.id}`);
    assert.equal((await server.ask('GET /v1/sessions', { headers })).status, 401);
  });

  test('a cut made while the password is looked at refuses the sign-in', async (t) => {
    const server = await startTestServer(t);
    const { access, registry } = server.services;
    const verify = access.authenticateBasic.bind(access);
    // The cut comes at the moment that is hardest to hold: after the password was found right.
    access.authenticateBasic = async (...given) => {
      const administrator = await verify(...given);
      await registry.terminate({
        selector: { username: 'admin' },
        reason: 'a test',
        origin: orderOf(anAdministrator()).origin,
      });
      return administrator;
    };
    const answer = await signIn(server);
    assert.equal(answer.body.code, 'revoked_during_sign_in');
    assert.equal(answer.headers.get('set-cookie'), null);
  });

  test('signing out ends the session in the store, and so does signing in anew for the one before', async (t) => {
    const server = await startTestServer(t);
    const first = cookieOf(await signIn(server));
    const second = cookieOf(await signIn(server, 'admin', aPassword, { cookie: first }));
    assert.equal(await statusWith(server, first), 401);
    assert.equal(await statusWith(server, second), 200);
    const left = await server.ask('DELETE /console/session', { headers: { ...ownPage, cookie: second } });
    assert.equal(left.status, 200);
    assert.match(left.headers.get('set-cookie') ?? '', /^curfew_console=; Max-Age=0; /);
    const after = await server.ask('GET /v1/me', { headers: { ...ownPage, cookie: second } });
    assert.equal(after.status, 401);
    assert.equal(after.body.facts.reason, 'logged_out');
    const again = await server.ask('DELETE /console/session', { headers: { ...ownPage, cookie: second } });
    assert.equal(again.status, 200);
  });

  test('goes on with the session of the sign-in, whose cookie alone opens nothing but what is its own', async (t) => {
    const server = await startTestServer(t);
    const { token, session } = await server.register({ username: 'ann' });
    const cookie = `curfew_session=${token}`;
    const standing = await server.ask('GET /console/session', { headers: { ...ownPage, cookie } });
    assert.deepEqual(standing.body.continueAs, { username: 'ann', realm: 'default', provider: 'main' });
    const adopted = await server.ask('POST /console/session/adopt', { headers: { ...ownPage, cookie } });
    assert.equal(adopted.status, 200);
    assert.equal(cookieOf(adopted), `curfew_console=${token}`);
    const headers = { ...ownPage, cookie: cookieOf(adopted) };
    const { body: me } = await server.ask('GET /v1/me', { headers });
    assert.deepEqual(
      { kind: me.kind, username: me.username, permissions: me.permissions, sessionId: me.sessionId },
      { kind: 'session', username: 'ann', permissions: ['own'], sessionId: session.id },
    );
    assert.equal((await server.ask('GET /v1/sessions', { headers })).status, 403);
    assert.equal((await server.ask('GET /v1/me', { headers: { ...ownPage, cookie } })).status, 401);
    assert.equal((await server.ask('GET /v1/me', { headers: { cookie } })).status, 200);
    const none = await server.ask('POST /console/session/adopt', { headers: ownPage });
    assert.equal(none.status, 401);
  });

  test('looking, and what the page asks by itself, keeps no session alive', async (t) => {
    const server = await startTestServer(t);
    const cookie = cookieOf(await signIn(server));
    const quiet = { ...ownPage, 'curfew-quiet': '1', cookie };
    server.clock.advance(20 * minute);
    const { body: me } = await server.ask('GET /v1/me', { headers: quiet });
    assert.equal(Date.parse(me.endsAt) - Date.parse(me.now), 10 * minute);
    await server.ask('GET /console/session', { headers: { ...ownPage, cookie } });
    server.clock.advance(9 * minute);
    const used = await server.ask('GET /v1/me', { headers: { ...ownPage, cookie } });
    assert.equal(Date.parse(used.body.endsAt) - Date.parse(used.body.now), 30 * minute);
    server.clock.advance(30 * minute);
    const over = await server.ask('GET /v1/me', { headers: { ...ownPage, cookie } });
    assert.equal(over.body.facts.reason, 'idle');
  });

  test('takes a name and a password as JSON and nothing else, and repeats nothing of it', async (t) => {
    const server = await startTestServer(t);
    const post = (body: string, type: string) =>
      server.ask('POST /console/session', { body, headers: { ...ownPage, 'content-type': type } });
    const right = JSON.stringify({ username: 'admin', password: aPassword });
    const wrongs: [string, string, number][] = [
      [right, 'text/plain', 400],
      [`username=admin&password=${encodeURIComponent(aPassword)}`, 'application/x-www-form-urlencoded', 400],
      ['{"username":"admin"}', 'application/json', 400],
      [`{"username":["admin"],"password":"${aPassword}"}`, 'application/json', 400],
      [`${right.slice(0, -1)},"more":1}`, 'application/json', 400],
      ['not JSON', 'application/json', 400],
      [JSON.stringify({ username: 'admin', password: 'x'.repeat(20_000) }), 'application/json', 413],
    ];
    for (const [body, type, status] of wrongs) {
      const answer = await post(body, type);
      assert.equal(answer.status, status, `${type}: ${body.slice(0, 60)}`);
      assert.equal(JSON.stringify(answer.body).includes(aPassword), false);
    }
    assert.equal((await post(right, 'application/json; charset=utf-8')).status, 200);
  });

  test('is not there where the console is switched off', async (t) => {
    const server = await startTestServer(t, { 'faces-console-enabled': 'false' });
    assert.equal((await signIn(server)).status, 404);
    assert.equal((await server.ask('GET /console/')).status, 404);
  });
});

function signIn(
  server: TestServer,
  username = 'admin',
  password = aPassword,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return server.ask('POST /console/session', {
    body: { username, password },
    headers: { ...ownPage, ...headers },
  });
}

function cookieOf({ headers }: Answer): string {
  return headers.get('set-cookie')?.split(';')[0] ?? '';
}

async function statusWith(server: TestServer, cookie: string): Promise<number> {
  return (await server.ask('GET /v1/sessions', { headers: { ...ownPage, cookie } })).status;
}
