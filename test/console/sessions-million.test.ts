import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { RunningServer } from '../../src/server.ts';
import { Database } from '../../src/store/sqlite/database.ts';
import { databaseFile } from '../../src/store/sqlite/sqlite-store.ts';
import { consoleForAll, untilTrue } from '../support/console.ts';
import { aSession, toRegister } from '../support/sessions.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const size = 1_000_000;
const batch = 100_000;
const hour = 3_600_000;

/** A session of a realm, of which a million copies with other names and instants are made. */
async function signIn({ services: { store } }: RunningServer, realm: string): Promise<number> {
  const session = aSession({
    realm,
    username: 'first',
    createdAt: Date.now() - 20 * hour,
    idleTimeoutMs: null,
    expiresAt: Date.now() + 48 * hour,
  });
  const order = toRegister(session, { now: session.createdAt });
  const outcome = await store.register(order);
  assert.equal(outcome.kind, 'registered');
  return outcome.kind === 'registered' ? outcome.session.number : 0;
}

/**
 * Puts a million sessions there, made over the last 20 hours, a thousand of each user. They are written beside the server,
 * for to register so many would take minutes; each row is what a registration writes.
 */
async function populate(server: RunningServer, data: string): Promise<void> {
  const [works, plant] = [await signIn(server, 'works'), await signIn(server, 'plant')];
  const db = await Database.open(join(data, databaseFile), { cacheKiB: 256 * 1024 });
  const start = Date.now() - 20 * hour;
  for (let from = 0; from < size; from += batch) {
    db.transaction('IMMEDIATE', () => {
      db.run(
        `INSERT INTO session (id, token_hash, token_key, realm, username, subject, provider, rights, ip, created_at,
            last_access_at, expires_at, deadline, epoch, provider_config_version, live, end_reason)
          WITH RECURSIVE nth (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM nth WHERE n + 1 < ${from + batch})
          SELECT randomblob(16), randomblob(32), abs(random()) % 281474976710656, realm, 'user-' || (n % 1000),
            'subject-' || (n % 1000), provider, rights, unhex(printf('040a%02x%02x07', n % 4, n % 250)),
            ${start} + n * 72, ${start} + n * 72, expires_at, deadline, epoch, provider_config_version, 1, 0
          FROM nth CROSS JOIN session ON number = CASE WHEN n % 4 = 0 THEN ${plant} ELSE ${works} END`,
      );
    });
  }
  db.close();
}

const total = (page: Page, text: string | RegExp) =>
  page.locator('.sessions-total').getByText(text, { exact: true });

describe('the view Sessions with 1,000,000 sessions', { timeout: 600_000 }, () => {
  const stage = consoleForAll((t) => {
    const folder = makeTemporaryDirectory();
    t.after(() => folder.remove());
    const data = join(folder.path, 'data');
    return { flags: { data }, population: (server) => populate(server, data) };
  });

  const open = (at: string): Promise<Page> => stage().signIn({ at, viewport: { width: 1440, height: 900 } });

  it('counts them exactly and scrolls through thousands with no more rows in the page than are seen', async () => {
    const page = await open('/sessions?realm=works');
    await total(page, '750,001 live sessions').waitFor();
    const scroll = (index: number): Promise<void> =>
      page.getByRole('grid').evaluate((table: { scrollTop: number }, top: number) => {
        table.scrollTop = top;
      }, index * 36);
    for (let index = 150; index <= 6000; index += 150) {
      const row = page.locator(`.table-body [data-index="${index}"]`);
      // The table is only as high as what has come so far.
      await untilTrue(`row ${index} is there`, async () => {
        await scroll(index);
        return row.isVisible();
      });
    }
    const rendered = await page.locator('.table-body .table-row').count();
    assert.ok(rendered > 10 && rendered < 80, `${rendered} rows are rendered`);
    // The first pages were let go meanwhile, and come back as they were.
    await scroll(0);
    await page.locator('.table-body [data-index="0"]', { hasText: 'user-999' }).waitFor();
    await page.close();
  });

  it('suggests, narrows and lays out over time', async () => {
    const page = await open('/sessions');
    // The key works from the moment at which the view is there.
    await page.getByRole('combobox', { name: 'Find a user' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('user-77');
    await page
      .getByRole('option', { name: /User user-77 only in works · 1,000 or more live/ })
      .or(page.getByRole('option', { name: /User user-77 only in works/ }))
      .first()
      .click();
    await total(page, '1,000 live sessions').waitFor();
    await page.getByRole('button', { name: 'Clear all' }).click();
    await total(page, /^1,000,00\d live sessions$/).waitFor();
    await page
      .locator('.brush')
      .first()
      .getByText(/^1,000,00\d$/)
      .waitFor();
    await page.getByRole('slider', { name: 'Created: start' }).focus();
    await page.keyboard.press('PageUp');
    await page.waitForURL(/createdFrom=/);
    await total(page, /^\d{3},\d{3} live sessions$/).waitFor();
    await page.getByRole('button', { name: 'Last used', exact: true }).click();
    await page.waitForURL(/order=-lastAccessAt/);
    await page.locator('.table-body [data-index="0"]').waitFor();
    await page.close();
  });

  it('marks in the table what a cut of 250,000 has ended, while the sweep goes on', async () => {
    const page = await open('/sessions?realm=plant');
    await total(page, '250,001 live sessions').waitFor();
    await stage().asAdmin('POST /v1/revocations', {
      selector: { realm: 'plant', all: true },
      reason: 'a test',
    });
    await page.locator('.table-body [data-index="0"]').getByText('ended since').waitFor();
    await total(page, '0 live sessions').waitFor();
    assert.deepEqual(stage().complaints, []);
    await page.close();
  });
});
