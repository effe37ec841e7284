import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { type ConsoleTest, consolePassword, startConsole, violationsOf } from '../support/console.ts';
import { aClient, startOidcProvider } from '../support/oidc-provider-process.ts';
import { freePort } from '../support/ports.ts';
import { realPart } from '../support/real-parts.ts';

const { skip } = realPart('chromium');
const title = 'Example Corporation';

/** A console whose people may come by an issuer of OpenID Connect, which is at another site. */
async function consoleWithIssuer(t: TestContext) {
  const port = await freePort();
  const place = `http://localhost:${port}`;
  const opened = await startConsole(t, { flags: { port: String(port), 'sign-in-public-url': place } });
  const { issuer } = await startOidcProvider(t, {
    client: {
      redirect_uris: [`${place}/sign-in/default/corp/callback`],
      post_logout_redirect_uris: [`${place}/sign-out/done`],
    },
  });
  await opened.asAdmin('POST /v1/providers', {
    realm: 'default',
    name: 'corp',
    type: 'oidc',
    title,
    settings: { issuer, clientId: aClient.client_id },
    secrets: { clientSecret: aClient.client_secret },
  });
  return { opened, place, issuer };
}

/** Chooses the issuer on the way from the console. */
async function chooseIssuer(page: Page): Promise<void> {
  await page.getByRole('link', { name: `Sign in with ${title}` }).click();
  await page.waitForURL('**/sign-in?return=*');
  await page.getByRole('link', { name: `Sign in with ${title}` }).click();
}

async function signOut(page: Page, username: string): Promise<void> {
  await page.getByRole('button', { name: `Signed in as ${username}` }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).press('Enter');
  await page.getByText('You have signed out.').waitFor();
}

async function liveSessions({ asAdmin }: ConsoleTest, username: string): Promise<number> {
  return (await asAdmin(`GET /v1/sessions?username=${username}`)).sessions.length;
}

test('Whoever came by an issuer is told after signing out that they are still signed in there, and is led to end that too', {
  skip,
}, async (t) => {
  const { opened, place, issuer } = await consoleWithIssuer(t);
  const page = await opened.newPage();
  await page.goto(`${place}/console/own`);
  await chooseIssuer(page);
  await page.getByLabel('Name').fill('ana');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('this browser', { exact: true }).waitFor();
  assert.equal(await liveSessions(opened, 'ana.ruiz'), 1);

  await signOut(page, 'ana.ruiz');
  assert.equal(await liveSessions(opened, 'ana.ruiz'), 0);
  const note = page.getByRole('status').filter({ hasText: `You are still signed in with ${title}` });
  await note.waitFor();
  assert.deepEqual(await violationsOf(page), []);

  // What it says is true: the issuer lets this browser in again, and asks nothing.
  await chooseIssuer(page);
  await page.getByText('this browser', { exact: true }).waitFor();
  assert.equal(await liveSessions(opened, 'ana.ruiz'), 1);

  await signOut(page, 'ana.ruiz');
  await note.getByRole('link', { name: `Sign out of ${title} too` }).click();
  await page.waitForURL(({ href }) => href.startsWith(issuer));
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${place}/sign-out/done*`);

  await page.goto(`${place}/console/own`);
  assert.equal(await note.count(), 0);
  await chooseIssuer(page);
  await page.getByLabel('Name').waitFor();
  assert.deepEqual(opened.complaints, []);
});

test('Whoever signed in by a password is told of nothing that stays open', { skip }, async (t) => {
  const { opened, place } = await consoleWithIssuer(t);
  const page = await opened.newPage();
  await page.goto(`${place}/console/own`);
  await page.getByLabel('Username').fill('admin');
  await page.getByLabel('Password', { exact: true }).fill(consolePassword);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('this browser', { exact: true }).waitFor();
  await signOut(page, 'admin');
  assert.equal(await page.getByText('You are still signed in').count(), 0);
});
