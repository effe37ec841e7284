import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { type ConsoleTest, fitsWidth, startConsole, violationsOf } from '../support/console.ts';
import { skipWithout } from '../support/real-parts.ts';

const skip = skipWithout('chromium');
const password = 'a password of everybody';
const parts = ['administrators', 'keys', 'users', 'providers', 'policy'] as const;
const attack = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>';

async function open(c: ConsoleTest, page: Page, part: string): Promise<void> {
  await page.goto(`${c.url}/console/administration/${part}`);
  await page.locator('.part-table, .empty').first().waitFor();
}

/** The status of a call as the page itself would make it. */
function status(page: Page, method: string, path: string, body?: object): Promise<number> {
  const options = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  return page.evaluate(
    `fetch(${JSON.stringify(path)}, { ...${JSON.stringify(options)}, headers: ${JSON.stringify(
      body === undefined ? {} : { 'content-type': 'application/json' },
    )} }).then((answer) => answer.status)`,
  );
}

const writes: readonly (readonly [string, string, object?])[] = [
  ['POST', '/v1/admins', { username: 'x', password, accessGroups: ['read'] }],
  ['POST', '/v1/keys', { name: 'x', scopes: ['check'] }],
  ['POST', '/v1/users', { username: 'x' }],
  ['POST', '/v1/providers', { type: 'basic', name: 'x' }],
  ['PUT', '/v1/policy', { scope: { kind: 'default' }, preset: 'pci' }],
  ['POST', '/v1/samples', {}],
  ['DELETE', '/v1/samples'],
];

test('who only reads sees the policy alone, without a button, and each change is refused', {
  skip,
}, async (t) => {
  const c = await startConsole(t);
  await c.asAdmin('POST /v1/admins', { username: 'reader', password, accessGroups: ['read'] });
  await c.asAdmin('PUT /v1/policy', { scope: { kind: 'realm', realm: 'shop' }, preset: 'pci' });
  const page = await c.signIn({ username: 'reader', password, at: '/administration' });
  await page.locator('.part-table').waitFor();
  assert.deepEqual(await page.locator('.tabs a').allInnerTexts(), ['Policy']);
  assert.equal(await page.locator('main button').count(), 0);
  assert.equal(await page.getByRole('button', { name: /ample population/ }).count(), 0);
  for (const [method, path, body] of writes) assert.equal(await status(page, method, path, body), 403, path);
  for (const part of ['administrators', 'keys', 'users', 'providers']) {
    await page.goto(`${c.url}/console/administration/${part}`);
    await page.getByText('You may not see this').waitFor();
    assert.equal(await page.locator('.part-table').count(), 0);
  }
  assert.deepEqual(c.complaints, []);
});

test('who has their own sessions only does not get to the administration', { skip }, async (t) => {
  const c = await startConsole(t);
  await c.asAdmin('POST /v1/users', { username: 'ann', password, mustChangePassword: false });
  const page = await c.newPage();
  await page.goto(`${c.url}/sign-in`);
  await page.getByLabel(/username/i).fill('ann');
  await page.getByLabel(/^password/i).fill(password);
  await page.getByRole('button', { name: /sign in/i }).click();
  await page.waitForURL((url) => !url.pathname.endsWith('/sign-in'));
  await page.goto(`${c.url}/console/administration/administrators`);
  await page.getByRole('button', { name: 'Continue as ann' }).click();
  await page.getByText('You may not see this').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Administration' }).count(), 0);
  for (const [method, path, body] of writes) assert.equal(await status(page, method, path, body), 403, path);
  for (const path of ['/v1/admins', '/v1/keys', '/v1/users', '/v1/providers', '/v1/policy', '/v1/samples'])
    assert.equal(await status(page, 'GET', path), 403, path);
});

test('who is bound to a realm sees and changes that realm alone', { skip }, async (t) => {
  const c = await startConsole(t);
  await c.asAdmin('POST /v1/admins', {
    username: 'shopkeeper',
    password,
    accessGroups: ['administrator'],
    realm: 'shop',
  });
  for (const realm of ['shop', 'bank']) {
    await c.asAdmin('POST /v1/keys', { name: `key of ${realm}`, realm, scopes: ['check'] });
    await c.asAdmin('POST /v1/users', { username: `user-of-${realm}`, realm });
    await c.asAdmin('POST /v1/providers', { type: 'basic', name: `door-of-${realm}`, realm });
    await c.asAdmin('PUT /v1/policy', { scope: { kind: 'realm', realm }, preset: 'pci' });
  }
  await c.asAdmin('PUT /v1/policy', { scope: { kind: 'default' }, preset: 'pci' });
  const page = await c.signIn({ username: 'shopkeeper', password, at: '/administration' });
  for (const part of parts) {
    await open(c, page, part);
    const text = await page.locator('main').innerText();
    assert.match(text, /shop/, part);
    assert.doesNotMatch(text, /bank/, part);
  }
  assert.equal(await page.getByRole('button', { name: 'Change the rule for everywhere' }).count(), 0);
  await page.getByRole('button', { name: 'Set a rule' }).click();
  await page.getByRole('dialog').getByLabel('Where it applies').waitFor();
  assert.equal(await page.getByRole('dialog').getByLabel('Realm').count(), 0);
  await page.keyboard.press('Escape');
  await open(c, page, 'users');
  assert.equal(await page.getByLabel('Realm').count(), 0);
  assert.equal(await status(page, 'GET', '/v1/users?realm=bank'), 403);
  assert.equal(await status(page, 'POST', '/v1/users', { username: 'x', realm: 'bank' }), 403);
  const scope = { kind: 'realm', realm: 'bank' };
  assert.equal(await status(page, 'POST', '/v1/policy/preview', { scope, preset: 'pci' }), 403);
  assert.equal(await status(page, 'POST', '/v1/samples', {}), 403);
  assert.deepEqual(c.complaints, []);
});

test('names that hold markup are shown as they are, on every page and in every dialog', {
  skip,
}, async (t) => {
  const c = await startConsole(t);
  await c.asAdmin('POST /v1/admins', { username: attack, password, accessGroups: [attack] });
  await c.asAdmin('POST /v1/keys', { name: attack, realm: attack, scopes: ['check'] });
  await c.asAdmin('POST /v1/users', { username: `user ${attack}`, accessGroups: [attack] });
  await c.asAdmin('POST /v1/providers', { type: 'basic', name: 'door', realm: attack, title: attack });
  await c.asAdmin('PUT /v1/policy', {
    scope: { kind: 'user', realm: attack, username: attack },
    preset: 'pci',
  });
  const page = await c.signIn({ at: '/administration' });
  for (const part of parts) {
    await open(c, page, part);
    assert.ok((await page.locator('main').innerText()).includes(attack), part);
  }
  await page.getByRole('button', { name: /^Remove the rule for user/ }).click();
  await page.getByRole('dialog').getByText('No live session here.').waitFor();
  await open(c, page, 'users');
  await page.getByRole('button', { name: /^What to do with/ }).click();
  await page.getByRole('menuitem', { name: 'Disable' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await page.getByText(`user ${attack} may sign in no more.`, { exact: false }).waitFor();
  assert.equal(await page.evaluate('window.hit'), undefined);
  assert.equal(await page.locator('main img, main script').count(), 0);
  assert.deepEqual(c.complaints, []);
});

test('every page passes the rules of accessibility and fits, light and dark, on a desktop and a phone', {
  skip,
}, async (t) => {
  const c = await startConsole(t);
  const long = 'a-very-long-name-without-any-blank-in-it-that-somebody-has-given-to-something';
  await c.asAdmin('POST /v1/keys', { name: long, scopes: ['check', 'list', 'register', 'terminate'] });
  await c.asAdmin('POST /v1/users', { username: long, accessGroups: [long] });
  await c.asAdmin('POST /v1/samples', {});
  await c.asAdmin('PUT /v1/policy', { scope: { kind: 'user', realm: long, username: long }, preset: 'pci' });
  for (const [colorScheme, viewport] of [
    ['light', { width: 1280, height: 800 }],
    ['dark', { width: 360, height: 740 }],
  ] as const) {
    const page = await c.signIn({ at: '/administration', colorScheme, viewport });
    for (const part of parts) {
      await open(c, page, part);
      assert.deepEqual(await violationsOf(page), [], `${part}, ${colorScheme}`);
      assert.equal(await fitsWidth(page), true, `${part}, ${viewport.width} px`);
    }
    await page.getByRole('button', { name: 'Remove the sample population' }).waitFor();
    await page.context().close();
  }
  assert.deepEqual(c.complaints, []);
});
