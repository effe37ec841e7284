import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { type ConsoleTest, consolePassword, fillSignIn, startConsole } from '../support/console.ts';
import { aClient, startOidcProvider } from '../support/oidc-provider-process.ts';
import { freePort } from '../support/ports.ts';
import { skipWithout } from '../support/real-parts.ts';
import { startSamlIdp } from '../support/saml-idp-process.ts';
import { newKeyPair } from '../support/saml-messages.ts';
import { manager, startSlapd, suffix } from '../support/slapd.ts';

const title = 'Example Corporation';

/** A console that is at another site than what users sign in by, which is at 127.0.0.1, at its page of providers. */
async function providersPage(t: TestContext) {
  const port = await freePort();
  const place = `http://localhost:${port}`;
  const c = await startConsole(t, { flags: { port: String(port), 'sign-in-public-url': place } });
  const page = await c.newPage();
  await page.goto(`${place}/console/administration/providers`);
  await fillSignIn(page, 'admin', consolePassword);
  return { c, place, page };
}

/** Opens the form for a provider `corp` of a type, with its further settings. */
async function openForm(page: Page, type: string): Promise<Locator> {
  await page.getByRole('button', { name: 'Add a provider' }).click();
  const form = page.getByRole('dialog', { name: 'Add a provider' });
  await form.getByLabel('Type').selectOption(type);
  await form.getByLabel('Name', { exact: true }).fill('corp');
  await form.getByLabel('Title').fill(title);
  await form.getByText(/^Further settings/).click();
  return form;
}

async function add(page: Page, form: Locator): Promise<void> {
  await form.getByRole('button', { name: 'Add' }).click();
  await page.getByText('corp is added. Test it before somebody needs it.').waitFor();
  await form.waitFor({ state: 'detached' });
}

/** Tests the provider `corp`, and gives the dialog that tells what came of it. */
async function openTest(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'Test this: corp' }).click();
  return page.getByRole('dialog', { name: 'Test of corp' });
}

/** What a test says was found, when every step worked. */
async function stepsOf(trial: Locator): Promise<string[]> {
  await trial.getByText('Every step worked.').waitFor();
  return trial.getByRole('listitem').allInnerTexts();
}

async function close(trial: Locator): Promise<void> {
  await trial.getByRole('button', { name: 'Close' }).last().click();
  await trial.waitFor({ state: 'detached' });
}

/** Another browser that chooses the provider on the sign-in page. */
async function chooseCorp(c: ConsoleTest, place: string): Promise<Page> {
  const user = await c.newPage();
  await user.goto(`${place}/me`);
  await user.getByRole('link', { name: `Sign in with ${title}` }).click();
  return user;
}

/** What the only session of a user bears of what was entered in the form. */
async function sessionOf(c: ConsoleTest, username: string) {
  const { sessions } = await c.asAdmin(`GET /v1/sessions?username=${encodeURIComponent(username)}`);
  assert.equal(sessions.length, 1);
  const [{ provider, accessGroups, attributes }] = sessions;
  return { provider, accessGroups, mail: attributes.mail };
}

test('an issuer of OpenID Connect is added by its form, tested, and lets a user in', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const { c, place, page } = await providersPage(t);
  const idp = await startOidcProvider(t, {
    client: { redirect_uris: [`${place}/sign-in/default/corp/callback`] },
  });
  const form = await openForm(page, 'oidc');
  await form.getByLabel('Issuer', { exact: true }).fill('http://issuer.example');
  await form.getByLabel('Client id').fill(aClient.client_id);
  await form.getByRole('button', { name: 'Add' }).click();
  await form.locator('[aria-invalid]:focus').waitFor();
  await form.locator('.field-error').getByText('Expected an https URL; http only for this machine').waitFor();
  assert.equal(await form.getByLabel('Issuer', { exact: true }).getAttribute('aria-invalid'), 'true');
  await form.getByLabel('Issuer', { exact: true }).fill(idp.issuer);
  await form.getByLabel('Access groups by group').fill('ops = deployers');
  await form.getByLabel('Groups not named there').selectOption('drop');
  await form.getByLabel('Attributes that a session keeps').fill('mail = email');
  await form.getByLabel('Client secret').fill(aClient.client_secret);
  await add(page, form);

  const trial = await openTest(page);
  assert.deepEqual(await stepsOf(trial), [
    `read the metadata of ${idp.issuer}`,
    `read 1 key from ${idp.issuer}/jwks`,
    'it tells of logouts by back channel',
    `it ends its own session at ${idp.issuer}/session/end`,
  ]);
  await close(trial);

  const user = await chooseCorp(c, place);
  await user.getByLabel('Name').fill('ana');
  await user.getByRole('button', { name: 'Sign in' }).click();
  await user.waitForURL(`${place}/me`);
  assert.deepEqual(await sessionOf(c, 'ana.ruiz'), {
    provider: { type: 'oidc', name: 'corp' },
    accessGroups: ['deployers'],
    mail: 'ana@example.org',
  });

  // The test asks the issuer itself each time, so it tells when the issuer has gone.
  await idp.stop();
  await openTest(page);
  await trial.locator('.failure').getByText(idp.issuer).waitFor();
  assert.deepEqual(c.complaints, []);
});

test('an identity provider of SAML is added by its form with its metadata, tested, and lets a user in', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const { c, place, page } = await providersPage(t);
  const idp = await startSamlIdp(t);
  const { key, certificate } = await newKeyPair('Curfew');
  const form = await openForm(page, 'saml');
  await form.getByLabel('Metadata of the identity provider').fill(idp.metadata);
  await form.getByLabel('Attribute of the username').fill('uid');
  await form.getByLabel('Attributes that a session keeps').fill('mail = urn:oid:0.9.2342.19200300.100.1.3');
  await form.getByLabel('Certificate of Curfew').fill(certificate);
  await form.getByLabel('Private key of Curfew').fill(key);
  await add(page, form);
  assert.equal((await page.content()).includes(key.split('\n')[1] ?? key), false, 'nothing of the key stays');

  // The identity provider is told of Curfew by the metadata that Curfew shows.
  const metadata = await fetch(`${place}/sign-in/default/corp/metadata`);
  await idp.tell({ serviceProvider: await metadata.text() });
  const trial = await openTest(page);
  const steps = await stepsOf(trial);
  assert.deepEqual(steps.slice(0, 2), [
    `read the metadata of ${idp.entityId}`,
    'it signs with one certificate',
  ]);
  assert.equal(steps[3], 'found the key to sign with');
  assert.ok(steps[2]?.startsWith(`it takes requests at ${idp.base}/`));
  assert.ok(steps[4]?.startsWith(`it takes logouts at ${idp.base}/`));
  await close(trial);

  const user = await chooseCorp(c, place);
  await user.getByLabel('Name').fill('ana@example.org');
  await user.getByRole('button', { name: 'Sign in' }).click();
  await user.waitForURL(`${place}/me`);
  assert.deepEqual(await sessionOf(c, 'ana.ruiz'), {
    provider: { type: 'saml', name: 'corp' },
    accessGroups: ['ops', 'staff'],
    mail: 'ana@example.org',
  });
  assert.deepEqual(c.complaints, []);
});

test('a directory is added by its form, and lets a user in by the password that is kept there', {
  skip: skipWithout('chromium', 'slapd'),
}, async (t) => {
  const { c, place, page } = await providersPage(t);
  const slapd = await startSlapd(t);
  await slapd.add(`uid=ann,ou=people,${suffix}`, {
    objectClass: ['inetOrgPerson'],
    cn: 'Ann',
    sn: 'Ann',
    mail: 'ann@example.org',
    userPassword: 'a password of the directory',
  });
  const form = await openForm(page, 'ldap');
  await form.getByLabel('Servers', { exact: true }).fill(slapd.secureUrl);
  await form.getByLabel('Trusted certificates', { exact: true }).fill(slapd.authority.pem);
  await form.getByLabel('Account to search by', { exact: true }).fill(manager.dn);
  await form.getByLabel('Where users are searched').fill(`ou=people,${suffix}`);
  await form.getByLabel('Attributes that a session keeps').fill('mail = mail');
  await form.getByLabel('Password of the account to search by').fill(manager.password);
  await add(page, form);
  const trial = await openTest(page);
  assert.ok((await stepsOf(trial)).length > 1);
  await close(trial);

  const user = await c.newPage();
  await user.goto(`${place}/sign-in`);
  await user.getByRole('combobox').selectOption({ label: title });
  await user.getByLabel('Username').fill('ann');
  await user.getByLabel('Password', { exact: true }).fill('a password of the directory');
  await user.getByRole('button', { name: 'Sign in', exact: true }).click();
  await user.waitForURL((url) => url.pathname !== '/sign-in');
  assert.deepEqual(await sessionOf(c, 'ann'), {
    provider: { type: 'ldap', name: 'corp' },
    accessGroups: [],
    mail: 'ann@example.org',
  });
  assert.deepEqual(c.complaints, []);
});
