import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { fitsWidth, startConsole, violationsOf } from '../support/console.ts';
import { skipWithout } from '../support/real-parts.ts';
import { administrationSuite } from './administration-suite.ts';

const skip = skipWithout('chromium');
const dialog = (page: Page, name: string | RegExp) => page.getByRole('dialog', { name });

administrationSuite('SQLite', async () => ({}));

test('the form of a rule fits a phone, and can be filled with the keyboard alone', { skip }, async (t) => {
  const c = await startConsole(t);
  const page = await c.signIn({
    at: '/administration/policy',
    viewport: { width: 360, height: 740 },
    hasTouch: true,
  });
  await page.getByRole('button', { name: 'Set a rule' }).focus();
  await page.keyboard.press('Enter');
  const add = dialog(page, 'Set a rule');
  await add.getByRole('button', { name: /^pci/ }).focus();
  await page.keyboard.press('Space');
  await add.getByText('becomes').first().waitFor({ state: 'attached' });
  assert.equal(await fitsWidth(page), true);
  assert.deepEqual(await violationsOf(page), []);
  await add.getByLabel('How long').first().focus();
  await page.keyboard.press('Enter');
  await page.getByText('The rule for everywhere holds').waitFor();
  assert.equal(await fitsWidth(page), true);
  assert.deepEqual(await violationsOf(page), []);
});
