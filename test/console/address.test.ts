import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { type ConsoleTest, fitsWidth, startConsole, violationsOf } from '../support/console.ts';
import { realPart } from '../support/real-parts.ts';

const { skip } = realPart('chromium');

async function withSessions(t: { after(end: () => unknown): void }): Promise<ConsoleTest> {
  const c = await startConsole(t);
  const sessions = ['eve', 'ann', 'bob'].map((username) => ({
    username,
    provider: { type: 'ldap', name: 'corp' },
    createdAt: new Date().toISOString(),
  }));
  await c.asAdmin('POST /v1/sessions/import', { sessions });
  return c;
}

const notice = (page: Page) =>
  page.getByRole('alert').filter({ hasText: 'A part of the address was not understood' });
const untilTotal = (page: Page, text: string) =>
  page.locator('.sessions-total').getByText(text, { exact: true }).waitFor();

test('Sessions says which part of its address was not understood, and offers no end of anything until it is removed', {
  skip,
}, async (t) => {
  const c = await withSessions(t);
  const page = await c.signIn({ at: '/sessions?usr=eve&app=console' });
  await untilTotal(page, '1 live session');
  await notice(page).getByText('usr=eve', { exact: true }).waitFor();
  await notice(page).getByText('nothing can be ended from it').waitFor();
  const terminate = page.getByRole('button', { name: /^End (these|this one|selected)/ });
  assert.equal(await terminate.count(), 0);
  assert.deepEqual(await violationsOf(page), []);
  const refused = page.getByText('Remove it first, then choose what to end.');
  for (const [n, key] of ['a', 't'].entries()) {
    await page.locator('body').press(key);
    // What was said of the key before stays.
    await refused.nth(n).waitFor();
    assert.equal(await page.getByRole('dialog').count(), 0, `after ${key}`);
    assert.equal(await page.getByRole('region', { name: /selected/ }).count(), 0, `after ${key}`);
  }
  await page.getByRole('checkbox', { name: 'Select all that match' }).click();
  await refused.nth(2).waitFor();
  assert.equal(await page.getByRole('region', { name: /selected/ }).count(), 0, 'all by their box');
  await page.getByRole('checkbox', { name: 'Select admin' }).click();
  await page.getByText('1 selected').waitFor();
  assert.equal(await terminate.count(), 0, 'nor one by one');

  // Whatever else is done in the view, the part is neither dropped nor forgotten.
  await page.locator('.table-body .table-row').first().click();
  await page.getByRole('complementary', { name: 'admin' }).waitFor();
  await notice(page).getByText('usr=eve', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Remove App console' }).click();
  await untilTotal(page, '4 live sessions');
  await page.getByLabel('State').selectOption('any');
  await page.waitForURL((url) => url.searchParams.get('state') === 'any');
  await notice(page).getByText('usr=eve', { exact: true }).waitFor();
  await page.getByLabel('State').selectOption('live');
  await page.waitForURL((url) => !url.searchParams.has('state'));
  await notice(page).getByText('usr=eve', { exact: true }).waitFor();
  await page.reload();
  await notice(page).getByRole('button', { name: 'Remove it' }).click();
  await notice(page).waitFor({ state: 'detached' });
  await page.waitForURL((url) => !url.searchParams.has('usr'));
  await page.goto(`${c.url}/console/sessions?user=eve`);
  await untilTotal(page, '1 live session');
  assert.equal(await notice(page).count(), 0);
  await terminate.waitFor();
  await page.locator('body').press('a');
  await page.getByText('1 selected').waitFor();
});

test('a value that cannot be read counts as not understood, in every view', { skip }, async (t) => {
  const c = await withSessions(t);
  const page = await c.signIn({ at: '/sessions?createdFrom=yesterday' });
  for (const [part, why] of [
    ['createdFrom=yesterday', 'cannot be read'],
    ['usedTo=11/22/2026', 'cannot be read'],
    // The plus of an offset is a blank in an address.
    ['createdTo=2026-11-22T10:00:00 01:00', 'cannot be read'],
    ['state=alive', 'cannot be read'],
    ['revocation=first', 'cannot be read'],
    ['User=eve', 'no condition'],
    ['user=', 'cannot be read'],
  ] as const) {
    await page.goto(`${c.url}/console/sessions?${part}`);
    await notice(page).getByText(part, { exact: true }).waitFor();
    await notice(page).getByText(why).waitFor();
    await untilTotal(page, '4 live sessions');
    assert.equal(await page.getByRole('button', { name: /^End (these|this one|selected)/ }).count(), 0, part);
  }
  await page.goto(`${c.url}/console/sessions?user=eve&user=ann`);
  await untilTotal(page, '1 live session');
  await notice(page).getByText('is named a second time').waitFor();
  await page.goto(`${c.url}/console/?relm=plant`);
  await notice(page).getByText('relm=plant', { exact: true }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'End sessions' }).count(), 0);
  await page.getByRole('button', { name: '24 h' }).click();
  await page.waitForURL(/range=24h&relm=plant/);
  await notice(page).getByRole('button', { name: 'Remove it' }).click();
  await page.getByRole('button', { name: 'End sessions' }).waitFor();
  await page.goto(`${c.url}/console/ledger?from=11/12/2026`);
  await notice(page).getByText('from=11/12/2026', { exact: true }).waitFor();
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`${c.url}/console/sessions?user=&${'x'.repeat(300)}=1`);
  await notice(page).waitFor();
  assert.ok(await fitsWidth(page));
  assert.deepEqual(await violationsOf(page), []);
  assert.deepEqual(c.complaints, []);
});
