import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { consoleForAll, fitsWidth } from '../support/console.ts';
import { realPart } from '../support/real-parts.ts';

const provider = { type: 'ldap', name: 'corp' };
const turned = '\u202enimda';
const hidden = 'adm\u200bin';
const long = 'x'.repeat(1024);

/** An expression of the page: the element of the name that holds a text. */
const theName = (text: string): string =>
  `[...document.querySelectorAll('.table-row strong .name')].find((one) => one.textContent.includes('${text}'))`;

describe('names that would deceive', { timeout: 240_000, skip: realPart('chromium').skip }, () => {
  const stage = consoleForAll(undefined, async ({ asAdmin }) => {
    for (const username of [turned, hidden, '   ', long]) {
      const accessGroups = [`of ${username}`.slice(0, 256)];
      await asAdmin('POST /v1/sessions', { username, provider, app: 'wiki', accessGroups });
    }
    const reason = 'ticket \u202e7351';
    await asAdmin('POST /v1/revocations', { selector: { username: turned }, reason });
    await asAdmin('POST /v1/sessions', { username: turned, provider, app: 'wiki' });
  });

  it('read as what they are in the table, the story and the dialog of a cut', async () => {
    const page = await stage().signIn({ at: '/sessions?app=wiki' });
    for (const shown of ['\\u202enimda', 'adm\\u200bin', '"   "']) {
      const row = page.locator('.table-row').filter({ hasText: shown });
      await row.first().waitFor();
    }
    const name = page.locator('.table-row strong .name').filter({ hasText: 'nimda' });
    assert.equal(await page.evaluate(`getComputedStyle(${theName('nimda')}).unicodeBidi`), 'isolate');
    await name.click();
    const story = page.locator('.story');
    await story.getByRole('heading', { name: '\\u202enimda' }).waitFor();
    await story.getByRole('button', { name: 'End' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('.cut-tally').filter({ hasText: '\\u202enimda' }).waitFor();
    const text = (await page.locator('body').textContent()) ?? '';
    assert.doesNotMatch(text, /[\u202a-\u202e\u200b]/);
  });

  it('read as what they are in the ledger, with the reason', async () => {
    const page = await stage().signIn({ at: '/ledger' });
    const row = page.getByRole('row').filter({ hasText: 'ticket' });
    await row.waitFor();
    assert.match((await row.textContent()) ?? '', /ticket \\u202e7351.*\\u202enimda/);
    await row.click();
    await page.locator('.ledger-reason').filter({ hasText: '\\u202e7351' }).waitFor();
    assert.doesNotMatch((await page.locator('body').textContent()) ?? '', /\u202e/);
  });

  it('are copied as they truly are', async () => {
    const page = await stage().signIn({ at: '/sessions?app=wiki' });
    const name = page.locator('.table-row strong .name').filter({ hasText: 'adm' });
    await name.waitFor();
    const copied = await page.evaluate(`((element) => {
      getSelection().selectAllChildren(element);
      const clipboardData = new DataTransfer();
      const event = new ClipboardEvent('copy', { bubbles: true, cancelable: true, clipboardData });
      element.dispatchEvent(event);
      return clipboardData.getData('text/plain');
    })(${theName('adm')})`);
    assert.equal(copied, hidden);
  });

  it('leave every button within reach on a small screen, however long they are', async () => {
    const viewport = { width: 360, height: 640 };
    const page = await stage().signIn({ at: `/sessions?app=wiki&user=${long}`, viewport });
    const chip = page.locator('.filter-bar .chip').filter({ hasText: 'xxx' });
    await chip.waitFor();
    const box = await chip.boundingBox();
    assert.ok((box?.height ?? 999) < 120, `the chip is ${box?.height} high`);
    assert.ok(await fitsWidth(page), 'the page fits its width');
    await page.locator('.table-row .name').first().click();
    const story = page.locator('.story');
    await story.locator('.story-head .name').waitFor();
    const head = await story.locator('.story-head').boundingBox();
    assert.ok((head?.height ?? 999) < 200, `the head of the story is ${head?.height} high`);
    assert.equal(await story.locator('.story-head .name').getAttribute('title'), long);
    const end = story.locator('.story-foot button');
    const at = await end.boundingBox();
    assert.ok(at !== null && at.y + at.height <= 640, 'the button that ends it is on the screen');
    await end.click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('.cut-tally').first().waitFor();
    for (const name of await dialog.locator('.name').all()) {
      const height = (await name.boundingBox())?.height ?? 0;
      assert.ok(height < 120, `a name in the dialog is ${height} high`);
    }
  });
});
