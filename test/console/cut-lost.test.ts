import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { type ConsoleTest, startConsole, untilTrue, violationsOf } from '../support/console.ts';
import { cutDialog, pressEnd } from '../support/cut-dialog.ts';
import { skipWithout } from '../support/real-parts.ts';

const skip = skipWithout('chromium');
const order = '**/v1/revocations';

/** Something to wait for, and what ends the wait. */
function gate(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** The page Sessions at one user who has sessions. */
async function sessionsOf(c: ConsoleTest, username: string, count: number): Promise<Page> {
  for (let n = 0; n < count; n++) {
    await c.asAdmin('POST /v1/sessions', { username, provider: { type: 'ldap', name: 'corp' } });
  }
  return c.signIn({ at: `/sessions?user=${username}` });
}

/** Opens the dialog for all that is shown and orders the cut. */
async function orderCut(page: Page, reason: string): Promise<void> {
  await pressEnd(page);
  await cutDialog(page).getByLabel('Why').fill(reason);
  await page.keyboard.press('Enter');
  await cutDialog(page).locator('button[type=submit]:focus').waitFor();
  await page.keyboard.press('Enter');
}

/** Run in the page: what it tells of its own requests; those of the page before it do not count. */
const hasFetchedDialog =
  'performance.getEntriesByType("resource").some((part) => /assets.cut-dialog-[^/]*js$/.test(part.name))';

const ledger = async (c: ConsoleTest) => (await c.asAdmin('GET /v1/revocations')).revocations;
const liveOf = async (c: ConsoleTest, username: string): Promise<number> =>
  (await c.asAdmin(`GET /v1/sessions?username=${username}&count=exact`)).count;

test('a cut whose answer is lost is found in the ledger and watched, and no second one is offered', {
  skip,
}, async (t) => {
  const c = await startConsole(t);
  const page = await sessionsOf(c, 'ann', 3);
  const asked = gate();
  const mayAnswer = gate();
  await page.route(
    order,
    async (route) => {
      // It arrives and is carried out; its answer does not come back.
      await route.fetch();
      await route.abort('connectionreset');
    },
    { times: 1 },
  );
  await page.route('**/v1/revocations?*limit=100*', async (route) => {
    asked.resolve();
    await mayAnswer.promise;
    await route.continue();
  });
  // Only what the ledger answers is to tell; what is told live would be as good.
  await page.route('**/v1/events', (route) => route.abort());
  await page.reload();
  await orderCut(page, 'a lost answer');
  const dialog = cutDialog(page);
  await dialog.getByText('It is not known whether it was made.').waitFor();
  await asked.promise;
  assert.equal(await dialog.getByRole('button', { name: /^End/ }).count(), 0);
  assert.deepEqual(await violationsOf(page), []);
  mayAnswer.resolve();
  await dialog.getByText('3 sessions have ended').waitFor();
  await dialog.getByText('Revocation 1', { exact: true }).waitFor();
  assert.equal((await ledger(c)).length, 1);
  assert.deepEqual(c.complaints, []);
});

test('a cut that never arrived is said to have ended nothing, and is ordered again after counting again', {
  skip,
}, async (t) => {
  const c = await startConsole(t);
  // Of the same person with the same reason and selector, but earlier.
  const page = await sessionsOf(c, 'bob', 1);
  await orderCut(page, 'twice');
  const dialog = cutDialog(page);
  await dialog.getByText('1 session has ended').waitFor();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  for (let n = 0; n < 2; n++) {
    await c.asAdmin('POST /v1/sessions', { username: 'bob', provider: { type: 'ldap', name: 'corp' } });
  }
  await page.reload();
  await page.route(order, (route) => route.abort('connectionrefused'), { times: 1 });
  await orderCut(page, 'twice');
  await dialog.getByText('Nothing was ended so far.').waitFor();
  assert.equal(await liveOf(c, 'bob'), 2);
  assert.equal(await dialog.getByRole('button', { name: /^End/ }).count(), 0);
  await dialog.locator('button:focus').getByText('Count again').waitFor();
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'End 2 sessions' }).waitFor();
  await dialog.getByText('Nothing was ended so far.').waitFor();
  assert.equal(await dialog.getByLabel('Why').inputValue(), 'twice');
  await dialog.getByRole('button', { name: 'End 2 sessions' }).click();
  await dialog.getByText('2 sessions have ended').waitFor();
  assert.deepEqual(
    (await ledger(c)).map((entry: { matched: number }) => entry.matched),
    [2, 1],
  );
  assert.deepEqual(c.complaints, []);
});

test('a refused cut keeps saying that nothing was ended after it is counted again; a reason ends at 1,000 characters', {
  skip,
}, async (t) => {
  const c = await startConsole(t);
  const page = await sessionsOf(c, 'carl', 1);
  await page.route(
    order,
    (route) =>
      route.fulfill({
        status: 429,
        contentType: 'application/problem+json',
        body: JSON.stringify({ code: 'rate_limited', detail: 'Too many orders. Wait a minute.' }),
      }),
    { times: 1 },
  );
  await orderCut(page, 'r'.repeat(999));
  const dialog = cutDialog(page);
  await dialog.getByText('Too many orders. Wait a minute.').waitFor();
  assert.equal(await dialog.getByRole('button', { name: 'Try again' }).count(), 0);
  const recount = dialog.getByRole('button', { name: 'Count again' }).filter({ hasText: 'Count again' });
  // By another number it is seen that it was counted.
  await c.asAdmin('POST /v1/sessions', { username: 'carl', provider: { type: 'ldap', name: 'corp' } });
  await recount.click();
  await recount.waitFor({ state: 'detached' });
  await dialog.locator('.cut-number data[value="2"]').waitFor();
  await dialog.getByText('Nothing was ended: the order was not carried out.').waitFor();
  const why = dialog.getByLabel('Why');
  assert.equal(await why.getAttribute('aria-invalid'), null);
  await why.focus();
  await page.keyboard.press('End');
  await page.keyboard.type('xyz');
  assert.equal((await why.inputValue()).length, 1000);
  await dialog.getByText('A reason has at most 1,000 characters').waitFor();
  assert.equal(await why.getAttribute('aria-invalid'), 'true');
  assert.deepEqual(await violationsOf(page), []);
  await page.keyboard.press('Enter');
  await dialog.locator('button[type=submit]:focus').waitFor();
  await page.keyboard.press('Enter');
  await dialog.getByText('2 sessions have ended').waitFor();
  assert.equal((await ledger(c))[0].reason.length, 1000);
});

test('leaving the page while a cut is under way is asked about, and not after', { skip }, async (t) => {
  const c = await startConsole(t);
  const page = await sessionsOf(c, 'dora', 1);
  const mayGo = gate();
  await page.route(
    order,
    async (route) => {
      await mayGo.promise;
      await route.continue();
    },
    { times: 1 },
  );
  const sent = page.waitForRequest(
    (request) => request.method() === 'POST' && request.url().endsWith('/v1/revocations'),
  );
  await orderCut(page, 'under way');
  await sent;
  const questions: string[] = [];
  const asked = gate();
  page.on('dialog', async (question) => {
    questions.push(question.type());
    await question.dismiss();
    asked.resolve();
  });
  await page.evaluate('setTimeout(() => location.reload())');
  await asked.promise;
  mayGo.resolve();
  await cutDialog(page).getByText('1 session has ended').waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Sessions' }).waitFor();
  assert.deepEqual(questions, ['beforeunload']);
});

test('the dialog is fetched before it is needed, and one that cannot be fetched says why and is tried again', {
  skip,
}, async (t) => {
  const c = await startConsole(t);
  const page = await sessionsOf(c, 'eve', 1);
  const part = '**/assets/cut-dialog-*.js';
  // With the network gone, what was fetched while the page rested is there.
  await page.reload();
  await untilTrue('this page has fetched the dialog', () => page.evaluate(hasFetchedDialog));
  await page.route(part, (route) => route.abort('internetdisconnected'));
  await page.route('**/v1/revocations/**', (route) => route.abort('internetdisconnected'));
  await pressEnd(page);
  await cutDialog(page).getByText('The server cannot be reached').waitFor();
  await page.keyboard.press('Escape');
  await page.unroute('**/v1/revocations/**');
  await page.unroute(part);
  // Where it could not be fetched, the toast says that the server cannot be reached.
  let isGone = true;
  const failed: string[] = [];
  await page.route(part, (route) => {
    if (!isGone) return route.continue();
    failed.push(route.request().url());
    return route.abort('internetdisconnected');
  });
  const firstFailure = page.waitForEvent('requestfailed', (request) => /cut-dialog/.test(request.url()));
  await page.reload();
  await firstFailure;
  await page.route('**/v1/me', (route) => route.abort('internetdisconnected'));
  await pressEnd(page);
  await page.getByText('The server cannot be reached. Check the network').waitFor();
  assert.equal(await page.getByText('Something unexpected happened').count(), 0);
  assert.equal(await cutDialog(page).count(), 0);
  assert.ok(failed.length >= 1);
  isGone = false;
  await page.unroute('**/v1/me');
  await page.keyboard.press('t');
  await cutDialog(page).getByText('live session will be ended').waitFor();
});

test('a cut that is opened while the server is out of reach shows whom it would end once it is back', {
  skip,
}, async (t) => {
  const c = await startConsole(t);
  const page = await sessionsOf(c, 'dan', 2);
  let isGone = true;
  await page.route('**/v1/revocations/preview', (route) => (isGone ? route.abort() : route.continue()));
  await pressEnd(page);
  const dialog = cutDialog(page);
  await dialog.getByText('The server cannot be reached').waitFor();
  await dialog.getByRole('button', { name: 'Try again' }).waitFor();
  isGone = false;
  // Nobody presses anything.
  await dialog.getByText('live sessions will be ended').waitFor();
  assert.equal(await dialog.locator('.cut-number').innerText(), '2');
  assert.equal(await dialog.locator('.failure').count(), 0);
  assert.deepEqual(c.complaints, []);
});
