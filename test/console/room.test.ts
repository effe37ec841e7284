import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { consoleForAll, fitsWidth, untilTrue, violationsOf } from '../support/console.ts';
import { realPart } from '../support/real-parts.ts';

const { skip } = realPart('chromium');
const longRealm = 'operations-of-the-southern-plants-and-their-suppliers-worldwide';

const heads = (page: Page): Promise<string[]> =>
  page.getByRole('columnheader').filter({ hasText: /\w/ }).allInnerTexts();
/** Waits until the columns are these; a table measures itself once it is drawn. */
const untilHeads = (page: Page, expected: readonly string[]): Promise<void> =>
  untilTrue(`the columns are ${expected}`, async () => `${await heads(page)}` === `${expected}`);
/** Whether nothing of the table lies behind its right edge. */
const isWhole = (page: Page): Promise<boolean> =>
  page.evaluate('((table) => table.scrollWidth <= table.clientWidth)(document.querySelector(".table"))');
/** Whether the window has nothing to scroll, so that the table is the only thing that does. */
const fitsHeight = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollHeight <= innerHeight');

describe('a view with little room', { skip, timeout: 240_000 }, () => {
  const stage = consoleForAll(undefined, async ({ asAdmin }) => {
    const sessions = Array.from({ length: 300 }, (_, n) => ({
      username: `user-${n % 20}`,
      realm: n % 2 === 0 ? 'default' : longRealm,
      provider: { type: 'ldap', name: 'corp' },
      app: 'wiki',
      createdAt: new Date(Date.now() - n * 1000).toISOString(),
      client: { ip: `192.0.2.${n % 30}`, userAgent: 'Mozilla/5.0' },
    }));
    await asAdmin('POST /v1/sessions/import', { sessions });
    await asAdmin('POST /v1/revocations', { selector: { username: 'user-7' }, reason: 'a stolen laptop' });
  });

  it('has fewer columns, and never cuts off one', async () => {
    const page = await stage().signIn({ at: '/sessions', viewport: { width: 1280, height: 800 } });
    await page.locator('.table-body .table-row').first().waitFor();
    await untilHeads(page, ['User', 'Realm', 'Provider', 'App', 'Address', 'Created', 'Last used', 'State']);
    await page.locator('.table-body .table-row').first().click();
    await page.getByRole('complementary').waitFor();
    await page.getByRole('columnheader', { name: 'Realm' }).waitFor({ state: 'detached' });
    await untilTrue('the table is whole beside the story', () => isWhole(page));
    assert.ok((await heads(page)).includes('Address'));
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Realm no room' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.getByRole('columnheader', { name: 'Realm' }).waitFor();
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByRole('columnheader', { name: 'Address' }).waitFor({ state: 'detached' });
    await untilHeads(page, ['User', 'Created']);
    await untilTrue('the table is whole on a phone', () => isWhole(page));
    // The time by which the list is ordered stays, whichever it is.
    await page.goto(`${stage().url}/console/sessions?order=-lastAccessAt`);
    await page.locator('.table-body .table-row').first().waitFor();
    await page.getByRole('columnheader', { name: 'Address' }).waitFor({ state: 'detached' });
    await untilHeads(page, ['User', 'Last used']);
    await page.goto(`${stage().url}/console/ledger`);
    await page.getByText('a stolen laptop').waitFor();
    await page.getByRole('columnheader', { name: 'By whom' }).waitFor({ state: 'detached' });
    await untilTrue('the table of the ledger is whole', () => isWhole(page));
    assert.deepEqual(await violationsOf(page), []);
    await page.context().close();
  });

  it('says by a shadow that there is more sideways, and goes there by arrow keys', async () => {
    // Letters twice as large leave no room even for the columns that stay.
    const page = await stage().signIn({ at: '/sessions', viewport: { width: 360, height: 740 } });
    await page.locator('.table-body .table-row').first().waitFor();
    await page.getByRole('columnheader', { name: 'Address' }).waitFor({ state: 'detached' });
    await page.locator('[class="table-frame"]').waitFor();
    await page.evaluate('document.documentElement.style.fontSize = "26px"');
    await page.locator('.table-frame.more-after').waitFor();
    await untilTrue('the page fits its width', () => fitsWidth(page));
    const untilShadow = (edge: '::after' | '::before') =>
      untilTrue(`the shadow ${edge} is seen`, () =>
        page.evaluate<boolean>(
          `Number(getComputedStyle(document.querySelector('.table-frame'), '${edge}').opacity) > 0.2`,
        ),
      );
    await untilShadow('::after');
    await page.locator('.table-body [data-index="0"]').focus();
    for (let n = 0; n < 20; n++) await page.keyboard.press('ArrowRight');
    await page.locator('.table-frame.more-before:not(.more-after)').waitFor();
    await untilShadow('::before');
    await page.context().close();
  });

  it('offers columns as boxes to tick, in a menu that stays open', async () => {
    const page = await stage().signIn({ at: '/sessions', viewport: { width: 1600, height: 800 } });
    await page.locator('.table-body .table-row').first().waitFor();
    await page.getByRole('button', { name: 'Columns' }).click();
    const item = (name: string) => page.getByRole('menuitemcheckbox', { name, exact: true });
    await item('Subject').waitFor();
    assert.equal(await page.getByRole('menuitemradio').count(), 0);
    assert.deepEqual(await violationsOf(page), []);
    await item('Subject').click();
    await item('App').click();
    await page.getByRole('columnheader', { name: 'Subject' }).waitFor();
    await page.getByRole('columnheader', { name: 'App' }).waitFor({ state: 'detached' });
    await item('Subject')
      .and(page.getByRole('menuitemcheckbox', { checked: true }))
      .waitFor();
    await item('App')
      .and(page.getByRole('menuitemcheckbox', { checked: false }))
      .waitFor();
    // Of the colours one is chosen, and the menu has done its work.
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Colours' }).click();
    await page.getByRole('menuitemradio', { name: 'Dark' }).click();
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('keeps a long name of a realm in one line, and shows it whole where it is pointed at', async () => {
    const page = await stage().signIn({ at: `/?realm=${longRealm}`, viewport: { width: 1280, height: 800 } });
    const choice = page.getByLabel('Realm');
    await choice.waitFor();
    await page.getByRole('button', { name: 'End sessions' }).waitFor();
    const [title, button] = await Promise.all(
      [page.getByRole('heading', { level: 1 }), page.getByRole('button', { name: 'End sessions' })].map(
        (one) => one.boundingBox(),
      ),
    );
    assert.ok(title && button && button.y < title.y + 40, 'all stand in one line with the title');
    const whole = (): Promise<string> =>
      page.evaluate(`getComputedStyle(document.querySelector('.now-tools .select'), '::after').content`);
    assert.ok(!(await whole()).includes(longRealm));
    await choice.focus();
    assert.ok((await whole()).includes(longRealm), 'with the focus');
    await choice.blur();
    await choice.hover();
    assert.ok((await whole()).includes(longRealm), 'pointed at');
    assert.deepEqual(await violationsOf(page), []);
    await page.context().close();
  });

  it('scrolls the table alone, whatever stands above the view', async () => {
    await stage().asAdmin('POST /v1/samples', {});
    const page = await stage().signIn({ at: '/sessions', viewport: { width: 1280, height: 800 } });
    await page.getByText('Sample population').first().waitFor();
    await page.locator('.table-body .table-row').first().waitFor();
    await untilTrue('Sessions fits the window', () => fitsHeight(page));
    await page.locator('.table-body .table-row').first().click();
    await page.getByRole('complementary').getByText('Where from').waitFor();
    await untilTrue('Sessions with a story fits the window', () => fitsHeight(page));
    await untilTrue('both reach the same line below', async () => {
      const [table, story] = await Promise.all(
        ['.table-frame', '.story'].map((one) => page.locator(one).boundingBox()),
      );
      if (!table || !story || table.height <= 200) return false;
      return Math.abs(table.y + table.height - story.y - story.height) < 2;
    });
    await page.goto(`${stage().url}/console/ledger`);
    await page.getByText('a stolen laptop').waitFor();
    await untilTrue('Ledger fits the window', () => fitsHeight(page));
    await untilTrue(
      'its table is high enough',
      async () => ((await page.locator('.table-frame').boundingBox())?.height ?? 0) > 200,
    );
    assert.deepEqual(stage().complaints, []);
    await page.context().close();
  });
});
