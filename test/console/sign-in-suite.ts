import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { type ConsoleOptions, consolePassword, fillSignIn, startConsole } from '../support/console.ts';
import { ManualClock, minute } from '../support/manual-clock.ts';
import { skipWithout } from '../support/real-parts.ts';

const skip = skipWithout('chromium');

/** What a person meets who signs in, on one store; both are to show the same. */
export function signInSuite(store: string, options: (t: TestContext) => Promise<ConsoleOptions>): void {
  test(`signing in to the console on ${store}`, { skip }, async (t) => enters(t, await options(t)));
  test(`a session that is not used, on ${store}`, { skip }, async (t) => idles(t, await options(t)));
}

async function enters(t: TestContext, options: ConsoleOptions): Promise<void> {
  const c = await startConsole(t, options);
  const { url } = c;
  await c.asAdmin('POST /v1/users', {
    username: 'ann',
    password: consolePassword,
    mustChangePassword: false,
  });

  await t.test('goes by the keyboard alone, and leads to the view that was asked for', async () => {
    const page = await c.newPage();
    await page.goto(`${url}/console/own?some=thing`);
    await page.getByLabel('Username').waitFor();
    assert.equal(await focusedName(page), 'username');
    await page.keyboard.type('admin');
    await page.keyboard.press('Tab');
    await page.keyboard.type(consolePassword);
    await page.keyboard.press('Enter');
    await page.getByText('this browser', { exact: true }).waitFor();
    assert.equal(page.url(), `${url}/console/own?some=thing`);
    assert.equal(await page.title(), 'Your sessions · Curfew');
    const [cookie] = await page.context().cookies();
    assert.deepEqual(
      { name: cookie?.name, httpOnly: cookie?.httpOnly, sameSite: cookie?.sameSite },
      { name: 'curfew_console', httpOnly: true, sameSite: 'Strict' },
    );
    await page.context().close();
  });

  await t.test('tells what is wrong, and puts the keyboard where it is put right', async () => {
    const page = await c.newPage();
    await page.goto(`${url}/console/`);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('Enter a username and a password.').waitFor();
    assert.equal(await focusedName(page), 'username');
    await page.keyboard.type('admin');
    await page.keyboard.press('Tab');
    await page.keyboard.type('not the password');
    await page.keyboard.press('Enter');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.equal(await alert.innerText(), 'The username or the password is not right.');
    const password = page.getByLabel('Password', { exact: true });
    assert.equal(await password.getAttribute('aria-invalid'), 'true');
    assert.equal(await password.inputValue(), '');
    assert.equal(await page.getByLabel('Username').inputValue(), 'admin');
    assert.equal(await focusedName(page), 'password');
    await page.keyboard.type(consolePassword);
    await page.getByRole('button', { name: 'Show' }).click();
    assert.equal(await password.getAttribute('type'), 'text');
    await password.press('Enter');
    await page.getByRole('navigation', { name: 'Views' }).waitFor();
    await page.context().close();
  });

  await t.test('goes on as whoever is signed in on the page of the sign-in, when they say so', async () => {
    const page = await c.newPage();
    await page.goto(`${url}/sign-in`);
    await fillForm(page, 'ann');
    await page.waitForURL('**/me');
    await page.goto(`${url}/console/own`);
    await page.getByRole('button', { name: 'Continue as ann' }).click();
    await page.getByText('this browser', { exact: true }).waitFor();
    assert.equal(page.url(), `${url}/console/own`);
    await page.context().close();
  });

  await t.test('leads over the page of the sign-in, and back signed in to the same view', async () => {
    const page = await c.newPage();
    await page.goto(`${url}/console/own?some=thing`);
    await page.getByRole('link', { name: 'Sign in another way' }).click();
    await page.waitForURL('**/sign-in?return=*');
    await fillForm(page, 'ann');
    await page.getByText('this browser', { exact: true }).waitFor();
    assert.equal(page.url(), `${url}/console/own?some=thing`);
    await page.context().close();
  });

  await t.test('is undone by signing out, in the store and in every window of the browser', async () => {
    const page = await c.signIn({ at: '/own' });
    const other = await page.context().newPage();
    await other.goto(`${url}/console/own`);
    await other.getByText('this browser', { exact: true }).waitFor();
    const [cookie] = await page.context().cookies();
    await page.getByRole('button', { name: 'Signed in as admin' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).press('Enter');
    await page.getByText('You have signed out.').waitFor();
    await other.getByText('You have signed out.').waitFor();
    const answer = await fetch(`${url}/v1/me`, { headers: { authorization: `Bearer ${cookie?.value}` } });
    assert.equal(answer.status, 401);
    assert.equal(((await answer.json()) as { facts: { reason: string } }).facts.reason, 'logged_out');
    assert.equal((await page.context().cookies()).length, 0);
    await page.goto(`${url}/console/own`);
    await page.getByLabel('Username').waitFor();
    await page.context().close();
  });

  await t.test('is asked for again at once when the session is ended, says so, and leads back', async () => {
    const page = await c.signIn({ at: '/ledger?some=thing' });
    await page.locator('.live-mark.live').waitFor();
    await c.asAdmin('POST /v1/revocations', {
      selector: { username: 'admin' },
      reason: 'a reason that is not told',
    });
    await page.getByText('Your session was ended.').waitFor();
    const text = await page.locator('main').innerText();
    assert.equal(/reason that is not told|by admin/.test(text), false);
    await fillSignIn(page, 'admin', consolePassword);
    assert.equal(page.url(), `${url}/console/ledger?some=thing`);
    await page.context().close();
  });

  await t.test('leads nowhere else, whatever the address says', async () => {
    const page = await c.signIn({ at: '/own' });
    for (const evil of [
      '//evil.example/',
      'https://evil.example/',
      '/../../me',
      '/\\evil.example',
      'javascript:alert(1)',
    ]) {
      await page.goto(`${url}/console/sign-in?return=${encodeURIComponent(evil)}`);
      await page.getByRole('navigation', { name: 'Views' }).waitFor();
      const { origin, pathname } = new URL(page.url());
      assert.equal(origin, url);
      assert.match(pathname, /^\/console\//);
    }
    await page.context().close();
  });

  await t.test('is not asked of somebody who is signed in', async () => {
    const page = await c.signIn({ at: '/own' });
    await page.goto(`${url}/console/sign-in`);
    await page.getByRole('navigation', { name: 'Views' }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/console/');
    await page.context().close();
  });

  await t.test('says without scripts that it needs them', async () => {
    const page = await c.newPage({ javaScriptEnabled: false });
    await page.goto(`${url}/console/`);
    assert.match(await page.locator('.no-script').innerText(), /^The console needs JavaScript/);
    await page.context().close();
  });

  assert.deepEqual(c.complaints, []);
  assert.deepEqual(c.foreign, []);
}

async function idles(t: TestContext, options: ConsoleOptions): Promise<void> {
  const clock = new ManualClock(Date.now());
  const c = await startConsole(t, { ...options, clock });
  const page = await c.newPage();
  await page.clock.install();
  await page.goto(`${c.url}/console/own?some=thing`);
  await fillSignIn(page, 'admin', consolePassword);
  await page.getByText('this browser', { exact: true }).waitFor();
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await page.clock.fastForward(ms);
  };

  await t.test('is said to end two minutes before it does, and goes on for whoever says so', async () => {
    await pass(28.5 * minute);
    const alert = page.getByRole('alert').filter({ hasText: 'You are signed out at' });
    await alert.waitFor();
    await alert.getByRole('button', { name: 'Stay signed in' }).click();
    await alert.waitFor({ state: 'detached' });
    const { sessions } = await c.asAdmin('GET /v1/sessions?username=admin');
    assert.equal(Date.parse(sessions[0].lastAccessAt), clock.now());
    // An access waits in memory for a while, which the clock is about to leap over.
    await c.server.services.registry.touches.flushAll();
  });

  await t.test('leads to the page for signing in when it has ended, says why, and leads back', async () => {
    await pass(29 * minute);
    await page.getByRole('alert').filter({ hasText: 'You are signed out at' }).waitFor();
    await pass(2 * minute);
    await page.getByText('Your session has ended because it was not used for too long.').waitFor();
    await fillSignIn(page, 'admin', consolePassword);
    assert.equal(page.url(), `${c.url}/console/own?some=thing`);
  });

  await t.test('may be followed by a lock, which says for how long to wait', async () => {
    for (let tries = 0; tries < 10; tries++) {
      clock.advance(20 * minute);
      await fetch(`${c.url}/v1/ledger`, { headers: { authorization: `Basic ${btoa('admin:wrong')}` } });
    }
    const other = await c.newPage();
    await other.goto(`${c.url}/console/`);
    await other.getByLabel('Username').fill('admin');
    await other.getByLabel('Password', { exact: true }).fill(consolePassword);
    await other.keyboard.press('Enter');
    await other.getByRole('alert').waitFor();
    assert.match(await other.getByRole('alert').innerText(), /Try again in 900 s\.$/);
  });

  assert.deepEqual(c.complaints, []);
}

function focusedName(page: Page): Promise<unknown> {
  return page.evaluate('document.activeElement?.getAttribute("name")');
}

async function fillForm(page: Page, username: string): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(consolePassword);
  await page.keyboard.press('Enter');
}
