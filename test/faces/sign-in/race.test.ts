import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOTP } from 'otpauth';
import type { TestServer } from '../../support/http-server.ts';
import { minute } from '../../support/manual-clock.ts';
import { Browser, isLive, makeUser, signIn, startSignInServer, userPassword } from './sign-in-server.ts';

/** What ends the sessions of a user, and so a sign-in of theirs that is under way. */
const cuts: readonly [what: string, cut: (server: TestServer) => Promise<void>][] = [
  ['their name', (server) => revoke(server, { username: 'ann' })],
  ['the provider', (server) => revoke(server, { provider: { type: 'basic' } })],
  ['everybody', (server) => revoke(server, { all: true })],
];

async function revoke(server: TestServer, selector: Record<string, unknown>): Promise<void> {
  const { status } = await server.asAdmin('POST /v1/revocations', { selector, reason: 'a test' });
  assert.equal(status, 201);
}

for (const [what, cut] of cuts) {
  test(`P3: a cut by ${what} at any step of a sign-in leaves no session behind`, async (t) => {
    const server = await startSignInServer(t);
    const app = await giveFactor(server, 'ann');

    // Between the opening of the page and the password.
    const first = new Browser(server);
    const opened = await first.open('/sign-in');
    await cut(server);
    const step = await first.submit(opened, { username: 'ann', password: userPassword });
    server.clock.advance(minute);
    const refused = await first.submit(step, { code: app() });
    assert.equal(refused.status, 409);
    assert.match(refused.text, /Your sessions were ended while you were signing in/);
    assert.equal(first.token, undefined);

    // Between the password and the code.
    const second = new Browser(server);
    const secondStep = await signIn(second);
    await cut(server);
    server.clock.advance(minute);
    assert.equal((await second.submit(secondStep, { code: app() })).status, 409);
    assert.equal(second.token, undefined);

    // After it, there is a session, and it is dead.
    const third = new Browser(server);
    const thirdStep = await signIn(third);
    server.clock.advance(minute);
    await third.submit(thirdStep, { code: app() });
    assert.equal(await isLive(server, third.token), true);
    await cut(server);
    assert.equal(await isLive(server, third.token), false);

    // P4: what begins after the cut is not touched by it.
    const fourth = new Browser(server);
    const fourthStep = await signIn(fourth);
    server.clock.advance(minute);
    assert.equal((await fourth.submit(fourthStep, { code: app() })).url.pathname, '/me');
    assert.equal(await isLive(server, fourth.token), true);
    const { body } = await server.asAdmin('GET /v1/sessions?username=ann');
    assert.equal(body.sessions.length, 1);
  });
}

test('P3: a cut while the password is being looked at leaves no session behind', async (t) => {
  const server = await startSignInServer(t);
  const browser = new Browser(server);
  const page = await browser.open('/sign-in');
  const signing = browser.submit(page, { username: 'ann', password: userPassword });
  const cutting = revoke(server, { username: 'ann' });
  await Promise.all([signing, cutting]);
  // Whichever came first, nobody is signed in now.
  const { body } = await server.asAdmin('GET /v1/sessions?username=ann');
  assert.deepEqual(body.sessions, []);
  assert.equal(browser.token === undefined || !(await isLive(server, browser.token)), true);
});

test('a page that was open for longer than a sign-in may take is begun anew, with the name kept', async (t) => {
  const server = await startSignInServer(t);
  const browser = new Browser(server);
  const page = await browser.open('/sign-in');
  server.clock.advance(16 * minute);
  const stale = await browser.submit(page, { username: 'ann', password: userPassword });
  assert.equal(stale.status, 400);
  assert.match(stale.text, /open for too long/);
  assert.equal(
    (await browser.submit(stale, { username: 'ann', password: userPassword })).url.pathname,
    '/me',
  );
});

for (const [what, route, body, status = 403] of [
  ['disabled', 'POST /v1/users/ann/disable', {}],
  ['removed', 'DELETE /v1/users/ann', undefined],
  ['given another password', 'POST /v1/users/ann/password', { password: 'something else' }, 409],
] as const) {
  test(`P3: a user who is ${what} while a code is asked for does not get in`, async (t) => {
    const server = await startSignInServer(t);
    const app = await giveFactor(server, 'ann');
    const other = new Browser(server);
    const otherStep = await signIn(other);
    server.clock.advance(minute);
    await other.submit(otherStep, { code: app() });
    const browser = new Browser(server);
    const step = await signIn(browser);
    const { body: answer } = await server.asAdmin(route, body);
    assert.equal(answer.terminated, 1, 'the sessions that there were have ended');
    assert.equal(await isLive(server, other.token), false);
    server.clock.advance(minute);
    const refused = await browser.submit(step, { code: app() });
    assert.equal(refused.status, status);
    assert.equal(browser.token, undefined);
    const { revocations } = (await server.asAdmin('GET /v1/revocations')).body;
    assert.match(revocations[0].reason, new RegExp(`the user ann was ${what}`));
  });
}

test('P3: a provider that is disabled lets in nobody who was on the way', async (t) => {
  const server = await startSignInServer(t);
  await makeUser(server, 'bob');
  const [signed, browser] = [new Browser(server), new Browser(server)];
  await signIn(signed, { username: 'bob' });
  const page = await browser.open('/sign-in');
  const { body } = await server.asAdmin('GET /v1/providers');
  const { id } = body.providers[0];
  assert.equal((await server.asAdmin(`POST /v1/providers/${id}/disable`, {})).body.terminated, 1);
  assert.equal(await isLive(server, signed.token), false);
  assert.equal((await browser.submit(page, { username: 'ann', password: userPassword })).status, 403);
  // Taken into use again, a sign-in from before is still refused.
  await server.asAdmin(`POST /v1/providers/${id}/enable`, {});
  assert.equal((await browser.submit(page, { username: 'ann', password: userPassword })).status, 409);
  assert.equal((await signIn(browser)).url.pathname, '/me');
});

/** Gives a user a second factor, and what makes its codes. */
async function giveFactor(server: TestServer, username: string): Promise<() => string> {
  const { accounts } = server.services.signIn;
  const { secret, setup } = accounts.beginTotp({ realm: 'default', username }, 'Curfew');
  const app = new TOTP({ secret });
  const by = { kind: 'system', id: 'test', name: 'test' } as const;
  await accounts.confirmTotp(
    { realm: 'default', username, origin: { by, face: 'system' } },
    { setup, code: app.generate({ timestamp: server.clock.now() }), current: userPassword },
  );
  server.clock.advance(minute);
  return () => app.generate({ timestamp: server.clock.now() });
}
