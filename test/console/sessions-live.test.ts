import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { consoleForAll, untilTrue, violationsOf } from '../support/console.ts';

const provider = { type: 'oidc', name: 'corp' };
const rows = (page: Page) => page.locator('.table-body .table-row');
const total = (page: Page, text: string) => page.locator('.sessions-total').getByText(text, { exact: true });

/** A text that would do something if it became a part of the page instead of a text. */
const attack = (field: string): string =>
  `<img src=x onerror="document.title='${field}'"><script>document.title='${field}'</script>"'&lt;${field}`;

describe('the view Sessions, while things happen', { timeout: 300_000 }, () => {
  const stage = consoleForAll();

  const register = (realm: string, username: string, more: object = {}) =>
    stage().asAdmin('POST /v1/sessions', { realm, username, provider, ...more });
  const open = (at: string): Promise<Page> => stage().signIn({ at, viewport: { width: 1440, height: 900 } });

  it('shows new sessions by itself at the top, and counts them where that would move a row under the pointer', async () => {
    await register('arrivals', 'first');
    const page = await open('/sessions?realm=arrivals');
    await total(page, '1 live session').waitFor();
    await page.mouse.move(700, 5);
    await register('arrivals', 'second');
    await page.locator('[data-index="0"]', { hasText: 'second' }).waitFor();
    await rows(page).first().hover();
    await register('arrivals', 'third');
    await page.getByRole('button', { name: '1 new' }).waitFor();
    assert.equal(await page.locator('[data-index="0"] strong').textContent(), 'second');
    await page.keyboard.press('n');
    await page.locator('[data-index="0"]', { hasText: 'third' }).waitFor();
    await total(page, '3 live sessions').waitFor();
    await page.close();
  });

  it('marks in place what a cut has ended, and the story says by whom, why, and who tried again', async () => {
    const { token, session } = await register('victims', 'mallory');
    await register('victims', 'ann');
    const page = await open('/sessions?realm=victims');
    const row = page.locator(`[data-key="${session.id}"]`);
    await row.click();
    const story = page.getByRole('complementary', { name: 'mallory' });
    await story.getByText('live', { exact: true }).waitFor();
    await stage().asAdmin('POST /v1/revocations', {
      selector: { username: 'mallory' },
      reason: 'a stolen laptop',
    });
    await row.getByText('ended since').waitFor();
    await story.getByText('a stolen laptop').waitFor();
    await story.getByText(/by admin through/).waitFor();
    await story.getByText('Nobody has presented it since it ended.').waitFor();
    await total(page, '1 live session').waitFor();
    await fetch(`${stage().url}/v1/check`, { headers: { authorization: `Bearer ${token}` } });
    await register('victims', 'bob');
    await story.getByRole('table').getByText('127.0.0.1').waitFor();
    assert.deepEqual(await violationsOf(page), []);
    await story.getByRole('link', { name: /Revocation \d+ of the ledger/ }).click();
    await page.waitForURL(/\/console\/ledger\?entry=\d+/);
    await page.close();
  });

  it('selects by x, space and Shift, and ends what is selected, all by keyboard', async () => {
    for (let n = 0; n < 6; n++) await register('crew', `sailor-${n}`);
    const page = await open('/sessions?realm=crew');
    await total(page, '6 live sessions').waitFor();
    await rows(page).first().focus();
    await page.keyboard.press('x');
    await page.keyboard.press('Shift+ArrowDown');
    await page.getByText('2 selected').waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await page.getByText('3 selected').waitFor();
    await page.keyboard.press('t');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('3').first().waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.getByText('3 selected').waitFor({ state: 'detached' });
    await page.keyboard.press('a');
    await page.getByText('6 selected').waitFor();
    await rows(page).nth(4).focus();
    await page.keyboard.press('x');
    await page.getByText('5 selected').waitFor();
    await page.keyboard.press('t');
    await dialog.getByLabel('Why').fill('the crew changes');
    await dialog.getByRole('button', { name: 'End 5 sessions' }).click();
    await dialog.getByText('5 sessions have ended').waitFor();
    const { count } = await stage().asAdmin('GET /v1/sessions?realm=crew&count=exact');
    assert.equal(count, 1);
    await page.close();
  });

  it('shows every text that a session can carry as a text', async () => {
    const fields = [
      'username',
      'subject',
      'app',
      'agent',
      'group',
      'provider',
      'type',
      'sid',
      'attribute',
    ] as const;
    const name = Object.fromEntries(fields.map((field) => [field, attack(field)])) as Record<string, string>;
    await register('hostile', name.username as string, {
      subject: name.subject,
      app: name.app,
      provider: { type: name.type, name: name.provider },
      providerSession: name.sid,
      accessGroups: [name.group],
      attributes: { city: name.attribute },
      client: { ip: '192.0.2.66', userAgent: name.agent },
    });
    const page = await open('/sessions?realm=hostile');
    const { title } = await page.evaluate<{ title: string }>('({ title: document.title })');
    await rows(page)
      .first()
      .getByText(name.username as string, { exact: true })
      .waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('<img');
    // Enter alone would mean who is called just that.
    const meant = page
      .getByRole('option')
      .filter({ hasText: name.username as string })
      .first();
    await meant.waitFor();
    await page.keyboard.press('ArrowDown');
    await untilTrue(
      'the arrow leads to it',
      async () => (await meant.getAttribute('aria-selected')) === 'true',
    );
    await page.keyboard.press('Enter');
    await page.waitForURL(/user=/);
    await rows(page).first().click();
    const story = page.getByRole('complementary');
    for (const field of fields)
      await story
        .getByText(name[field] as string)
        .first()
        .waitFor();
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.getByRole('menuitem', { name: 'App', exact: true }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: name.app as string })
      .click();
    await total(page, '1 live session').waitFor();
    assert.equal(await page.locator('main img, main script').count(), 0);
    assert.equal(await page.evaluate('document.title'), title);
    await page.close();
  });

  it('finds providers and apps by the beginning of their names, after the users', async () => {
    await register('found', 'acme-ann', { provider: { type: 'oidc', name: 'Acme-IdP' }, app: 'acme-mail' });
    await register('found', 'acme-bob', { app: 'other' });
    const page = await open('/sessions?realm=found');
    await total(page, '2 live sessions').waitFor();
    await page.getByRole('combobox', { name: /^Find/ }).fill('acme-');
    const options = page.getByRole('option');
    await options.filter({ hasText: 'acme-ann' }).waitFor();
    await options.filter({ hasText: 'acme-mail' }).waitFor();
    const parts = (part: string) => options.locator(`.suggestion-${part}`).allTextContents();
    assert.deepEqual(await parts('kind'), ['User', 'User', 'User', 'Provider', 'App']);
    const [, ...names] = await parts('value');
    assert.deepEqual(names.slice(0, 2).sort(), ['acme-ann', 'acme-bob']);
    assert.deepEqual(names.slice(2), ['Acme-IdP', 'acme-mail']);
    await options.filter({ hasText: 'Acme-IdP' }).click();
    await page.waitForURL(/provider=Acme-IdP/);
    await total(page, '1 live session').waitFor();
    await page.getByRole('combobox', { name: /^Find/ }).fill('acme-m');
    await options.filter({ hasText: 'acme-mail' }).click();
    await page.waitForURL(/app=acme-mail/);
    await page.close();
  });

  it('suggests what it could not at once, when the server is within reach again', async () => {
    await register('afar', 'zoe-of-afar', { app: 'zoe-mail' });
    const page = await open('/sessions?realm=afar');
    let isGone = true;
    await page.route(/\/v1\/sessions\/(suggest|words)/, (route) =>
      isGone ? route.abort() : route.continue(),
    );
    const failed = page.waitForEvent('requestfailed', (request) => request.url().includes('/suggest'));
    await page.getByRole('combobox', { name: /^Find/ }).fill('zoe');
    await failed;
    isGone = false;
    await page.getByRole('option').filter({ hasText: 'zoe-of-afar' }).waitFor();
    await page.getByRole('option').filter({ hasText: 'zoe-mail' }).waitFor();
    await page.close();
  });

  it('is complained of by no browser, and asks nobody else', () => {
    assert.deepEqual(stage().complaints, []);
    assert.deepEqual(stage().foreign, []);
  });
});
