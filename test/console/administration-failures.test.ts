import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOTP } from 'otpauth';
import type { Locator, Page } from 'playwright-core';
import { consolePassword, startConsole } from '../support/console.ts';
import { skipWithout } from '../support/real-parts.ts';

const skip = skipWithout('chromium');
const password = 'a password of everybody';
const dialog = (page: Page, name: string | RegExp) => page.getByRole('dialog', { name });
const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });

/** Opens the menu of a row and chooses from it. */
async function choose(page: Page, name: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `What to do with ${name}` }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

/** Presses a button of a form, and gives what is said above its fields. */
async function refusal(form: Locator, button: string): Promise<string> {
  await form.getByRole('button', { name: button }).click();
  await form.getByRole('alert').waitFor();
  return form.getByRole('alert').innerText();
}

/** The part of a browser's own observer that is used here. */
type Observer = new (
  seen: (entries: readonly { readonly intersectionRatio: number }[]) => void,
  options: { readonly threshold: number },
) => { observe(element: object): void };

/** Waits until a whole element is within its window. */
async function untilInSight(element: Locator): Promise<void> {
  await element.evaluate((one: object) => {
    const { IntersectionObserver } = globalThis as unknown as { IntersectionObserver: Observer };
    return new Promise<void>((resolve) => {
      const seen = new IntersectionObserver(
        (entries) => {
          if (entries.some(({ intersectionRatio }) => intersectionRatio === 1)) resolve();
        },
        { threshold: 1 },
      );
      seen.observe(one);
    });
  });
}

test('what the API finds wrong is said once: at its field if that is shown, else above where it is seen', {
  skip,
}, async (t) => {
  const c = await startConsole(t, { flags: { realms: 'default,shop' } });
  const page = await c.signIn({ at: '/administration/policy', viewport: { width: 800, height: 420 } });

  // No field is about the whole rule. The form is longer than the window, and its button always at hand.
  await page.getByRole('button', { name: 'Set a rule' }).click();
  const rule = dialog(page, 'Set a rule');
  await rule.getByText('What it would change').scrollIntoViewIfNeeded();
  assert.match(await refusal(rule, 'Save'), /sets nothing; give idleTimeoutMs/);
  await untilInSight(rule.getByRole('alert'));

  // A realm that is not known belongs to its field, as does a limit that is too small.
  await rule.getByLabel('Where it applies').selectOption('realm');
  await rule.getByLabel('Realm').fill('shpo');
  await rule.getByRole('combobox', { name: 'Sessions of a user' }).selectOption('limited');
  await rule.getByRole('button', { name: 'Save' }).click();
  await rule.locator('.field-error', { hasText: 'not one of the configured ones' }).waitFor();
  assert.equal(await rule.getByRole('alert').count(), 0);
  await rule.getByLabel('Realm').fill('shop');
  await rule.getByLabel('At most').fill('0');
  await rule.getByRole('button', { name: 'Save' }).click();
  await rule.getByLabel('At most').and(page.locator('[aria-invalid]:focus')).waitFor();
  assert.equal(await rule.getByRole('alert').count(), 0);
  await page.keyboard.press('Escape');

  // A setting of a provider is said at its field alone, be it one of the further ones.
  await page.goto(`${c.url}/console/administration/providers`);
  await page.getByRole('button', { name: 'Add a provider' }).click();
  const provider = dialog(page, 'Add a provider');
  await provider.getByLabel('Name', { exact: true }).fill('office');
  await provider.getByLabel('Servers', { exact: true }).fill('ldaps://127.0.0.1');
  await provider.getByText(/^Further settings/).click();
  await provider.getByLabel('Time limit for an answer').first().fill('soon');
  await provider.getByText(/^Further settings/).click();
  await provider.getByRole('button', { name: 'Add' }).click();
  await provider
    .getByLabel('Time limit for an answer')
    .first()
    .and(page.locator('[aria-invalid]:focus'))
    .waitFor();
  assert.equal(await provider.getByRole('alert').count(), 0);
  await page.keyboard.press('Escape');

  // The form of a user has no field for the realm.
  await page.goto(`${c.url}/console/administration/users?realm=nowhere`);
  await page.getByRole('button', { name: 'Add a user' }).click();
  const user = dialog(page, 'Add a user');
  await user.getByLabel('Username').fill('ann');
  assert.match(await refusal(user, 'Add'), /The realm "nowhere" is not one of the configured ones/);
  assert.equal((await c.asAdmin('GET /v1/users')).users.length, 0);
  assert.deepEqual(c.complaints, []);
  assert.deepEqual(c.foreign, []);
});

test('the last administrator of everything keeps all rights, and it is said why and what to do', {
  skip,
}, async (t) => {
  const c = await startConsole(t);
  await c.asAdmin('POST /v1/admins', { username: 'ann', password, accessGroups: ['clusterAdmins'] });
  const page = await c.signIn({ at: '/administration' });
  const why = /This is the last administrator .* nobody could administer Curfew\. Make another first\./;
  await choose(page, 'admin', 'Change');
  const change = dialog(page, 'Change admin');
  await change.getByLabel('administrator', { exact: true }).uncheck();
  await change.getByLabel('read', { exact: true }).check();
  assert.match(await refusal(change, 'Save'), why);
  await change.getByLabel('administrator', { exact: true }).check();
  await change.getByLabel('Realm').fill('shop');
  const refused = page.waitForResponse((answer) => answer.request().method() === 'PATCH');
  assert.match(await refusal(change, 'Save'), why);
  assert.equal((await refused).ok(), false, 'the second one too');
  await page.keyboard.press('Escape');
  await change.waitFor({ state: 'detached' });
  await choose(page, 'admin', 'Remove');
  const remove = dialog(page, 'Remove the administrator admin?');
  assert.match(await refusal(remove, 'Remove'), why);
  await page.keyboard.press('Escape');
  const { admins } = await c.asAdmin('GET /v1/admins');
  const [{ accessGroups, realm }] = admins;
  assert.deepEqual({ accessGroups, realm }, { accessGroups: ['administrator'], realm: null });

  // With another one it is as it says.
  const ann = admins.find(({ username }: { username: string }) => username === 'ann');
  await c.asAdmin(`PATCH /v1/admins/${ann.id}`, { accessGroups: ['administrator'] });
  await row(page, 'ann').getByText('administrator', { exact: true }).waitFor();
  await choose(page, 'admin', 'Remove');
  await remove.getByRole('button', { name: 'Remove' }).click();
  // Whoever has removed themselves is asked who they are.
  await page.getByLabel('Username').waitFor();
  assert.deepEqual(c.complaints, []);
});

test('a second factor that was lost is taken away, with the sessions that were made by it', {
  skip,
}, async (t) => {
  const c = await startConsole(t);
  await c.asAdmin('POST /v1/users', { username: 'ann', password, mustChangePassword: false });
  const ann = await c.newPage();
  const signIn = async (): Promise<void> => {
    await ann.goto(`${c.url}/me`);
    await ann.getByLabel('Username').fill('ann');
    await ann.getByLabel('Password', { exact: true }).fill(password);
    await ann.getByRole('button', { name: 'Sign in', exact: true }).click();
    await ann.waitForURL(`${c.url}/me`);
  };
  await signIn();
  await ann.goto(`${c.url}/me/factor`);
  const secret = (await ann.locator('code').innerText()).replaceAll(' ', '');
  await ann.locator('input[name="code"]').fill(new TOTP({ secret }).generate());
  await ann.locator('input[name="current"]').fill(password);
  await ann.locator('input[name="end"][value="none"]').check();
  await ann.locator('main button').click();
  await ann.locator('ul.codes').waitFor();

  const page = await c.signIn({ at: '/administration/users' });
  const factor = row(page, 'ann').locator('td[data-title="Second factor"]');
  await factor.getByText('yes').waitFor();
  await choose(page, 'ann', 'Take away the second factor');
  const form = dialog(page, 'Take away the second factor of ann?');
  await form.getByText('A password is enough from then on.').waitFor();
  assert.equal(await form.getByLabel('End the 1 live sessions').isChecked(), true);
  await form.getByRole('button', { name: 'Take away the second factor' }).click();
  await page.getByText('ann signs in by password alone. 1 sessions have ended.').waitFor();
  await factor.getByText('no').waitFor();
  assert.equal((await c.asAdmin('GET /v1/users/ann')).user.hasTotp, false);
  assert.equal((await c.asAdmin('GET /v1/sessions?username=ann')).sessions.length, 0);

  await ann.goto(`${c.url}/me`);
  assert.equal(new URL(ann.url()).pathname, '/sign-in');
  await signIn();
  await page.getByRole('button', { name: 'What to do with ann' }).click();
  await page.getByRole('menuitem', { name: 'Set the password' }).waitFor();
  assert.equal(await page.getByRole('menuitem', { name: 'Take away the second factor' }).count(), 0);
  assert.equal((await page.content()).includes(consolePassword), false);
  assert.deepEqual(c.complaints, []);
});
