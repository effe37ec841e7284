import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { Database } from '../../src/store/sqlite/database.ts';
import { databaseFile } from '../../src/store/sqlite/sqlite-store.ts';
import {
  type ConsoleOptionsOf,
  consoleForAll,
  consolePassword,
  fillSignIn,
  fitsWidth,
  untilTrue,
  violationsOf,
} from '../support/console.ts';
import { realPart } from '../support/real-parts.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const evil = '<script>document.title = 1</script>';
const formula = '=HYPERLINK("http://evil.example","click")';

describe('the view Ledger', { timeout: 240_000, skip: realPart('chromium').skip }, () => {
  const folder = makeTemporaryDirectory();
  const data = join(folder.path, 'data');
  const cut = (selector: object, reason: string) =>
    stage().asAdmin('POST /v1/revocations', { selector, reason });
  const rowOf = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });

  const start: ConsoleOptionsOf = (t) => {
    t.after(() => folder.remove());
    return { flags: { data } };
  };
  const stage = consoleForAll(start, async (started) => {
    await started.asAdmin('POST /v1/sessions', {
      username: 'ann',
      provider: { type: 'ldap', name: 'corp' },
    });
    await cut({ username: 'ann' }, 'she left');
    await cut({ realm: 'plant', all: true }, evil);
    await cut({ provider: { type: 'saml', name: 'partner' } }, formula);
  });

  it('shows every revocation, the newest first, and new ones by itself', async () => {
    const page = await stage().signIn({ at: '/ledger' });
    await rowOf(page, 'she left').waitFor();
    const rows = await page.getByRole('row').allInnerTexts();
    assert.match(rows[1] ?? '', /^3\s[\s\S]*admin[\s\S]*API[\s\S]*HYPERLINK[\s\S]*provider saml\/partner/);
    assert.match(rows[3] ?? '', /^1\s[\s\S]*she left[\s\S]*user ann/);
    assert.deepEqual(await violationsOf(page), []);
    await cut({ username: 'bob' }, 'he left too');
    await rowOf(page, 'he left too').waitFor();
    assert.match((await page.getByRole('row').nth(1).innerText()) ?? '', /^4\s/);
    assert.equal(await page.title(), 'Ledger · Curfew');
    assert.deepEqual(stage().complaints, []);
  });

  it('shows what was made and swept after it was read and before the server began to tell', async () => {
    const page = await stage().newPage();
    let listen = (): void => {};
    const mayListen = new Promise<void>((resolve) => {
      listen = resolve;
    });
    await page.route('**/v1/events', async (route) => {
      await mayListen;
      await route.continue();
    });
    // Read while no row of any cut was marked yet.
    await page.route(
      '**/v1/revocations?limit=200',
      async (route) => {
        const response = await route.fetch();
        const { revocations, ...rest } = await response.json();
        const sweep = { swept: 0, sweptAt: null };
        const unswept = revocations.map((entry: object) => ({ ...entry, sweep }));
        await route.fulfill({ response, json: { ...rest, revocations: unswept } });
      },
      { times: 1 },
    );
    await page.goto(`${stage().url}/console/ledger`);
    await fillSignIn(page, 'admin', consolePassword);
    await rowOf(page, 'she left').waitFor();
    assert.equal(await rowOf(page, 'she left').getByText('all', { exact: true }).count(), 0);
    await cut({ username: 'cid' }, 'made unheard');
    assert.equal(await rowOf(page, 'made unheard').count(), 0);
    listen();
    await rowOf(page, 'made unheard').waitFor();
    await rowOf(page, 'she left').getByText('all', { exact: true }).waitFor();
    await page.close();
  });

  it('shows one entry with everything that is known of it, and the way to the sessions that it ended', async () => {
    const page = await stage().signIn({ at: '/ledger', viewport: { width: 360, height: 740 } });
    await rowOf(page, 'she left').click();
    const detail = page.getByRole('dialog', { name: 'Revocation 1' });
    await detail.getByText('she left').waitFor();
    const [entry] = (await stage().asAdmin('GET /v1/revocations?limit=100')).revocations.slice(-1);
    await detail.getByText(entry.hash, { exact: true }).waitFor();
    await detail.getByText('{"username":"ann"}').waitFor();
    await page.waitForURL(/entry=1/);
    assert.equal(await fitsWidth(page), true);
    assert.deepEqual(await violationsOf(page), []);
    await detail.getByRole('link', { name: 'Show the sessions that it ended' }).click();
    await page.waitForURL(/\/console\/sessions\?.*revocation=1/);
    await page.goto(`${stage().url}/console/ledger?entry=999`);
    await page.getByText('The ledger has no revocation 999 that you may see.').waitFor();
  });

  it('is narrowed by reason, person, face and time, and the address holds that', async () => {
    const page = await stage().signIn({ at: '/ledger' });
    await rowOf(page, 'she left').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('LEFT');
    // Whoever types slowly sees the list of what was typed so far in between.
    await page.waitForURL(/reason=LEFT/);
    await rowOf(page, 'HYPERLINK').waitFor({ state: 'detached' });
    await rowOf(page, 'she left').waitFor();
    assert.equal(await rowOf(page, 'HYPERLINK').count(), 0);
    await page.getByLabel('By whom').fill('nobody');
    await page.getByText('No entry matches').waitFor();
    await page.getByRole('button', { name: 'Take the filter away' }).first().click();
    await rowOf(page, 'HYPERLINK').waitFor();
    await page.getByLabel('Through').selectOption('console');
    await page.getByText('No entry matches').waitFor();
    await page.goto(`${stage().url}/console/ledger?by=admin&face=http&to=2001-01-01T00:00:00Z`);
    await page.getByText('No entry matches').waitFor();
  });

  it('is exported as filtered, for spreadsheets without anything that they would carry out', async () => {
    const page = await stage().signIn({ at: '/ledger' });
    await rowOf(page, 'she left').waitFor();
    const exported = async (form: string): Promise<string> => {
      await page.getByRole('button', { name: 'Export' }).click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('menuitem', { name: form }).click(),
      ]);
      assert.match(download.suggestedFilename(), /^curfew-ledger-\d{4}-\d\d-\d\d\.(csv|ndjson)$/);
      return readFile(await download.path(), 'utf8');
    };
    const ledger = async () => (await stage().asAdmin('GET /v1/revocations?limit=1000')).revocations;
    await untilTrue('every cut is swept', async () =>
      (await ledger()).every(({ sweep }: { sweep: { sweptAt: string | null } }) => sweep.sweptAt !== null),
    );
    const csv = (await exported('CSV')).split('\r\n');
    assert.equal(
      csv[0],
      '\ufeff"seq","at","by_kind","by_id","by_name","face","from","reason","selector","matched","swept","swept_at","previous_hash","hash"',
    );
    assert.match(
      csv.find((line) => line.startsWith('3,')) ?? '',
      /,"'=HYPERLINK\(""http:\/\/evil\.example"",""click""\)",/,
    );
    assert.match(
      csv.find((line) => line.startsWith('1,')) ?? '',
      /,"she left","\{""username"":""ann""\}",1,/,
    );
    const ndjson = (await exported('NDJSON'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(ndjson, await ledger());
    await page.goto(`${stage().url}/console/ledger?reason=left`);
    await rowOf(page, 'she left').waitFor();
    assert.ok(
      (await exported('NDJSON'))
        .trim()
        .split('\n')
        .every((line) => /left/.test(JSON.parse(line).reason)),
    );
    assert.deepEqual(stage().complaints, []);
  });

  it('shows who is bound to a realm the entries of that realm only, and proves those', async () => {
    await stage().asAdmin('POST /v1/admins', {
      username: 'planter',
      password: consolePassword,
      accessGroups: ['read'],
      realm: 'plant',
    });
    const page = await stage().signIn({ username: 'planter', at: '/ledger' });
    await rowOf(page, evil).waitFor();
    assert.equal(await page.getByRole('row').count(), 2);
    await cut({ realm: 'elsewhere', all: true }, 'not theirs');
    await cut({ realm: 'plant', username: 'zoe' }, 'theirs');
    await rowOf(page, 'theirs').waitFor();
    assert.equal(await page.getByText('not theirs').count(), 0);
    await page.keyboard.press('v');
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await page.getByText('All 2 entries that you may see hold.').waitFor();
  });

  it('does not tell who is bound to a realm that nothing was ended there, for cuts over several realms end there too', async () => {
    const { asAdmin, url, signIn } = stage();
    await asAdmin('POST /v1/admins', {
      username: 'quarrier',
      password: consolePassword,
      accessGroups: ['administrator'],
      realm: 'quarry',
    });
    const { session } = await asAdmin('POST /v1/sessions', {
      username: 'gus',
      realm: 'quarry',
      provider: { type: 'ldap', name: 'corp' },
    });
    const { revocation } = await cut({ username: 'gus' }, 'over every realm');
    const page = await signIn({ username: 'quarrier', at: '/ledger' });
    await page.getByText('No cut of this realm alone so far').waitFor();
    await page.getByText('Cuts over several realms are not shown here.', { exact: true }).waitFor();
    const story = `/console/sessions?state=any&id=${session.id}&session=${session.id}`;
    await page.goto(url + story);
    const ending = page.locator('.story-end');
    await ending.getByText('Ended by a cut over several realms').waitFor();
    assert.equal(await ending.getByRole('link').count(), 0);
    const free = await signIn({ at: '/ledger' });
    await free.goto(url + story);
    await free.getByRole('link', { name: `Revocation ${revocation.seq} of the ledger` }).waitFor();
  });

  it('is proven in the page, and the first entry that somebody has changed is found', async () => {
    const page = await stage().signIn({ at: '/ledger' });
    const { head, hash } = await stage().asAdmin('GET /v1/ledger');
    // The key does something once the view is there.
    await rowOf(page, 'she left').waitFor();
    await page.keyboard.press('v');
    const dialog = page.getByRole('dialog', { name: 'Verify the chain' });
    await dialog.getByLabel('Noted earlier').fill(`${head}:${hash}`);
    await page.keyboard.press('Enter');
    await dialog.getByText(`The ledger holds: ${head} entries, each link proven.`).waitFor();
    await dialog.getByText(`${head}:${hash}`).waitFor();
    assert.deepEqual(await violationsOf(page), []);
    await dialog.getByLabel('Noted earlier').fill(`1:${hash}`);
    await page.keyboard.press('Enter');
    await dialog.getByText('The ledger does not hold at entry 1.').waitFor();
    await dialog.getByText('Its hash is not the one that was noted').waitFor();
    const db = await Database.open(join(data, databaseFile), { cacheKiB: 1024 });
    db.exec("UPDATE revocation SET reason = 'he never was here' WHERE seq = 2");
    db.exec('UPDATE revocation SET matched = 7 WHERE seq = 4');
    db.close();
    await dialog.getByLabel('Noted earlier').fill('');
    await page.keyboard.press('Enter');
    await dialog.getByText('The ledger does not hold at entry 2.').waitFor();
    await dialog.getByText('It was changed after it was written.').waitFor();
    assert.deepEqual(await violationsOf(page), []);
    await dialog.getByRole('link', { name: 'Show entry 2' }).click();
    await page.getByRole('dialog', { name: 'Revocation 2' }).getByText('he never was here').waitFor();
    assert.deepEqual([stage().complaints, stage().foreign], [[], []]);
  });
});
