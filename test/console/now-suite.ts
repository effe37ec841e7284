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

/** A number of seconds that have passed before a session was made. */
const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

/** Sessions of two realms and three providers, made over the last half hour. */
async function populate({ asAdmin }: ConsoleTest): Promise<void> {
  const sessions = Array.from({ length: 60 }, (_, n) => ({
    username: `user ${n % 7}`,
    realm: n % 3 === 0 ? 'plant' : 'default',
    provider: n % 2 === 0 ? { type: 'oidc', name: 'corp' } : { type: 'ldap', name: 'hall' },
    createdAt: ago(n * 20),
    client: { ip: '192.0.2.7' },
  }));
  await asAdmin('POST /v1/sessions/import', { sessions });
}

/** How many sessions of the realm `plant` are live. */
async function liveInPlant({ asAdmin }: ConsoleTest): Promise<number> {
  const { count } = await asAdmin('GET /v1/sessions?realm=plant&count=exact&limit=1');
  return count;
}

const liveCount = (page: Page) => page.locator('.now-big .count');

/** Waits until the number of live sessions is another. */
async function untilLive(page: Page, count: number): Promise<void> {
  await page.locator(`.now-big data[value="${count}"]`).waitFor();
}

/** The view Now, on one store. */
export function nowSuite(name: string, options: ConsoleOptionsOf): void {
  describe(`the view Now on ${name}`, { timeout: 240_000 }, () => {
    const stage = consoleForAll(options, async (started) => {
      await populate(started);
      await started.asAdmin('POST /v1/admins', {
        username: 'reader',
        password: consolePassword,
        accessGroups: ['read'],
        realm: 'plant',
      });
    });

    it('tells live sessions by provider and realm, and what comes and goes moves them without a reload', async () => {
      const { asAdmin } = stage();
      const page = await stage().signIn();
      await untilLive(page, 61);
      const shares = page.locator('.now-shares');
      await shares.getByRole('link', { name: 'oidc/corp' }).first().waitFor();
      await shares.getByRole('link', { name: 'plant' }).waitFor();
      const { token, session } = await asAdmin('POST /v1/sessions', {
        username: 'mallory',
        provider: { type: 'saml', name: 'partner' },
      });
      await untilLive(page, 62);
      await page.getByRole('link', { name: 'saml/partner' }).waitFor();
      await asAdmin('POST /v1/revocations', { selector: { username: 'mallory' }, reason: 'a stolen laptop' });
      await untilLive(page, 61);
      const cuts = page.getByRole('region', { name: 'Last cuts' });
      await cuts.getByText('a stolen laptop').waitFor();
      await cuts.getByText('1 ended').waitFor();
      // Whoever still has the token is seen by the address.
      for (let n = 0; n < 3; n++)
        await fetch(`${stage().url}/v1/check`, { headers: { authorization: `Bearer ${token}` } });
      const trying = page.getByRole('region', { name: 'Addresses that use ended sessions' });
      await trying.getByText('mallory').waitFor();
      const row = trying.getByRole('row').filter({ hasText: '127.0.0.1' });
      await row.locator('data[value="3"]').waitFor();
      assert.match(
        (await row.getByRole('link', { name: '127.0.0.1', exact: true }).getAttribute('href')) ?? '',
        /\/console\/sessions\?ip=127\.0\.0\.1/,
      );
      const story = row.getByRole('link', { name: /^Story of session …[0-9a-f]{6} tried from 127/ });
      assert.equal(await story.innerText(), `…${session.id.slice(-6)}`);
      assert.match(
        (await story.getAttribute('href')) ?? '',
        /\/console\/sessions\?state=any&id=[\w-]+&session=/,
      );
      await shares.getByRole('link', { name: 'plant' }).click();
      await page.waitForURL(/\/console\/sessions\?realm=plant$/);
      await page.context().close();
    });

    it('draws plots, each with a table that says the same', async () => {
      const page = await stage().signIn({ at: '/?range=1h' });
      await page.locator('.now-plots canvas').nth(2).waitFor();
      const figure = page.getByRole('figure', { name: 'Sign-ins' });
      await figure.getByRole('button', { name: 'Show as a table' }).click();
      await figure.locator('td').first().waitFor();
      const cells = await figure.locator('td').allTextContents();
      const begun = cells.reduce((sum, text) => sum + Number(text), 0);
      assert.ok(begun >= 61, `${begun} sign-ins in the table`);
      const live = page.getByRole('figure', { name: 'Live sessions by provider' });
      await live.getByRole('button', { name: 'Show as a table' }).click();
      await live.locator('td').first().waitFor();
      // The table and the count are asked for one after the other, and the session of this very page may come between.
      await untilTrue('the last row of the table adds up to the count', async () => {
        const last = await live.locator('tr').last().locator('td').allTextContents();
        const sum = last.reduce((sum, text) => sum + Number(text), 0);
        return sum === Number(await liveCount(page).getAttribute('value'));
      });
      await page.context().close();
    });

    it('tells in the legend of a plot the latest values, and those that are pointed at', async () => {
      const page = await stage().signIn({ at: '/?range=1h', locale: 'en-US' });
      const plot = page.getByRole('figure', { name: 'Live sessions by provider' });
      const values = plot.locator('.u-legend .u-value');
      await values.nth(1).waitFor();
      const time = /^\d{1,2} [A-Z][a-z]{2} \d{4}, \d{2}:\d{2}:\d{2}$/;
      // The plot and the count are asked for one after the other, and the session of this very page may come between.
      await untilTrue('the values of the legend add up to the count', async () => {
        const [, ...counts] = await values.allInnerTexts();
        const sum = counts.reduce((sum, text) => sum + Number(text), 0);
        return sum === Number(await liveCount(page).getAttribute('value'));
      });
      const [latest = ''] = await values.allInnerTexts();
      assert.match(latest, time);
      await plot.locator('.u-over').hover({ position: { x: 60, y: 40 } });
      // The latest instant moves on by itself too, but never back.
      await untilTrue('the legend tells an earlier instant', async () => {
        const [pointedAt = ''] = await values.allInnerTexts();
        return time.test(pointedAt) && new Date(pointedAt) < new Date(latest);
      });
      await page.context().close();
    });

    it('leads from what is dragged over to the sessions made then, and from a mark to its entry', async () => {
      await stage().asAdmin('POST /v1/revocations', { selector: { username: 'user 6' }, reason: 'left' });
      const page = await stage().signIn();
      const mark = page.locator('.now-panel.wide .plot-mark').last();
      await mark.waitFor();
      await mark.click();
      await page.waitForURL(/\/console\/ledger\?entry=\d+$/);
      await page.goBack();
      const over = page.locator('.now-panel.wide .u-over');
      await mark.waitFor();
      await page.getByRole('region', { name: 'Nodes' }).waitFor();
      const box = await over.boundingBox();
      assert.ok(box !== null);
      // Pressed, moved and let go once the plot stands still.
      const at = (part: number) => ({ x: box.width * part, y: 40 });
      await over.dragTo(over, { sourcePosition: at(0.2), targetPosition: at(0.4), steps: 4 });
      await page.waitForURL(/\/console\/sessions\?/);
      const { searchParams } = new URL(page.url());
      const from = Date.parse(searchParams.get('createdFrom') ?? '');
      const to = Date.parse(searchParams.get('createdTo') ?? '');
      const minutes = (to - from) / 60_000;
      assert.ok(minutes > 8 && minutes < 16, `a fifth of an hour, and not ${minutes} minutes`);
      await page.context().close();
    });

    it('keeps range and realm in the URL, and takes keys for the range', async () => {
      const page = await stage().signIn();
      await page.getByRole('button', { name: '24 h' }).click();
      await page.waitForURL(/range=24h/);
      await page.locator('body').press('1');
      await page.waitForURL(/range=15m/);
      await page.getByLabel('Realm').selectOption('plant');
      await page.waitForURL(/realm=plant/);
      const inPlant = await liveInPlant(stage());
      await untilLive(page, inPlant);
      await page.reload();
      await untilLive(page, inPlant);
      assert.equal(await page.getByRole('button', { name: '15 min' }).getAttribute('aria-pressed'), 'true');
      await page.context().close();
    });

    it('shows nodes, and who was locked out', async () => {
      const page = await stage().signIn();
      await page.getByRole('region', { name: 'Nodes' }).getByText('in step').waitFor();
      const lockOuts = page.getByRole('region', { name: 'Locked out' });
      await lockOuts.getByText('Nobody was locked out in the last 24 h').waitFor();
      // To be locked out takes many tries that wait longer and longer, so the entry is written here as it would be then.
      const { store, clock } = stage().server.services;
      await store.changeRecords({
        by: { kind: 'system', id: 'lock-out', name: 'lock-out' },
        face: 'system',
        from: '192.0.2.99',
        writes: [],
        event: 'administrator.locked_out',
        detail: {
          adminId: null,
          username: null,
          realm: null,
          scope: 'address',
          failures: 100,
          until: clock.now() + 900_000,
        },
        now: clock.now(),
      });
      await lockOuts.getByText('an unknown name').waitFor();
      await lockOuts.getByText('192.0.2.99').waitFor();
      await page.context().close();
    });

    it('shows one of one realm that realm alone, and no way to end anything to one who may only read', async () => {
      const page = await stage().signIn({ username: 'reader' });
      await untilLive(page, await liveInPlant(stage()));
      assert.equal(await page.getByRole('button', { name: 'End sessions' }).count(), 0);
      assert.equal(await page.getByLabel('Realm').count(), 0);
      assert.equal(await page.getByRole('region', { name: 'Locked out' }).count(), 0);
      // There was a cut over all realms, of which they are told no more than that such cuts are not shown.
      const cuts = page.getByRole('region', { name: 'Last cuts' });
      await cuts.getByText('No cut of this realm alone so far').waitFor();
      await cuts.getByText('Cuts over several realms are not shown here.').waitFor();
      await page.context().close();
    });

    it('is in order for axe-core in light and dark, and fits a phone of 360 px', async () => {
      const page = await stage().signIn();
      await page.locator('.now-plots canvas').nth(2).waitFor();
      await page.getByRole('region', { name: 'Nodes' }).waitFor();
      assert.deepEqual(await violationsOf(page), []);
      await page.emulateMedia({ colorScheme: 'dark' });
      assert.deepEqual(await violationsOf(page), []);
      await page.setViewportSize({ width: 360, height: 740 });
      await untilTrue('the plots have the width of the phone', () => fitsWidth(page));
      assert.deepEqual(await violationsOf(page), []);
      assert.deepEqual(stage().complaints, []);
      assert.deepEqual(stage().foreign, []);
      await page.context().close();
    });
  });
}
