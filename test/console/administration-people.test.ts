import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { consolePassword, startConsole } from '../support/console.ts';
import { skipWithout } from '../support/real-parts.ts';

const skip = skipWithout('chromium');
const annPassword = 'ann keeps this to herself';
const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
const dialog = (page: Page, name: string | RegExp) => page.getByRole('dialog', { name });

/** Opens the menu of a row and chooses from it. */
async function choose(page: Page, name: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `What to do with ${name}` }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

test('an administrator is made, changed and removed, with what is wrong said at the field concerned', {
  skip,
}, async (t) => {
  const c = await startConsole(t);
  const page = await c.signIn({ at: '/administration' });
  // An administrator is made, with what is wrong said at the field concerned.
  {
    await row(page, 'admin').getByText('you', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Add an administrator' }).click();
    const add = dialog(page, 'Add an administrator');
    await add.getByLabel('Username').fill('ann');
    await add.getByLabel('Password', { exact: true }).fill('short');
    await add.getByLabel('clusterAdmins').check();
    await add.getByLabel('Other groups').fill('night shift, ops');
    await add.getByRole('button', { name: 'Add' }).click();
    await add.getByText('Expected at least 8 characters').waitFor();
    const password = add.getByLabel('Password', { exact: true });
    assert.equal(await password.getAttribute('aria-invalid'), 'true');
    await add.locator('input[aria-invalid]:focus').waitFor();
    await password.fill(annPassword);
    await add.getByRole('button', { name: 'Add' }).click();
    await add.waitFor({ state: 'detached' });
    const { admins } = await c.asAdmin('GET /v1/admins');
    assert.deepEqual(admins[1].accessGroups, ['read', 'clusterAdmins', 'night shift', 'ops']);
    await row(page, 'ann').getByText('night shift').waitFor();
    await page.getByRole('button', { name: 'Add an administrator' }).click();
    await add.getByLabel('Username').fill('ann');
    await add.getByLabel('Password', { exact: true }).fill(annPassword);
    await add.getByRole('button', { name: 'Add' }).click();
    await add.locator('.field-error').waitFor();
    assert.equal(await add.getByLabel('Username').getAttribute('aria-invalid'), 'true');
    await page.keyboard.press('Escape');
  }
  // Groups and realm are changed, and the last administrator stays as the API says.
  {
    await choose(page, 'ann', 'Change');
    const change = dialog(page, 'Change ann');
    await change.getByLabel('clusterAdmins').uncheck();
    await change.getByLabel('Realm').fill('shop');
    await change.getByRole('button', { name: 'Save' }).click();
    await change.waitFor({ state: 'detached' });
    await row(page, 'ann').getByText('shop', { exact: true }).waitFor();
    await choose(page, 'admin', 'Remove');
    const remove = dialog(page, 'Remove the administrator admin?');
    await remove.getByText(/This ends .*live session/).waitFor();
    await remove.getByRole('button', { name: 'Remove' }).click();
    await remove.getByRole('alert').waitFor();
    assert.match(await remove.getByRole('alert').innerText(), /last/);
    await page.keyboard.press('Escape');
    assert.equal((await c.asAdmin('GET /v1/admins')).admins.length, 2);
  }
  assert.deepEqual(c.complaints, []);
  assert.deepEqual(c.foreign, []);
});

test('one’s own password needs the present one, and what another administrator changes shows by itself', {
  skip,
}, async (t) => {
  const c = await startConsole(t);
  const page = await c.signIn({ at: '/administration' });
  // One’s own password needs the present one, and another session ends with it.
  {
    const other = await c.signIn({ at: '/own' });
    await choose(page, 'admin', 'Set the password');
    const set = dialog(page, 'Set the password of admin');
    await set.getByLabel('Your present password').fill('wrong');
    await set.getByLabel('New password').fill(consolePassword);
    await set.getByRole('button', { name: 'Save' }).click();
    await set.getByText('Is not right').waitFor();
    await set.getByLabel('Your present password').fill(consolePassword);
    await set.getByRole('button', { name: 'Save' }).click();
    await set.waitFor({ state: 'detached' });
    await page.getByText('The password of admin is set.').waitFor();
    await other.getByLabel('Username').waitFor();
    await other.context().close();
  }
  // What another administrator changes shows by itself.
  {
    await c.asAdmin('POST /v1/admins', { username: 'carol', password: annPassword, accessGroups: ['read'] });
    await row(page, 'carol').waitFor();
    await choose(page, 'carol', 'Remove');
    const remove = dialog(page, 'Remove the administrator carol?');
    await remove.getByText('No live session ends with it.').waitFor();
    await remove.getByRole('button', { name: 'Remove' }).click();
    await row(page, 'carol').waitFor({ state: 'detached' });
  }
  assert.deepEqual(c.complaints, []);
  assert.deepEqual(c.foreign, []);
});

test('the secret of a key is shown once, can be copied, and works until it is revoked', {
  skip,
}, async (t) => {
  const c = await startConsole(t);
  const page = await c.signIn({ at: '/administration/keys' });
  // The secret of a key is shown once, can be copied, and works until it is revoked.
  {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByText('No application has a key').waitFor();
    await page.getByRole('button', { name: 'Make a key' }).click();
    const add = dialog(page, 'Make a key');
    await add.getByLabel('Name').fill('shop front');
    await add.getByLabel('register').uncheck();
    await add.getByLabel('check').uncheck();
    await add.getByRole('button', { name: 'Make', exact: true }).click();
    await add.getByText('A key without scopes may do nothing').waitFor();
    await add.getByLabel('list').check();
    await add.getByRole('button', { name: 'Make', exact: true }).click();
    const shown = dialog(page, 'The secret of shop front');
    const secret = await shown.locator('code').innerText();
    assert.match(secret, /^cfk_/);
    // Escape does not take away what is shown only once, however often it is pressed; nor does the cross.
    for (let n = 0; n < 3; n++) await page.keyboard.press('Escape');
    await shown.getByText('Copy the secret of the key first, or press Done').waitFor();
    await shown.getByRole('button', { name: 'Close' }).click();
    assert.equal(await shown.locator('code').innerText(), secret);
    await shown.getByRole('button', { name: 'Copy the secret of the key' }).click();
    await page.getByText('Copied').waitFor();
    assert.equal(await page.evaluate('navigator.clipboard.readText()'), secret);
    const use = () => fetch(`${c.url}/v1/sessions`, { headers: { authorization: `Bearer ${secret}` } });
    assert.equal((await use()).status, 200);
    await shown.getByText('Copy the secret of the key first').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await shown.waitFor({ state: 'detached' });
    await page.locator('button:focus', { hasText: 'Make a key' }).waitFor();
    await row(page, 'shop front').waitFor();
    assert.equal((await page.content()).includes(secret), false, 'nothing of it stays in the page');
    await page.getByRole('button', { name: 'Revoke shop front' }).click();
    await dialog(page, 'Revoke the key shop front?').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No application has a key').waitFor();
    assert.equal((await use()).status, 401);
  }
  assert.deepEqual(c.complaints, []);
  assert.deepEqual(c.foreign, []);
});

test('users are found by the beginning of a name, disabled with what that ends, made and removed', {
  skip,
}, async (t) => {
  const c = await startConsole(t);
  const page = await c.signIn({ at: '/administration/users' });
  // Users are made, found by the beginning of a name, and let in no more, with what that ends.
  {
    for (const username of ['bob', 'bodo', 'cid'])
      await c.asAdmin('POST /v1/users', { username, password: 'a password for everybody' });
    const session = { username: 'bob', provider: { type: 'basic', name: 'basic' } };
    for (let count = 0; count < 2; count++) {
      const { secret, key } = await c.asAdmin('POST /v1/keys', { name: 'k', scopes: ['register'] });
      await fetch(`${c.url}/v1/sessions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body: JSON.stringify(session),
      });
      await c.asAdmin(`DELETE /v1/keys/${key.id}`);
    }
    await row(page, 'cid').waitFor();
    await page.getByLabel('Names that begin with').fill('bo');
    await row(page, 'cid').waitFor({ state: 'detached' });
    await row(page, 'bodo').waitFor();
    await page.waitForURL((url) => url.searchParams.get('prefix') === 'bo');
    assert.equal(await page.getByRole('row').count(), 3);
    await choose(page, 'bob', 'Disable');
    const disable = dialog(page, 'Disable bob?');
    await disable.getByText('This ends 2 live sessions').waitFor();
    await disable.getByRole('button', { name: 'Disable' }).click();
    await page.getByText('2 sessions have ended.').waitFor();
    const state = row(page, 'bob').locator('td[data-title="May sign in"]');
    await state.getByText('no', { exact: true }).waitFor();
    assert.equal((await c.asAdmin('GET /v1/users/bob')).user.enabled, false);
    await choose(page, 'bob', 'Enable');
    await page.getByText('bob may sign in again.').waitFor();
    await state.getByText('yes', { exact: true }).waitFor();
  }
  // A user without a password gets a random one, shown once; another is set, and the user removed.
  {
    await page.getByRole('button', { name: 'Add a user' }).click();
    const add = dialog(page, 'Add a user');
    await add.getByLabel('Username').fill('boris ');
    await add.getByRole('button', { name: 'Add' }).click();
    await add.getByText('Must not begin or end with a blank').waitFor();
    await add.getByLabel('Username').fill('boris');
    await add.getByRole('button', { name: 'Add' }).click();
    const shown = dialog(page, 'The password of boris');
    assert.ok((await shown.locator('code').innerText()).length >= 12);
    await shown.getByRole('button', { name: 'Done' }).click();
    await choose(page, 'boris', 'Set the password');
    const set = dialog(page, 'Set the password of boris');
    await set.getByLabel('Password', { exact: true }).fill('short');
    await set.getByRole('button', { name: 'Save' }).click();
    await set.locator('.field-error').waitFor();
    await set.getByLabel('Password', { exact: true }).fill('another password for him');
    await set.getByLabel('End the 0 live sessions').uncheck();
    await set.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The password of boris is set.').waitFor();
    await choose(page, 'boris', 'Remove');
    await dialog(page, 'Remove the user boris?').getByRole('button', { name: 'Remove' }).click();
    await row(page, 'boris').waitFor({ state: 'detached' });
  }
  assert.deepEqual(c.complaints, []);
  assert.deepEqual(c.foreign, []);
});
