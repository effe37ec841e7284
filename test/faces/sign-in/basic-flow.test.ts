import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOTP } from 'otpauth';
import { minute } from '../../support/manual-clock.ts';
import { Browser, isLive, makeUser, signIn, startSignInServer, userPassword } from './sign-in-server.ts';

test('a user signs in, sees the own sessions, and signs out', async (t) => {
  const server = await startSignInServer(t);
  const browser = new Browser(server);
  const page = await browser.open('/sign-in');
  assert.equal(page.status, 200);
  const me = await browser.submit(page, { username: 'ann', password: userPassword });
  assert.equal(me.url.pathname, '/me');
  assert.match(me.text, /You are signed in as ann\./);
  assert.match(me.text, /this browser/);
  const { token } = browser;
  assert.equal(await isLive(server, token), true);
  const asked = await browser.open('/sign-out');
  const done = await browser.submit(asked);
  assert.match(done.text, /You are signed out/);
  assert.equal(done.headers.get('clear-site-data'), '"cache", "cookies", "storage"');
  assert.equal(await isLive(server, token), false);
  assert.equal(browser.token, undefined);
  assert.match((await browser.open('/me')).url.pathname, /^\/sign-in$/);
});

test('the session bears who, by which provider, how, from where and with which browser', async (t) => {
  const server = await startSignInServer(t);
  await makeUser(server, 'bob', { accessGroups: ['staff'], attributes: { mail: 'bob@example.org' } });
  const browser = new Browser(server);
  const page = await browser.open('/sign-in');
  await browser.submit(
    page,
    { username: 'bob', password: userPassword },
    { headers: { 'user-agent': 'Test/1' } },
  );
  const { body } = await server.asAdmin('GET /v1/sessions?username=bob');
  const [session] = body.sessions;
  assert.deepEqual(session.provider, { type: 'basic', name: 'basic' });
  assert.equal(session.subject, 'bob');
  assert.deepEqual(session.accessGroups, ['staff']);
  assert.deepEqual(session.adminIds, []);
  assert.equal(session.providerConfigVersion, 1);
  assert.deepEqual(session.client, { ip: '127.0.0.1', userAgent: 'Test/1' });
  assert.deepEqual(session.attributes, {
    mail: 'bob@example.org',
    amr: 'pwd',
    authTime: '2030-01-01T00:00:00.000Z',
  });
});

test('an administrator signs in by the same page, and the session has the rights', async (t) => {
  const server = await startSignInServer(t);
  const browser = new Browser(server);
  await signIn(browser, { username: 'admin', password: 'correct horse battery staple' });
  const answer = await server.ask('GET /v1/admins', { auth: `Bearer ${browser.token}` });
  assert.equal(answer.status, 200);
});

test('a password that somebody else has set must be changed before there is a session', async (t) => {
  const server = await startSignInServer(t);
  await makeUser(server, 'new', { mustChangePassword: true });
  const browser = new Browser(server);
  const step = await signIn(browser, { username: 'new' });
  assert.match(step.text, /Choose a new password/);
  assert.equal(browser.token, undefined);
  const differing = await browser.submit(step, { 'new-password': 'one of my own', repeat: 'another' });
  assert.equal(differing.status, 400);
  const same = await browser.submit(differing, { 'new-password': userPassword, repeat: userPassword });
  assert.equal(same.status, 400);
  const me = await browser.submit(same, { 'new-password': 'one of my own', repeat: 'one of my own' });
  assert.equal(me.url.pathname, '/me');
  const again = new Browser(server);
  assert.equal((await signIn(again, { username: 'new' })).status, 403);
  assert.equal((await signIn(again, { username: 'new', password: 'one of my own' })).url.pathname, '/me');
});

test('a second factor is asked for after the password, each code once, and recovery codes stand in for it', async (t) => {
  const server = await startSignInServer(t);
  const browser = new Browser(server);
  await signIn(browser);
  const setUp = await browser.open('/me/factor');
  assert.match(setUp.text, /<svg role="img"/);
  const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(setUp.text)?.[1]?.replaceAll(' ', '') ?? '';
  const app = new TOTP({ secret });
  const codeNow = () => app.generate({ timestamp: server.clock.now() });
  const wrong = await browser.submit(setUp, { code: '000000', current: userPassword, end: 'others' });
  assert.equal(wrong.status, 403);
  const codes = await browser.submit(wrong, { code: codeNow(), current: userPassword, end: 'others' });
  const recovery = [...codes.text.matchAll(/<li>([a-z2-9-]{19})<\/li>/g)].map(([, code]) => code ?? '');
  assert.equal(recovery.length, 10);

  const second = new Browser(server);
  const step = await signIn(second);
  assert.match(step.text, /One more step/);
  // The code that set it up was used by that.
  const replayed = await second.submit(step, { code: codeNow() });
  assert.equal(replayed.status, 403);
  server.clock.advance(minute);
  const code = codeNow();
  assert.equal((await second.submit(replayed, { code })).url.pathname, '/me');

  const third = new Browser(server);
  const thirdStep = await signIn(third);
  const taken = await third.submit(thirdStep, { code });
  assert.equal(taken.status, 403, 'a code lets in once');
  const byRecovery = await third.submit(taken, { code: (recovery[0] ?? '').toUpperCase() });
  assert.equal(byRecovery.url.pathname, '/me');
  const fourth = new Browser(server);
  const used = await fourth.submit(await signIn(fourth), { code: recovery[0] ?? '' });
  assert.equal(used.status, 403, 'a recovery code lets in once');
  const { body } = await server.asAdmin('GET /v1/sessions?username=ann');
  assert.deepEqual(
    body.sessions.map(({ attributes }: { attributes: { amr: string } }) => attributes.amr),
    ['pwd mfa', 'pwd otp mfa', 'pwd'],
  );
});

test('the page speaks the language that the browser prefers', async (t) => {
  const server = await startSignInServer(t);
  const browser = new Browser(server);
  const page = await browser.open('/sign-in', {
    headers: { 'accept-language': 'fr, de-CH;q=0.9, en;q=0.5' },
  });
  assert.match(page.text, /<html lang="de">/);
  assert.match(page.text, /Benutzername/);
  assert.match((await browser.open('/sign-in')).text, /<html lang="en">/);
});
