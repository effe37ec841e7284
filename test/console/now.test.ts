import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startConsole } from '../support/console.ts';
import { nowSuite } from './now-suite.ts';

nowSuite('SQLite', async () => ({}));

test('an installation without sessions offers a sample population, and shows it once it is loaded', async (t) => {
  const console_ = await startConsole(t);
  const page = await console_.signIn();
  await page.getByRole('button', { name: 'Load a sample population' }).click();
  await page.locator('.now-shares li').nth(2).waitFor();
  assert.deepEqual(console_.complaints, []);
});
