import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publicPlace } from '../../../src/sign-in/public-place.ts';
import { minute } from '../../support/manual-clock.ts';
import { formOf } from '../../support/web-agent.ts';
import { Browser, isLive, makeUser, signIn, startSignInServer, userPassword } from './sign-in-server.ts';

test('a token that was there before the sign-in never becomes that of the session', async (t) => {
  const server = await startSignInServer(t);
  const planted = (await server.register({ username: 'eve' })).token;
  const browser = new Browser(server);
  const page = await browser.open('/sign-in');
  browser.token = planted;
  await browser.submit(page, { username: 'ann', password: userPassword });
  assert.notEqual(browser.token, planted);
  assert.equal(await isLive(server, browser.token), true);
  assert.equal(await isLive(server, planted), false, 'what was planted is of no use to anybody');
});

test('a sign-in that began in one browser cannot be finished in another', async (t) => {
  const server = await startSignInServer(t);
  const attacker = new Browser(server);
  const { values } = formOf(await attacker.open('/sign-in'));
  const victim = new Browser(server);
  await victim.open('/sign-in');
  const answer = await victim.post('/sign-in', { ...values, username: 'ann', password: userPassword });
  assert.equal(answer.status, 400);
  assert.equal(victim.token, undefined);
  const without = await new Browser(server).post('/sign-in', {
    ...values,
    username: 'ann',
    password: userPassword,
  });
  assert.equal(without.status, 400, 'nor in one that has no name yet');
});

test('a sign-in is completed once', async (t) => {
  const server = await startSignInServer(t);
  const browser = new Browser(server);
  const page = await browser.open('/sign-in');
  await browser.submit(page, { username: 'ann', password: userPassword });
  const first = browser.token;
  const again = await browser.submit(page, { username: 'ann', password: userPassword });
  assert.equal(again.status, 403);
  assert.equal(await isLive(server, first), true);
  const { body } = await server.asAdmin('GET /v1/sessions?username=ann&state=any');
  assert.equal(body.sessions.length, 1);
});

test('no form is taken that another site sends, or that does not say where it comes from', async (t) => {
  const server = await startSignInServer(t);
  const browser = new Browser(server);
  await signIn(browser);
  const { token } = browser;
  const { values } = formOf(await browser.open('/sign-out'));
  for (const path of [
    '/sign-in',
    '/sign-in/step',
    '/sign-out',
    '/me/sessions/end-all',
    '/me/password',
    '/me/factor',
  ]) {
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': 'cross-site', origin: server.url },
    ]) {
      const answer = await browser.post(path, values, headers);
      assert.equal(answer.status, 403, `${path} ${JSON.stringify(headers)}`);
    }
    for (const origin of [undefined, 'null', 'https://evil.example', `${server.url}.evil.example`]) {
      const answer = await browser.request(server.url + path, {
        form: values,
        ...(origin === undefined ? {} : { headers: { origin } }),
      });
      assert.equal(answer.status, 403, `${path} ${origin}`);
    }
  }
  assert.equal(await isLive(server, token), true);
  const own = await browser.request(`${server.url}/sign-out`, {
    form: values,
    headers: { origin: server.url },
  });
  assert.equal(own.status, 200, 'an older browser says it by Origin');
});

test('a form without the mark of the own session does nothing, even from the same site', async (t) => {
  const server = await startSignInServer(t);
  await makeUser(server, 'eve');
  const [ann, eve] = [new Browser(server), new Browser(server)];
  await signIn(ann);
  await signIn(eve, { username: 'eve' });
  const { values: ofEve } = formOf(await eve.open('/sign-out'));
  for (const form of [{}, { mark: 'x' }, ofEve, { mark: `${ofEve.mark}x` }]) {
    for (const path of ['/sign-out', '/me/sessions/end-all', '/me/sessions/end-others']) {
      assert.equal((await ann.post(path, form)).status, 403, path);
    }
  }
  assert.equal(await isLive(server, ann.token), true);
});

test("the end of somebody else's session cannot be ordered by its id", async (t) => {
  const server = await startSignInServer(t);
  await makeUser(server, 'eve');
  const [ann, eve] = [new Browser(server), new Browser(server)];
  await signIn(ann);
  await signIn(eve, { username: 'eve' });
  const { body } = await server.asAdmin('GET /v1/sessions?username=ann');
  const { values } = formOf(await eve.open('/sign-out'));
  const answer = await eve.post('/me/sessions/end', { ...values, id: body.sessions[0].id });
  assert.equal(answer.headers.get('location'), '/me?done=gone');
  assert.equal(await isLive(server, ann.token), true);
});

test('nobody is led to a place that is not in the list, however it is written', async (t) => {
  const server = await startSignInServer(t, {
    'sign-in-return-to': 'https://app.example.org,https://*.trusted.example',
  });
  const browser = new Browser(server);
  await signIn(browser);
  const led = async (wanted: string): Promise<string> => {
    const page = await browser.open(`/sign-in?again=1&return=${encodeURIComponent(wanted)}`);
    const { values } = formOf(page);
    const answer = await browser.post('/sign-in', { ...values, username: 'ann', password: userPassword });
    return answer.headers.get('location') ?? '';
  };
  for (const good of [
    'https://app.example.org/x?y=1',
    'https://a.b.trusted.example/',
    'https://app.example.org:443/',
  ]) {
    assert.equal(await led(good), new URL(good).href);
  }
  assert.equal(await led('/me?done=others'), '/me?done=others');
  for (const evil of [
    '//evil.example',
    '//evil.example/%2f..',
    '/\\evil.example',
    '\\\\evil.example',
    '\\evil.example',
    'https:evil.example',
    'https:/evil.example',
    'https:///evil.example',
    'https://evil.example',
    'https://app.example.org@evil.example/',
    'https://app.example.org:x@evil.example/',
    'https://app.example.org%40evil.example/',
    'https://app.example.org%2eevil.example/',
    'https://app.example.org\\.evil.example/',
    'https://app.example.org.evil.example/',
    'https://evilapp.example.org.evil/',
    'https://trusted.example/',
    'https://eviltrusted.example/',
    'https://evil.example/.trusted.example',
    'https://evil.example?.trusted.example',
    'https://evil.example#.trusted.example',
    'http://app.example.org/',
    'https://app.example.org:8443/',
    'javascript:alert(1)',
    'java\tscript:alert(1)',
    'data:text/html,x',
    ' https://evil.example',
    '\thttps://evil.example',
    'https://evil.example\n.trusted.example',
    'HTTPS://EVIL.EXAMPLE',
    `https://app.example.org/${'a'.repeat(2000)}`,
  ]) {
    const to = await led(evil);
    assert.equal(to, '/me', `${JSON.stringify(evil)} led to ${to}`);
  }
});

test('without a list only the hosts are gone to that get the cookie', () => {
  const settings = { publicUrl: 'https://sso.example.org', returnTo: undefined };
  const alone = publicPlace({ ...settings, cookieDomain: undefined }, 'http://x');
  assert.equal(alone.returnTo('https://sso.example.org/a'), 'https://sso.example.org/a');
  assert.equal(alone.returnTo('https://app.example.org/'), undefined);
  const shared = publicPlace({ ...settings, cookieDomain: 'example.org' }, 'http://x');
  assert.equal(shared.returnTo('https://app.example.org/'), 'https://app.example.org/');
  assert.equal(shared.returnTo('https://notexample.org/'), undefined);
  assert.equal(shared.returnTo('http://app.example.org/'), undefined);
});

test('whether a user exists, is disabled or has another password is told by no answer', async (t) => {
  const server = await startSignInServer(t);
  await makeUser(server, 'gone');
  await server.asAdmin('POST /v1/users/gone/disable', {});
  const tell = async (username: string, password: string): Promise<unknown> => {
    const browser = new Browser(server);
    const page = await signIn(browser, { username, password });
    const text = page.text
      .replaceAll(/value="[^"]{60,}"/g, 'value="(sealed)"')
      .replaceAll(`value="${username}"`, 'value="(name)"');
    return { status: page.status, text, names: [...page.headers.keys()].sort() };
  };
  const wrong = await tell('ann', 'wrong password');
  server.clock.advance(90 * minute);
  assert.deepEqual(await tell('nobody-here', 'wrong password'), wrong);
  assert.deepEqual(await tell('gone', userPassword), wrong);
  assert.deepEqual(await tell('admin', 'wrong password'), wrong);
});

test('guessing is slowed down for accounts that exist and that do not alike', async (t) => {
  const server = await startSignInServer(t);
  for (const username of ['ann', 'nobody-here']) {
    server.clock.advance(90 * minute);
    const browser = new Browser(server);
    const seen: number[] = [];
    for (let count = 0; count < 5; count++) {
      seen.push((await signIn(browser, { username, password: 'wrong password' })).status);
    }
    assert.deepEqual(seen, [403, 403, 403, 429, 429], username);
    const refused = await signIn(browser, { username, password: userPassword });
    assert.equal(refused.status, 429);
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/);
  }
});

test('who knows the password cannot guess codes by signing in anew between the guesses', async (t) => {
  const server = await startSignInServer(t);
  const kept = await server.services.access.users.get('default', 'ann');
  const totp = {
    sealedSecret: 'not to be opened',
    lastStep: 0,
    recoveryHashes: [],
  };
  const by = { kind: 'system', id: 'test', name: 'test' } as const;
  await server.services.access.users.setTotp(kept, totp, 'user.factor_set', { by, face: 'system' });
  const browser = new Browser(server);
  const seen: number[] = [];
  for (let count = 0; count < 4; count++) {
    const step = await signIn(browser);
    if (step.status === 429) {
      seen.push(429);
      continue;
    }
    seen.push((await browser.submit(step, { code: '123456' })).status);
  }
  assert.deepEqual(seen, [403, 403, 403, 429]);
});

test('one address may try only so many sign-ins in a minute, over all accounts', async (t) => {
  const server = await startSignInServer(t, { 'sign-in-attempts-per-minute': '3' });
  const browser = new Browser(server);
  for (const username of ['a', 'b', 'c']) {
    assert.equal((await signIn(browser, { username, password: 'wrong password' })).status, 403);
  }
  const refused = await signIn(browser);
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get('retry-after'), '60');
  server.clock.advance(minute);
  assert.equal((await signIn(browser)).url.pathname, '/me');
});

test('links are made from the configuration, whatever host a request names', async (t) => {
  const server = await startSignInServer(t);
  const answer = await server.send(
    'GET /sign-in?return=https://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\nForwarded: host=evil.example\r\nConnection: close\r\n\r\n',
  );
  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.doesNotMatch(answer, /evil\.example/);
  const absolute = await server.send(
    'GET http://evil.example/me HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
  );
  assert.doesNotMatch(absolute, /evil\.example/);
});

test('what people type appears in pages as text alone', async (t) => {
  const server = await startSignInServer(t);
  const browser = new Browser(server);
  const nasty = `"><script>alert(1)</script>'&`;
  const page = await signIn(browser, { username: nasty, password: 'wrong password' });
  assert.doesNotMatch(page.text, /<script>/);
  assert.match(page.text, /value="&quot;&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;&#39;&amp;"/);
  const me = new Browser(server);
  const opened = await me.open('/sign-in');
  await me.submit(opened, { username: 'ann', password: userPassword }, { headers: { 'user-agent': nasty } });
  assert.doesNotMatch((await me.open('/me')).text, /<script>/);
});

test('every page forbids scripts, frames and foreign forms, and is kept by nobody', async (t) => {
  const server = await startSignInServer(t);
  const browser = new Browser(server);
  const signedIn = await signIn(browser);
  const pages = [
    signedIn,
    await browser.open('/sign-in'),
    await browser.open('/sign-out'),
    await browser.open('/me/none'),
  ];
  pages.push(await new Browser(server).open('/sign-in'));
  for (const { headers, url, text } of pages) {
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/, url.href);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.match(policy, /base-uri 'none'/);
    assert.match(policy, /form-action 'self'/);
    assert.doesNotMatch(policy, /unsafe|script-src/);
    assert.equal(headers.get('x-frame-options'), 'DENY');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.doesNotMatch(text, /<script|\son\w+=|style="/);
  }
});

test('cookies are kept from scripts and other sites, and bound to the host under TLS', async (t) => {
  const server = await startSignInServer(t, { 'sign-in-public-url': 'https://sso.example.org' });
  const headers = { 'sec-fetch-site': 'same-origin' };
  const page = await fetch(`${server.url}/sign-in`);
  const [browserCookie = ''] = page.headers.getSetCookie();
  assert.match(browserCookie, /^__Host-curfew_browser=[\w-]{22}; Secure; HttpOnly; SameSite=Lax; Path=\/$/);
  const { values } = formOf({
    url: new URL(server.url),
    status: 200,
    headers: page.headers,
    text: await page.text(),
  });
  const answer = await fetch(`${server.url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { ...headers, cookie: browserCookie.split(';')[0] ?? '' },
    body: new URLSearchParams({ ...values, username: 'ann', password: userPassword }),
  });
  const [cookie = ''] = answer.headers.getSetCookie();
  assert.match(cookie, /^__Host-curfew_session=cfs_[\w-]{43}; Secure; HttpOnly; SameSite=Lax; Path=\/$/);
  const token = /=(cfs_[\w-]+);/.exec(cookie)?.[1];
  const check = (name: string) => server.ask('GET /v1/check', { headers: { cookie: `${name}=${token}` } });
  assert.equal((await check('__Host-curfew_session')).status, 200);
  assert.equal((await check('curfew_session')).status, 401);
  assert.equal((await check('__Secure-curfew_session')).status, 401);
});

test('signing in anew replaces the session of the browser, also where only one is allowed', async (t) => {
  const server = await startSignInServer(t);
  await server.asAdmin('PUT /v1/policy', { scope: { kind: 'default' }, rule: { sessionLimit: 1 } });
  const browser = new Browser(server);
  await signIn(browser);
  const first = browser.token;
  assert.equal((await signIn(browser, { query: '?again=1' })).url.pathname, '/me');
  assert.notEqual(browser.token, first);
  assert.equal(await isLive(server, first), false);
  const elsewhere = await signIn(new Browser(server));
  assert.equal(elsewhere.status, 409);
  assert.match(elsewhere.text, /as often as is allowed/);
});
