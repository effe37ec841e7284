import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { consolePassword, startConsole, tryNow, violationsOf } from '../support/console.ts';
import { skipWithout } from '../support/real-parts.ts';

const skip = skipWithout('chromium');

test('everybody sees what they may do, and no more', { skip }, async (t) => {
  const c = await startConsole(t);
  const { url } = c;
  const make = async (username: string, accessGroups: string[], realm?: string): Promise<number> => {
    const body = {
      username,
      password: consolePassword,
      accessGroups,
      ...(realm === undefined ? {} : { realm }),
    };
    return (await c.asAdmin('POST /v1/admins', body)).admin.id;
  };
  await make('rita', ['read']);
  await make('eve', ['administrator'], 'eu');
  const cora = await make('cora', ['administrator']);
  const nobody = await make('nora', ['volumes']);
  assert.ok(nobody > 0);
  await c.asAdmin('POST /v1/users', {
    username: 'ann',
    password: consolePassword,
    mustChangePassword: false,
  });

  await t.test('an administrator of all rights sees every view', async () => {
    const page = await c.signIn({ at: '/own' });
    assert.deepEqual(await viewsOf(page), ['Now', 'Sessions', 'Ledger', 'Administration']);
    assert.deepEqual(await accountOf(page), ['admin', 'All realms', 'Access: administrator']);
    await page.getByRole('link', { name: 'Ledger' }).click();
    await page.waitForURL('**/console/ledger');
    await page.getByRole('button', { name: /^Signed in as/ }).click();
    await page.getByRole('menuitem', { name: 'Your sessions' }).click();
    await page.waitForURL('**/console/own');
    await page.context().close();
  });

  await t.test('whoever may read sees the views, and is told of their access', async () => {
    const page = await c.signIn({ username: 'rita', at: '/own' });
    assert.deepEqual(await viewsOf(page), ['Now', 'Sessions', 'Ledger', 'Administration']);
    assert.deepEqual(await accountOf(page), ['rita', 'All realms', 'Access: read']);
    for (const [method, path] of [
      ['GET', '/v1/admins'],
      ['GET', '/v1/keys'],
      ['GET', '/v1/journal'],
      ['POST', '/v1/revocations'],
      ['POST', '/v1/sessions'],
    ] as const) {
      assert.equal(await statusOf(page, method, path), 403, `${method} ${path}`);
    }
    assert.equal(await statusOf(page, 'GET', '/v1/sessions'), 200);
    await page.context().close();
  });

  await t.test('an administrator of one realm reaches no other', async () => {
    const page = await c.signIn({ username: 'eve', at: '/own' });
    assert.deepEqual(await accountOf(page), ['eve', 'Realm eu', 'Access: administrator']);
    assert.equal(await statusOf(page, 'GET', '/v1/sessions?realm=default'), 403);
    assert.equal(await statusOf(page, 'GET', '/v1/sessions?realm=eu'), 200);
    await page.context().close();
  });

  for (const [who, enter] of [
    ['a user', () => asUser(c, '/')],
    ['an administrator without rights here', () => c.signIn({ username: 'nora' })],
  ] as const) {
    await t.test(`${who} sees their own sessions and nothing else`, async () => {
      const page = await enter();
      await page.getByRole('heading', { name: 'Your sessions' }).waitFor();
      assert.deepEqual(await viewsOf(page), ['Your sessions']);
      assert.equal(await page.locator('.live-mark').count(), 0);
      for (const view of ['/sessions', '/ledger', '/administration', '/administration/keys']) {
        await page.goto(`${url}/console${view}`);
        await page.getByText('You may not see this').waitFor();
        assert.deepEqual(await violationsOf(page), [], view);
      }
      for (const path of [
        '/v1/sessions',
        '/v1/revocations',
        '/v1/events',
        '/v1/admins',
        '/v1/policy',
        '/v1/realms',
      ]) {
        assert.equal(await statusOf(page, 'GET', path), 403, path);
      }
      assert.equal(await statusOf(page, 'GET', '/v1/me/sessions'), 200);
      await page.context().close();
    });
  }

  await t.test('a user ends another session of theirs, and then all others', async () => {
    const page = await asUser(c, '/own');
    const others = await Promise.all([asUser(c, '/own'), asUser(c, '/own')]);
    await page.reload();
    const rows = page.locator('.own-list li');
    await page.getByText('this browser', { exact: true }).waitFor();
    const before = await rows.count();
    assert.ok(before >= 4);
    await page
      .getByRole('button', { name: /^End the session from/ })
      .first()
      .click();
    await page.getByText('The session has ended.').waitFor();
    await page.getByRole('button', { name: 'End all others' }).click();
    const dialog = page.getByRole('dialog', { name: 'End all your other sessions?' });
    await dialog.waitFor();
    assert.deepEqual(await violationsOf(page), []);
    await dialog.getByRole('button', { name: 'End all others' }).click();
    await page.getByText(`${before - 2} sessions have ended.`, { exact: true }).waitFor();
    await page.locator('.own-list li').nth(1).waitFor({ state: 'detached' });
    assert.equal(await rows.count(), 1);
    for (const other of others) {
      await other.reload();
      await other.getByLabel('Username').waitFor();
      await other.context().close();
    }
    await page.context().close();
  });

  await t.test('what is taken from somebody goes from their page with the next thing they do', async () => {
    const page = await c.signIn({ username: 'cora', at: '/administration' });
    await page.getByRole('link', { name: 'Now' }).waitFor();
    await c.asAdmin(`PATCH /v1/admins/${cora}`, { accessGroups: ['volumes'] });
    // A look at the page again is enough.
    await page.evaluate("dispatchEvent(new Event('visibilitychange'))");
    await page.getByText('You may not see this').waitFor();
    assert.deepEqual(await viewsOf(page), ['Your sessions']);
    await page.context().close();
  });

  assert.deepEqual(c.complaints, []);
  assert.deepEqual(c.foreign, []);
});

test('a lost connection', { skip }, async (t) => {
  const c = await startConsole(t);

  await t.test('is said, and made good as soon as somebody asks for it', async () => {
    const page = await c.newPage();
    await page.clock.install();
    await page.route('**/v1/events', (route) => route.abort());
    await page.goto(`${c.url}/console/own`);
    await page.getByLabel('Username').fill('admin');
    await page.getByLabel('Password', { exact: true }).fill(consolePassword);
    await page.keyboard.press('Enter');
    const banner = page.getByRole('status').filter({ hasText: 'Connection lost.' });
    await banner.waitFor();
    assert.match(await banner.innerText(), /What you see may be out of date\./);
    assert.deepEqual(await violationsOf(page), []);
    await tryNow(page, banner, () => page.unroute('**/v1/events'));
    await banner.filter({ hasText: 'Connection lost.' }).waitFor({ state: 'detached' });
    await page.locator('.live-mark.live').waitFor();
    await page.context().close();
  });

  await t.test('at the start is said too, and tried again on a click', async () => {
    const page = await c.signIn({ at: '/own' });
    await page.route('**/v1/me', (route) => route.abort());
    await page.reload();
    await page.getByText('The server cannot be reached.').waitFor();
    assert.deepEqual(await violationsOf(page), []);
    await page.unroute('**/v1/me');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('this browser', { exact: true }).waitFor();
    await page.context().close();
  });

  assert.deepEqual(c.complaints, []);
});

/** A page of a user, who has signed in on the page for it and goes on in the console. */
async function asUser(c: Awaited<ReturnType<typeof startConsole>>, at: string): Promise<Page> {
  const page = await c.newPage();
  await page.goto(`${c.url}/console${at}`);
  await page.getByRole('link', { name: 'Sign in another way' }).click();
  await page.waitForURL('**/sign-in?return=*');
  await page.getByLabel('Username').fill('ann');
  await page.getByLabel('Password').fill(consolePassword);
  await page.keyboard.press('Enter');
  await page.getByRole('navigation', { name: 'Views' }).waitFor();
  return page;
}

function viewsOf(page: Page): Promise<string[]> {
  return page.getByRole('navigation', { name: 'Views' }).getByRole('link').allInnerTexts();
}

async function accountOf(page: Page): Promise<string[]> {
  await page.getByRole('button', { name: /^Signed in as/ }).click();
  const head = page.locator('.menu-head');
  const texts = (await head.innerText()).split('\n').filter((line) => line !== '');
  await page.keyboard.press('Escape');
  return texts;
}

/** What the API answers the page. */
function statusOf(page: Page, method: string, path: string): Promise<number> {
  return page.evaluate(
    `fetch(${JSON.stringify(path)}, { method: '${method}', headers: { 'curfew-face': 'console' } })
      .then((answer) => { answer.body?.cancel(); return answer.status; })`,
  );
}
