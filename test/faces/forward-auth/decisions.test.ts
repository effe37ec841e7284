import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../support/manual-clock.ts';
import { browser, cookieOf, signInUrl, startGuarded } from './guarded.ts';

const minute = 60_000;

describe('who passes', () => {
  const rules = [
    { host: 'status.example.com', allow: 'public' },
    { host: 'closed.example.com', allow: 'nobody' },
    { host: 'app.example.com', path: '/admin', allow: { anyGroup: ['ops', 'admins'] } },
    { host: 'app.example.com', path: '/audit', allow: { allGroups: ['ops', 'auditors'] } },
    { host: 'app.example.com', path: '/staff', allow: { provider: 'saml/okta' } },
    { host: 'app.example.com', path: '/any-saml', allow: { provider: ['saml', 'oidc'] } },
    { host: 'app.example.com', path: '/pay', allow: { maxAge: '10m' } },
    { host: 'app.example.com', path: '/settled', allow: { minAge: '10m' } },
    { host: 'app.example.com', path: '/form', methods: ['GET'], allow: 'public' },
    { host: 'app.example.com', path: '/everywhere', realm: '*', allow: 'signed-in' },
    { host: 'app.example.com', path: '/shop', realm: 'shop', allow: 'signed-in' },
    { host: ['app.example.com', '*.apps.example.com'], allow: 'signed-in' },
  ];

  test('a public page is open to everybody, and tells nobody by name', async (t) => {
    const { about } = await startGuarded(t, { rules });
    const { status, headers } = await about({ 'x-forwarded-host': 'status.example.com' });
    assert.equal(status, 200);
    assert.equal(headers['remote-user'], '');
    assert.equal(headers['curfew-assertion'], '');
  });

  test('a page for signed-in users opens to any live session, and to no other', async (t) => {
    const { about, register } = await startGuarded(t, { rules });
    const { token } = await register({
      accessGroups: ['ops'],
      attributes: { name: 'Ann', email: 'ann@example.com' },
    });
    const { status, headers } = await about(cookieOf(token));
    assert.equal(status, 200);
    assert.equal(headers['remote-user'], 'ann');
    assert.equal(headers['remote-groups'], 'ops');
    assert.equal(headers['remote-name'], 'Ann');
    assert.equal(headers['remote-email'], 'ann@example.com');
    assert.equal(headers['remote-realm'], 'default');
    assert.equal(headers['remote-provider'], 'basic/main');
    assert.equal(headers['x-auth-request-user'], '');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal((await about()).status, 401);
    assert.equal((await about(cookieOf(`cfs_${'A'.repeat(43)}`))).status, 401);
    assert.equal((await about({ authorization: `Bearer ${token}` })).status, 200);
  });

  test('what a session is told to be is told as it is now, however often it was told before', async (t) => {
    const { about, register, asAdmin } = await startGuarded(t, { rules, headers: 'both' });
    const { token, session } = await register({ accessGroups: ['ops'], attributes: { name: 'Ann' } });
    const { token: other } = await register({ username: 'ben', accessGroups: ['staff'] });
    const toldThrice = async () => {
      const told: (string | undefined)[] = [];
      for (let n = 0; n < 3; n++) {
        const { headers } = await about(cookieOf(token));
        told.push(
          `${headers['remote-groups']} ${headers['x-auth-request-groups']} ${headers['remote-name']}`,
        );
        assert.equal((await about(cookieOf(other))).headers['remote-user'], 'ben');
      }
      return told;
    };
    assert.deepEqual(await toldThrice(), Array(3).fill('ops ops Ann'));
    const changed = { accessGroups: ['audit'], attributes: { name: 'Anna' } };
    assert.equal((await asAdmin(`POST /v1/sessions/${session.id}/refresh`, changed)).status, 200);
    assert.deepEqual(await toldThrice(), Array(3).fill('audit audit Anna'));
  });

  test('a session that was terminated passes nowhere from then on', async (t) => {
    const { about, register, asAdmin } = await startGuarded(t, { rules });
    const { token } = await register();
    assert.equal((await about(cookieOf(token))).status, 200);
    await asAdmin('POST /v1/revocations', { selector: { username: 'ann' }, reason: 'left' });
    const { status, headers, problem } = await about(cookieOf(token));
    assert.equal(status, 401);
    assert.equal(headers['curfew-reason'], 'revoked');
    assert.equal(problem.detail, 'The session was terminated.');
  });

  test('a host, path or method that no rule names is closed', async (t) => {
    const { about, register } = await startGuarded(t, { rules: rules.slice(0, -1) });
    const session = cookieOf((await register()).token);
    const unknown = await about({ ...session, 'x-forwarded-host': 'other.example.com' });
    assert.equal(unknown.status, 403);
    assert.match(String(unknown.problem.detail), /^No rule names this host/);
    const path = await about({ ...session, 'x-forwarded-uri': '/elsewhere' });
    assert.equal(path.status, 403);
    assert.match(String(path.problem.detail), /^No rule names this path and method/);
    assert.equal((await about({ ...session, 'x-forwarded-host': 'closed.example.com' })).status, 403);
  });

  test('without rules nobody passes', async (t) => {
    const { about, register } = await startGuarded(t, {});
    assert.equal((await about(cookieOf((await register()).token))).status, 403);
  });

  test('a method that a rule names passes, HEAD with GET, and others do not', async (t) => {
    const { about } = await startGuarded(t, { rules });
    const form = (method: string) => about({ 'x-forwarded-uri': '/form', 'x-forwarded-method': method });
    assert.equal((await form('GET')).status, 200);
    assert.equal((await form('HEAD')).status, 200);
    assert.equal((await form('POST')).status, 401);
  });

  test('groups and providers are asked for, and a user without them is told so plainly', async (t) => {
    const { about, register } = await startGuarded(t, { rules });
    const statusOf = async (uri: string, session: Record<string, unknown>) => {
      const { token } = await register(session);
      return (await about({ ...cookieOf(token), 'x-forwarded-uri': uri })).status;
    };
    assert.equal(await statusOf('/admin/users', { accessGroups: ['admins'] }), 200);
    assert.equal(await statusOf('/admin/users', { accessGroups: ['auditors'] }), 403);
    assert.equal(await statusOf('/audit', { accessGroups: ['ops', 'auditors', 'x'] }), 200);
    assert.equal(await statusOf('/audit', { accessGroups: ['ops'] }), 403);
    assert.equal(await statusOf('/staff', { provider: { type: 'saml', name: 'okta' } }), 200);
    assert.equal(await statusOf('/staff', { provider: { type: 'saml', name: 'other' } }), 403);
    assert.equal(await statusOf('/any-saml', { provider: { type: 'oidc', name: 'other' } }), 200);
    assert.equal(await statusOf('/any-saml', { provider: { type: 'ldap', name: 'saml' } }), 403);
    const { token } = await register({ username: 'zoë <b>' });
    const refused = await about({ ...cookieOf(token), ...browser, 'x-forwarded-uri': '/admin' });
    assert.equal(refused.status, 403);
    assert.match(refused.text, /You are signed in as zoë &lt;b&gt;, but this page is not open to you/);
    assert.match(String(refused.headers['content-security-policy']), /^default-src 'none'/);
  });

  test('sessions of another realm are unknown, unless the rule asks for theirs', async (t) => {
    const { about, register } = await startGuarded(t, { rules });
    const session = cookieOf((await register({ realm: 'shop' })).token);
    const statusOf = async (uri: string) => (await about({ ...session, 'x-forwarded-uri': uri })).status;
    assert.equal(await statusOf('/'), 401);
    assert.equal(await statusOf('/shop'), 200);
    assert.equal(await statusOf('/everywhere'), 200);
    const { headers } = await about({ ...browser, 'x-forwarded-uri': '/shop' });
    assert.equal(new URL(headers.location ?? '').searchParams.get('realm'), 'shop');
  });

  test('who authenticated too long ago is led to sign in anew, and may not pass meanwhile', async (t) => {
    const clock = new ManualClock();
    const { about, register } = await startGuarded(t, { rules }, {}, clock);
    const { token } = await register();
    const pay = (more = {}) => about({ ...cookieOf(token), 'x-forwarded-uri': '/pay', ...more });
    assert.equal((await pay()).status, 200);
    clock.advance(10 * minute);
    assert.equal((await pay()).status, 200);
    clock.advance(1);
    const led = await pay(browser);
    assert.equal(led.status, 302);
    assert.equal(new URL(led.headers.location ?? '').searchParams.get('max_age'), '600');
    const told = await pay();
    assert.equal(told.status, 401);
    assert.match(
      String(told.headers['www-authenticate']),
      /error="insufficient_user_authentication".*max_age="600"/,
    );
    assert.equal((await about(cookieOf(token))).status, 200);
  });

  test('what the provider told of the authentication counts, not when the session was made', async (t) => {
    const clock = new ManualClock();
    const { about, register } = await startGuarded(t, { rules }, {}, clock);
    const authTime = (ms: number) => ({ attributes: { authTime: new Date(clock.now() + ms).toISOString() } });
    const statusOf = async (session: Record<string, unknown>) =>
      (await about({ ...cookieOf((await register(session)).token), 'x-forwarded-uri': '/pay' })).status;
    assert.equal(await statusOf(authTime(-11 * minute)), 401);
    assert.equal(await statusOf(authTime(-9 * minute)), 200);
    // Nobody authenticates after the session was made, so the future gives no more time.
    const { token } = await register(authTime(60 * minute));
    clock.advance(10 * minute + 1);
    assert.equal((await about({ ...cookieOf(token), 'x-forwarded-uri': '/pay' })).status, 401);
  });

  test('a page that opens some time after signing in says when', async (t) => {
    const clock = new ManualClock();
    const { about, register } = await startGuarded(t, { rules }, {}, clock);
    const session = cookieOf((await register()).token);
    clock.advance(9 * minute);
    const { status, headers } = await about({ ...session, 'x-forwarded-uri': '/settled' });
    assert.equal(status, 403);
    assert.equal(headers['retry-after'], '60');
    clock.advance(minute);
    assert.equal((await about({ ...session, 'x-forwarded-uri': '/settled' })).status, 200);
  });
});

describe('who is led to sign in', () => {
  const rules = [{ host: '*.example.com', allow: 'signed-in' }];

  test('a browser is led to the sign-in page and back to exactly what it asked for', async (t) => {
    const { about } = await startGuarded(t, { rules });
    const uri = '/a%20b?x=1&return=https://evil.example/&y=%26';
    const { status, headers } = await about({
      ...browser,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'App.Example.com:8443',
      'x-forwarded-uri': uri,
    });
    assert.equal(status, 302);
    const url = new URL(headers.location ?? '');
    assert.equal(url.origin + url.pathname, signInUrl);
    assert.deepEqual([...url.searchParams], [['return', `https://app.example.com:8443${uri}`]]);
    assert.equal(headers['cache-control'], 'no-store');
  });

  test('a program, a script and a WebSocket get 401 with a problem and a challenge', async (t) => {
    const { about } = await startGuarded(t, { rules });
    const askers = {
      program: { accept: '*/*' },
      nothing: {},
      json: { accept: 'application/json' },
      fetch: { ...browser, 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
      xhr: { accept: 'text/html', 'x-requested-with': 'XMLHttpRequest' },
      websocket: { accept: 'text/html', upgrade: 'websocket' },
      image: { ...browser, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    };
    for (const [name, headers] of Object.entries(askers)) {
      const answer = await about(headers);
      assert.equal(answer.status, 401, name);
      assert.equal(answer.headers['content-type'], 'application/problem+json', name);
      assert.equal(answer.headers['www-authenticate'], 'Bearer realm="curfew"', name);
      assert.equal(answer.headers.location, undefined, name);
      assert.equal(answer.problem.code, 'unauthenticated', name);
    }
  });

  test('an older browser without Fetch Metadata is led too', async (t) => {
    const { about } = await startGuarded(t, { rules });
    assert.equal((await about({ accept: browser.accept })).status, 302);
  });

  test('a form that comes too late gets a page with a way to sign in, not a redirect', async (t) => {
    const { about } = await startGuarded(t, { rules });
    const { status, headers, text } = await about({
      ...browser,
      'x-forwarded-method': 'POST',
      'x-forwarded-uri': '/order',
    });
    assert.equal(status, 401);
    assert.match(String(headers['content-type']), /^text\/html/);
    assert.match(
      text,
      /href="https:\/\/login\.example\.com\/sign-in\?return=http%3A%2F%2Fapp\.example\.com%2F"/,
    );
  });

  test('the sign-in page itself leads nowhere, since that would never end', async (t) => {
    const { about } = await startGuarded(t, { rules });
    const login = { ...browser, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'login.example.com' };
    for (const uri of ['/sign-in', '/sign-in?return=x', '/sign-in/okta']) {
      const { status, headers } = await about({ ...login, 'x-forwarded-uri': uri });
      assert.equal(status, 401, uri);
      assert.equal(headers.location, undefined, uri);
    }
    assert.equal((await about({ ...login, 'x-forwarded-uri': '/sign-ins' })).status, 302);
  });

  test('an address too long for a header leads back to the page without its query', async (t) => {
    const { about } = await startGuarded(t, { rules });
    const { headers } = await about({ ...browser, 'x-forwarded-uri': `/page?${'x'.repeat(3000)}` });
    const url = new URL(headers.location ?? '');
    assert.equal(url.searchParams.get('return'), 'http://app.example.com/page');
  });

  test('without a sign-in page a browser gets a page that says what is missing', async (t) => {
    const { about } = await startGuarded(t, { rules, signInUrl: undefined });
    const { status, text } = await about(browser);
    assert.equal(status, 401);
    assert.match(text, /You are not signed in/);
    assert.doesNotMatch(text, /href/);
  });
});
