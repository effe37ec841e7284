import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consolePassword, fillSignIn, startConsole } from '../support/console.ts';
import { freePort } from '../support/ports.ts';
import { skipWithout } from '../support/real-parts.ts';

test('over TLS the cookie is one that only this host can set, and everything works as without', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const port = await freePort();
  const secure = `https://127.0.0.1:${port}`;
  const c = await startConsole(t, {
    flags: { tls: 'self-signed', 'tls-port': String(port), 'sign-in-public-url': secure },
  });
  const page = await c.newPage({ ignoreHTTPSErrors: true });
  await page.goto(`${secure}/console/own`);
  await fillSignIn(page, 'admin', consolePassword);
  await page.getByText('this browser', { exact: true }).waitFor();
  const [cookie] = await page.context().cookies();
  assert.deepEqual(
    [cookie?.name, cookie?.secure, cookie?.httpOnly, cookie?.sameSite, cookie?.domain, cookie?.path],
    ['__Host-curfew_console', true, true, 'Strict', '127.0.0.1', '/'],
  );
  await page.locator('.live-mark.live').waitFor();
  const scripts = page.waitForResponse(/\/assets\/.*\.js$/);
  await page.reload();
  assert.equal((await (await scripts).allHeaders())['content-encoding'], 'br');

  await page.getByRole('button', { name: 'Signed in as admin' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByText('You have signed out.').waitFor();
  assert.deepEqual(await page.context().cookies(), []);

  // The way over the page of the sign-in keeps to the same place.
  await page.getByRole('link', { name: 'Sign in another way' }).click();
  await page.waitForURL(`${secure}/sign-in?return=*`);
  await page.getByLabel('Username').fill('admin');
  await page.getByLabel('Password').fill(consolePassword);
  await page.keyboard.press('Enter');
  await page.getByText('this browser', { exact: true }).waitFor();
  assert.equal(page.url(), `${secure}/console/own`);
  assert.deepEqual(c.complaints, []);
});
