import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOTP } from 'otpauth';
import type { TestServer } from '../../support/http-server.ts';
import { minute } from '../../support/manual-clock.ts';
import type { Visited } from '../../support/web-agent.ts';
import { Browser, makeUser, signIn, startSignInServer, userPassword } from './sign-in-server.ts';

/** A code of an app that has a key, at the present time of the server. */
const codeOf = (server: TestServer, secret: string): string =>
  new TOTP({ secret }).generate({ timestamp: server.clock.now() });

const keyOn = ({ text }: Visited): string =>
  /<code>([A-Z2-7 ]+)<\/code>/.exec(text)?.[1]?.replaceAll(' ', '') ?? '';

const recoveryCodesOn = ({ text }: Visited): string[] =>
  [...text.matchAll(/<li>([a-z2-9-]{19})<\/li>/g)].map(([, code]) => code ?? '');

/** A browser of ann, who has a second factor; it is a minute later, so that the next code differs from the first. */
async function withFactor(server: TestServer) {
  const browser = new Browser(server);
  await signIn(browser);
  const setUp = await browser.open('/me/factor');
  const secret = keyOn(setUp);
  const fields = { code: codeOf(server, secret), current: userPassword, end: 'none' };
  const codes = await browser.submit(setUp, fields);
  const recovery = recoveryCodesOn(codes);
  assert.equal(recovery.length, 10);
  server.clock.advance(minute);
  return { browser, secret, recovery, setUp, fields };
}

async function factorOf(server: TestServer): Promise<{ hasTotp: boolean; recoveryCodesLeft: number }> {
  return (await server.asAdmin('GET /v1/users/ann')).body.user;
}

/** Sends the form of the page `/me` that is about the second factor. */
async function changeFactor(browser: Browser, fields: Record<string, string>): Promise<Visited> {
  const mark = /name="mark" value="([^"]+)"/.exec((await browser.open('/me')).text)?.[1] ?? '';
  return browser.post('/me/factor/change', { mark, 'factor-current': userPassword, ...fields });
}

test('the second factor is removed and its recovery codes are renewed only by whoever proves it', async (t) => {
  const server = await startSignInServer(t);
  const { browser, secret, recovery } = await withFactor(server);
  // Few are wrong here, so that the account is not locked.
  for (const [change, code] of [
    ['remove', ''],
    ['renew', ''],
    ['renew', '000000'],
  ] as const) {
    const refused = await changeFactor(browser, { do: change, 'factor-code': code });
    assert.equal(refused.status, 403, `${change} with the code ${code}`);
    assert.match(refused.text, /The code is not right/);
    assert.equal(recoveryCodesOn(refused).length, 0);
  }
  assert.equal((await factorOf(server)).hasTotp, true);
  const renewed = await changeFactor(browser, { do: 'renew', 'factor-code': codeOf(server, secret) });
  const codes = recoveryCodesOn(renewed);
  assert.equal(codes.length, 10);
  const former = await changeFactor(browser, { do: 'remove', 'factor-code': recovery[0] ?? '' });
  assert.equal(former.status, 403, 'the former recovery codes are good for nothing');
  const removed = await changeFactor(browser, { do: 'remove', 'factor-code': codes[0] ?? '' });
  assert.equal(removed.headers.get('location'), '/me?done=removed');
  assert.equal((await factorOf(server)).hasTotp, false);
});

test('a second factor takes the place of another only with a code of that other', async (t) => {
  const server = await startSignInServer(t);
  const { browser, secret } = await withFactor(server);
  const page = await browser.open('/me/factor');
  assert.match(page.text, /A code of the present app, or a recovery code/);
  const next = keyOn(page);
  const fields = () => ({ code: codeOf(server, next), current: userPassword, end: 'none' });
  for (const present of ['', codeOf(server, next)]) {
    const refused = await browser.submit(page, { ...fields(), 'present-code': present });
    assert.equal(refused.status, 403);
    assert.equal(keyOn(refused), next, 'the same set-up goes on');
  }
  const kept = await browser.submit(page, { ...fields(), 'present-code': codeOf(server, secret) });
  assert.equal(recoveryCodesOn(kept).length, 10);
  server.clock.advance(minute);
  const byFormer = await changeFactor(browser, { do: 'remove', 'factor-code': codeOf(server, secret) });
  assert.equal(byFormer.status, 403);
  const byNext = await changeFactor(browser, { do: 'remove', 'factor-code': codeOf(server, next) });
  assert.equal(byNext.status, 303);
});

test('an administrator takes a second factor away without a code of it', async (t) => {
  const server = await startSignInServer(t);
  await withFactor(server);
  assert.equal((await server.asAdmin('DELETE /v1/users/ann/factor')).status, 200);
  assert.equal((await factorOf(server)).hasTotp, false);
});

test('wrong codes of the present factor lock the account out as wrong codes of a sign-in do', async (t) => {
  const server = await startSignInServer(t);
  const { browser } = await withFactor(server);
  const seen: number[] = [];
  for (let n = 0; n < 12; n++)
    seen.push((await changeFactor(browser, { do: 'remove', 'factor-code': '000000' })).status);
  assert.equal(seen[0], 403);
  assert.equal(seen.at(-1), 429);
});

test('a page of recovery codes that is loaded anew shows none and makes none', async (t) => {
  const server = await startSignInServer(t);
  const { browser, secret, recovery, setUp, fields } = await withFactor(server);
  const again = await browser.submit(setUp, fields);
  assert.equal(again.url.search, '?done=factor');
  assert.match(again.text, /recovery codes are shown only once/);
  assert.equal(recoveryCodesOn(again).length, 0);
  const signedIn = new Browser(server);
  assert.equal(
    (await signedIn.submit(await signIn(signedIn), { code: recovery[0] ?? '' })).url.pathname,
    '/me',
  );
  const renewal = { do: 'renew', 'factor-code': codeOf(server, secret) };
  const codes = recoveryCodesOn(await changeFactor(browser, renewal));
  const reloaded = await changeFactor(browser, renewal);
  assert.equal(reloaded.status, 403);
  assert.equal(recoveryCodesOn(reloaded).length, 0);
  const last = new Browser(server);
  assert.equal((await last.submit(await signIn(last), { code: codes[0] ?? '' })).url.pathname, '/me');
});

test('of two new passwords chosen at once one is taken, and who chose the other is told so', async (t) => {
  const server = await startSignInServer(t);
  await makeUser(server, 'new', { mustChangePassword: true });
  const browsers = [new Browser(server), new Browser(server)];
  const steps: Visited[] = [];
  for (const browser of browsers) steps.push(await signIn(browser, { username: 'new' }));
  const pages = await Promise.all(
    browsers.map((browser, n) => {
      const password = `chosen by number ${n}`;
      return browser.submit(steps[n] as Visited, { 'new-password': password, repeat: password });
    }),
  );
  const [taken, late] = pages[0]?.url.pathname === '/me' ? pages : [...pages].reverse();
  assert.equal(taken?.url.pathname, '/me');
  assert.equal(late?.status, 409);
  assert.match(late?.text ?? '', /changed at the same moment.*use that one/);
  assert.match(late?.text ?? '', /name="username"/, 'and may sign in at once');
});

test('blanks around a username are no part of it, and a character that no name has is told', async (t) => {
  const server = await startSignInServer(t);
  for (const username of ['ann ', ' ann', '\tann\u00a0']) {
    const browser = new Browser(server);
    assert.equal((await signIn(browser, { username })).url.pathname, '/me', JSON.stringify(username));
  }
  for (const username of ['an\u0000n', 'an\tn', 'an\u001bn']) {
    const told = await signIn(new Browser(server), { username });
    assert.equal(told.status, 400);
    assert.match(told.text, /holds a character that no name has/);
  }
  assert.match((await signIn(new Browser(server), { username: '  ' })).text, /Fill in username and password/);
});

test('nobody can be made whose name looks like that of another', async (t) => {
  const server = await startSignInServer(t);
  const make = (username: string, path = 'users', more: object = {}) =>
    server.asAdmin(`POST /v1/${path}`, { username, password: userPassword, ...more });
  for (const username of ['ann ', ' ann', 'ann  lee', 'an\u200bn', '\u202enna', 'ａｎｎ']) {
    for (const [path, more] of [['users'], ['admins', { accessGroups: ['read'] }]] as const) {
      const { status, body } = await make(username, path, more);
      assert.equal(status, 400, `${path} ${JSON.stringify(username)}`);
      assert.match(body.detail, /username must not/);
      assert.equal(body.faults[0].path, 'username');
    }
  }
  assert.equal((await make('rene\u0301')).body.user.username, 'ren\u00e9', 'it is kept in one form');
  assert.equal((await make('ren\u00e9')).status, 409);
});
