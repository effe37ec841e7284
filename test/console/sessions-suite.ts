import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import {
  type ConsoleOptionsOf,
  type ConsoleTest,
  consoleForAll,
  consolePassword,
  fitsWidth,
  untilTrue,
  violationsOf,
} from '../support/console.ts';

const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

/** 300 sessions of 20 users, made over the last 300 minutes, two thirds of them in the realm `default`. */
async function populate({ asAdmin }: ConsoleTest): Promise<void> {
  const sessions = Array.from({ length: 300 }, (_, n) => ({
    username: `user-${n % 20}`,
    subject: `cn=user-${n % 20},dc=x`,
    realm: n % 3 === 0 ? 'plant' : 'default',
    provider: n % 2 === 0 ? { type: 'oidc', name: 'corp' } : { type: 'ldap', name: 'hall' },
    app: n % 5 === 0 ? 'mail' : 'wiki',
    accessGroups: n % 10 === 0 ? ['storage', 'read'] : ['read'],
    attributes: { device: `laptop-${n}` },
    createdAt: minutesAgo(n + 1),
    lastAccessAt: minutesAgo(n % 7),
    client: { ip: `192.0.2.${n % 30}`, userAgent },
  }));
  await asAdmin('POST /v1/sessions/import', { sessions });
}

/** The words that say how many sessions match. */
const total = (page: Page) => page.locator('.sessions-total');
const untilTotal = (page: Page, text: string) => total(page).getByText(text, { exact: true }).waitFor();
const rows = (page: Page) => page.locator('.table-body .table-row');
const namesOf = (page: Page): Promise<string[]> =>
  page.locator('.table-body .table-row strong').allTextContents();
const search = (page: Page) => page.getByRole('combobox', { name: 'Find a user' });

/** The view Sessions, on one store. */
export function sessionsSuite(name: string, options: ConsoleOptionsOf): void {
  describe(`the view Sessions on ${name}`, { timeout: 300_000 }, () => {
    const stage = consoleForAll(options, async (started) => {
      await populate(started);
      for (const [username, accessGroups, realm] of [
        ['reader', ['read'], null],
        ['planter', ['administrator'], 'plant'],
      ] as const) {
        const made = { username, password: consolePassword, accessGroups, realm };
        await started.asAdmin('POST /v1/admins', made);
      }
    });

    const open = (at = '/sessions?realm=plant', more: object = {}): Promise<Page> =>
      stage().signIn({ at, viewport: { width: 1440, height: 900 }, ...more });

    it('shows the newest first, counts them exactly, and renders those rows only that are seen', async () => {
      const page = await open('/sessions?realm=plant');
      await untilTotal(page, '100 live sessions');
      await rows(page).first().waitFor();
      assert.equal((await namesOf(page))[0], 'user-0');
      assert.ok((await rows(page).count()) < 60);
      await page.getByRole('grid').evaluate((table: { scrollTop: number }) => {
        table.scrollTop = 1_000_000;
      });
      await page.locator('.table-body [data-index="99"]').waitFor();
      assert.ok((await rows(page).count()) < 60);
      await page.getByRole('button', { name: 'Created', exact: true }).click();
      await page.waitForURL(/order=createdAt/);
      await page.locator('.table-body [data-index="0"]', { hasText: 'user-17' }).waitFor();
      await page.close();
    });

    it('finds a user while somebody writes, by the keyboard alone, and the address tells a colleague the same', async () => {
      const page = await open('/sessions');
      await rows(page).first().waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('user-1');
      const suggestion = page.getByRole('option', { name: /User user-13 only in plant/ });
      await suggestion
        .or(page.getByRole('option', { name: /user-10/ }).first())
        .first()
        .waitFor();
      await page.keyboard.type('3');
      const meant = page.getByRole('option', { name: /User user-13 only in plant · 5 live/ });
      await meant.waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await untilTrue(
        'the arrows lead to it',
        async () => (await meant.getAttribute('aria-selected')) === 'true',
      );
      await page.keyboard.press('Enter');
      await page.waitForURL(/user=user-13/);
      await untilTotal(page, '5 live sessions');
      await untilTrue('the rows are those five', async () => (await rows(page).count()) === 5);
      assert.deepEqual(new Set(await namesOf(page)), new Set(['user-13']));
      const colleague = await open(
        new URL(page.url()).pathname.replace('/console', '') + new URL(page.url()).search,
      );
      await untilTotal(colleague, '5 live sessions');
      await page.getByRole('button', { name: 'Remove User user-13' }).click();
      await untilTotal(page, '100 live sessions');
      await colleague.close();
      await page.close();
    });

    it('takes a name as it is written, in every realm and apart from one in other capitals', async () => {
      const at = Date.now() - 600 * 60_000;
      const sessions = ['default', 'plant', 'default'].map((realm, n) => ({
        username: n === 2 ? 'Zoe' : 'zoe',
        subject: `cn=zoe-${n}`,
        realm,
        provider: { type: 'oidc', name: 'corp' },
        accessGroups: [],
        createdAt: new Date(at).toISOString(),
        lastAccessAt: minutesAgo(1),
      }));
      await stage().asAdmin('POST /v1/sessions/import', { sessions });
      const page = await open('/sessions');
      await rows(page).first().waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('zoe');
      await page.getByRole('option', { name: 'User zoe in every realm' }).waitFor();
      await page.getByRole('option').nth(3).waitFor();
      assert.deepEqual(await page.getByRole('option').locator('.suggestion-note').allTextContents(), [
        'in every realm',
        'only in default · 1 live',
        'only in plant · 1 live',
        'only in default · 1 live',
      ]);
      await page.keyboard.press('Enter');
      await page.waitForURL((url) => url.searchParams.get('user') === 'zoe');
      assert.equal(new URL(page.url()).searchParams.get('realm'), null);
      await untilTotal(page, '2 live sessions');
      await untilTrue('the rows are those two', async () => (await rows(page).count()) === 2);
      assert.deepEqual(await namesOf(page), ['zoe', 'zoe']);
      await page.close();
      for (const { id } of (await stage().asAdmin('GET /v1/sessions?username=zoe')).sessions)
        await stage().asAdmin(`DELETE /v1/sessions/${id}`);
    });

    it('takes addresses, networks, subjects and session ids for what they are', async () => {
      const page = await open('/sessions');
      await rows(page).first().waitFor();
      await search(page).fill('192.0.2.0/28');
      await page.getByRole('option', { name: 'Address or network 192.0.2.0/28' }).click();
      await untilTotal(page, '160 live sessions');
      await page.getByRole('button', { name: 'Clear all' }).click();
      await search(page).fill('192.0.2.2');
      await page
        .getByRole('option', { name: /Address 192\.0\.2\.24/ })
        .first()
        .waitFor();
      await search(page).fill('cn=user-1');
      await page
        .getByRole('option', { name: /Subject cn=user-1,dc=x/ })
        .first()
        .waitFor();
      const { sessions } = await stage().asAdmin('GET /v1/sessions?limit=1&realm=plant');
      await search(page).fill(sessions[0].id);
      await page.getByRole('option', { name: `Session ${sessions[0].id}` }).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('complementary', { name: sessions[0].username }).waitFor();
      await page.close();
    });

    it('narrows by provider, app and group, chosen from what sessions bear', async () => {
      const page = await open();
      for (const [field, value, expected] of [
        ['Provider', 'corp', '50 live sessions'],
        ['App', 'mail', '10 live sessions'],
        ['Access group', 'read', '10 live sessions'],
      ] as const) {
        await page.getByRole('button', { name: 'Filter', exact: true }).click();
        await page.getByRole('menuitem', { name: field, exact: true }).click();
        await page.getByRole('dialog').getByRole('button', { name: value, exact: true }).click();
        await untilTotal(page, expected);
      }
      await page.getByLabel('State').selectOption('ended');
      await page.getByText('No session matches').waitFor();
      await page.close();
    });

    it('narrows by time where somebody drags over the histogram, or moves its ends with the keyboard', async () => {
      const page = await open();
      await untilTotal(page, '100 live sessions');
      // Pressed, moved and let go once the plot stands still.
      const plot = page.locator('.brush-plot').first();
      const box = await plot.boundingBox();
      assert.ok(box !== null);
      const at = (part: number) => ({ x: box.width * part, y: 20 });
      await plot.dragTo(plot, { sourcePosition: at(0.5), targetPosition: at(0.75), steps: 5 });
      await page.waitForURL(/createdFrom=.*createdTo=/);
      await page
        .getByText(/^Created .* – /)
        .first()
        .waitFor();
      const told = async () => (await total(page).textContent()) ?? '';
      await untilTrue('the count is that of the window', async () =>
        /^[1-4]\d live sessions$/.test(await told()),
      );
      const narrow = await told();
      const end = page.getByRole('slider', { name: 'Created: end' });
      await end.focus();
      await page.keyboard.press('End');
      await page.waitForURL((url) => !url.searchParams.has('createdTo'));
      await untilTrue('the count is another', async () => {
        const wide = await told();
        return wide.endsWith('live sessions') && wide !== narrow;
      });
      assert.equal(await page.evaluate(`document.activeElement.getAttribute('aria-label')`), 'Created: end');
      await page.getByRole('button', { name: 'Any time: created' }).click();
      await untilTotal(page, '100 live sessions');
      await page.close();
    });

    it('tells the whole story of a session beside the table, with the user elsewhere', async () => {
      const page = await open('/sessions?realm=plant&user=user-3');
      await rows(page).first().click();
      const story = page.getByRole('complementary', { name: 'user-3' });
      for (const text of [
        'Firefox 128 on Linux',
        'hall ldap',
        'cn=user-3,dc=x',
        '192.0.2.3',
        'laptop-3',
        'Idle limit',
      ]) {
        await story.getByText(text, { exact: true }).first().waitFor();
      }
      await story.getByRole('heading', { name: 'Other sessions of this user' }).waitFor();
      await story.getByRole('link', { name: /Show all \d+ live sessions of this user/ }).waitFor();
      assert.deepEqual(await violationsOf(page), []);
      await page.keyboard.press('Escape');
      await story.waitFor({ state: 'detached' });
      assert.ok(!page.url().includes('session='));
      await page.close();
    });

    it('keeps the columns that somebody has chosen', async () => {
      const page = await open();
      await page.getByRole('button', { name: 'Columns' }).click();
      await page.getByRole('menuitemcheckbox', { name: 'Subject' }).click();
      await page.getByRole('columnheader', { name: 'Subject' }).waitFor();
      await page.reload();
      await page.getByRole('columnheader', { name: 'Subject' }).waitFor();
      await page.close();
    });

    it('ends all of a narrowed view by one button, and says which they are', async () => {
      const page = await open('/sessions');
      await total(page).getByText('live sessions').waitFor();
      assert.equal(
        await page.getByRole('button', { name: /^End (these|this one|selected)/ }).count(),
        0,
        'nothing is narrowed',
      );
      await page.close();
      const narrowed = await open('/sessions?user=user-1');
      await narrowed.getByRole('button', { name: /^End th/ }).click();
      await narrowed.getByRole('dialog').getByText('user-1').first().waitFor();
      await narrowed.keyboard.press('Escape');
      await narrowed.close();
    });

    it('offers nothing that ends sessions to somebody who may only read, and nothing of another realm', async () => {
      const page = await open('/sessions', { username: 'reader' });
      await rows(page).first().click();
      await page.getByRole('complementary').getByText('Where from').waitFor();
      assert.equal(await page.getByRole('button', { name: /^End / }).count(), 0);
      assert.equal(await page.getByRole('checkbox').count(), 0);
      await page.close();
      const planter = await open('/sessions', { username: 'planter' });
      await total(planter)
        .getByText(/^10\d live sessions$/)
        .waitFor();
      await search(planter).fill('user-1');
      await planter.getByRole('option', { name: /user-1 plant/ }).waitFor();
      assert.equal(await planter.getByRole('option', { name: /default/ }).count(), 0);
      await planter.close();
    });

    it('has no fault that axe-core finds, and fits a phone, light and dark', async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await open('/sessions?realm=default&app=mail', { colorScheme });
        await page.locator('.brush-bar').first().waitFor();
        assert.deepEqual(await violationsOf(page), []);
        await page.close();
      }
      const phone = await open('/sessions?realm=default', {
        viewport: { width: 360, height: 740 },
        hasTouch: true,
      });
      await rows(phone).first().waitFor();
      await untilTrue('the page fits the phone', () => fitsWidth(phone));
      assert.deepEqual(await violationsOf(phone), []);
      await rows(phone).first().click();
      await phone.getByRole('complementary').getByText('Where from').waitFor();
      await untilTrue('the page fits the phone', () => fitsWidth(phone));
      assert.deepEqual(await violationsOf(phone), []);
      await phone.close();
    });

    it('is complained of by no browser, and asks nobody else', () => {
      assert.deepEqual(stage().complaints, []);
      assert.deepEqual(stage().foreign, []);
    });
  });
}
