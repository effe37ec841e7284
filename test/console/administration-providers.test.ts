import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { fitsWidth, startConsole, violationsOf } from '../support/console.ts';
import { skipWithout } from '../support/real-parts.ts';
import { manager, startSlapd, suffix } from '../support/slapd.ts';

const dialog = (page: Page, name: string | RegExp) => page.getByRole('dialog', { name });
const bindPassword = 'Password of the account to search by';
const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });

test('a directory is added, tested with the diagnosis of the server, changed with its sessions ended, and removed', {
  skip: skipWithout('chromium', 'slapd'),
}, async (t) => {
  const slapd = await startSlapd(t);
  const c = await startConsole(t);
  const page = await c.signIn({ at: '/administration/providers' });
  await page.getByRole('button', { name: 'Add a provider' }).click();
  const add = dialog(page, 'Add a provider');

  // What is missing is said at its field, in the words of the API.
  await add.getByLabel('Name', { exact: true }).fill('office');
  await add.getByRole('button', { name: 'Add' }).click();
  await add.locator('textarea[aria-invalid]:focus').waitFor();
  assert.equal(await add.getByLabel('Servers', { exact: true }).getAttribute('aria-invalid'), 'true');
  await add.getByText('Expected a list of servers').first().waitFor();

  await add.getByLabel('Servers', { exact: true }).fill(slapd.secureUrl);
  await add.getByLabel('Account to search by', { exact: true }).fill(manager.dn);
  await add.getByLabel('Where users are searched').fill(`ou=people,${suffix}`);
  await add.getByText(/^Further settings/).click();
  await add.getByLabel('Trusted certificates', { exact: true }).fill(slapd.authority.pem);
  await add.getByLabel('Attributes that a session keeps').fill('email = mail\nname = cn');
  await add.getByLabel('Access groups by group').fill('cn=ops,ou=groups = staff, deployers');
  await add.getByLabel(bindPassword).fill('not the password');
  await add.getByRole('button', { name: 'Add' }).click();
  await add.waitFor({ state: 'detached' });
  const { providers } = await c.asAdmin('GET /v1/providers');
  const made = providers.find(({ name }: { name: string }) => name === 'office');
  assert.deepEqual(made.settings.attributes, { email: 'mail', name: 'cn' });
  assert.deepEqual(made.settings.groups, { 'cn=ops,ou=groups': ['staff', 'deployers'] });

  await page.getByRole('button', { name: 'Test this: office' }).click();
  const trial = dialog(page, 'Test of office');
  await trial.locator('.failure').waitFor();
  assert.match(await trial.locator('.failure').innerText(), /bindDn|bindPassword|credentials/i);
  assert.deepEqual(await violationsOf(page), []);
  await trial.getByRole('button', { name: 'Close' }).last().click();

  // No secret comes back; the right one is set, and the sessions of the former configuration end.
  await c.asAdmin('POST /v1/sessions/import', {
    sessions: [
      {
        username: 'ann',
        provider: { type: 'ldap', name: 'office' },
        providerConfigVersion: 1,
        createdAt: new Date(Date.now() - 1000).toISOString(),
      },
    ],
  });
  await page.getByRole('button', { name: 'What to do with office' }).click();
  await page.getByRole('menuitem', { name: 'Change' }).click();
  const change = dialog(page, 'Change office');
  assert.equal(await change.getByLabel(bindPassword, { exact: true }).inputValue(), '');
  await change.getByText('One is kept. Leave it empty to keep it.').waitFor();
  assert.equal(await change.getByLabel('Servers', { exact: true }).inputValue(), slapd.secureUrl);
  await change.getByLabel(bindPassword, { exact: true }).fill(manager.password);
  await change.getByLabel('End the 1 live sessions that were made under the former configuration').check();
  await change.getByRole('button', { name: 'Save' }).click();
  await page.getByText('office is now at version 2. 1 sessions have ended.').waitFor();
  await row(page, 'office').getByText('2', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Test this: office' }).click();
  await trial.getByText('Every step worked.').waitFor();
  assert.ok((await trial.getByRole('listitem').count()) > 1);
  await trial.getByRole('button', { name: 'Close' }).last().click();

  // Disabled by somebody else, it shows so by itself.
  await c.asAdmin(`POST /v1/providers/${made.id}/disable`);
  await row(page, 'office').getByText('disabled').waitFor();
  await page.getByRole('button', { name: 'What to do with office' }).click();
  await page.getByRole('menuitem', { name: 'Enable' }).click();
  await row(page, 'office').getByText('in use').waitFor();
  await page.getByRole('button', { name: 'What to do with office' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await dialog(page, 'Remove office?').getByRole('button', { name: 'Remove' }).click();
  await row(page, 'office').waitFor({ state: 'detached' });
  assert.equal((await page.content()).includes(manager.password), false);
  assert.deepEqual(c.complaints, []);
  assert.deepEqual(c.foreign, []);
});

test('the form of each type of provider names every field in plain words and as the API does, explains it, and fits a phone', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const c = await startConsole(t);
  const page = await c.signIn({
    at: '/administration/providers',
    viewport: { width: 360, height: 740 },
    hasTouch: true,
  });
  const { types } = await c.asAdmin('GET /v1/provider-types');
  await page.getByRole('button', { name: 'Add a provider' }).click();
  const add = dialog(page, 'Add a provider');
  for (const { type, settings, secrets } of types) {
    await add.getByLabel('Type').selectOption(type);
    const further = add.getByText(/^Further settings/);
    if ((await further.count()) > 0) await further.click();
    for (const { name } of [...settings, ...secrets]) {
      const code = add.locator('.field-code').filter({ hasText: new RegExp(`^${name}$`) });
      const field = add.locator(`[aria-describedby~="${await code.getAttribute('id')}"]`);
      const hint = String(await field.getAttribute('aria-describedby')).split(' ')[0];
      assert.ok(((await add.locator(`[id="${hint}"]`).textContent()) ?? '').length > 20, `${type}.${name}`);
      const title = await add.locator(`label[for="${await field.getAttribute('id')}"]`).textContent();
      assert.match(title ?? '', /^[A-Z]/, `${type}.${name}`);
    }
    assert.deepEqual(await violationsOf(page), [], type);
    assert.equal(await fitsWidth(page), true, type);
  }
  assert.deepEqual(c.complaints, []);
});
