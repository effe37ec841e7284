import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page, Request } from 'playwright-core';
import { consoleForAll, consolePassword } from '../support/console.ts';
import { skipWithout } from '../support/real-parts.ts';

const provider = { type: 'oidc', name: 'corp' };
const total = (page: Page, text: string) => page.locator('.sessions-total').getByText(text, { exact: true });

/** What a page asks of the list from now on, by what tells the questions apart. */
function watchList(page: Page): string[] {
  const asked: string[] = [];
  page.on('request', (request: Request) => {
    const { pathname, search } = new URL(request.url());
    if (!pathname.startsWith('/v1/sessions')) return;
    asked.push(pathname === '/v1/sessions' ? (search.includes('count=exact') ? 'count' : 'list') : pathname);
  });
  return asked;
}

describe('the view Sessions, where questions fail', {
  timeout: 300_000,
  skip: skipWithout('chromium'),
}, () => {
  const stage = consoleForAll(undefined, async ({ asAdmin }) => {
    const made = { password: consolePassword, accessGroups: ['administrator'], realm: 'plant' };
    await asAdmin('POST /v1/admins', { ...made, username: 'planter' });
  });

  const register = (realm: string, username: string, more: object = {}) =>
    stage().asAdmin('POST /v1/sessions', { realm, username, provider, ...more });

  for (const [what, query, username] of [
    ['a realm that is not theirs', 'realm=default', 'planter'],
    ['an address that is none', 'ip=garbage', 'admin'],
    ['a name that is too long', `user=${'x'.repeat(3000)}`, 'admin'],
  ] as const) {
    it(`asks once for ${what}, and once more when somebody wants it`, async () => {
      const page = await stage().signIn({ at: '/ledger', username });
      const asked = watchList(page);
      await page.goto(`${stage().url}/console/sessions?${query}`);
      await page.locator('.failure').waitFor();
      await total(page, 'Not counted').waitFor();
      const plots = page.locator('.brush');
      await plots.getByText('Not counted').nth(1).waitFor();
      assert.equal(await plots.getByText('Counting').count(), 0);
      // Events of other sessions, and looking anew, must not make it ask either.
      for (let n = 0; n < 3; n++) {
        const heard = page.waitForEvent('request', (request) => request.url().endsWith('/v1/me'));
        await register('plant', `somebody-${n}`);
        await page.evaluate("dispatchEvent(new Event('visibilitychange'))");
        await heard;
      }
      assert.deepEqual(asked.filter((one) => one === 'list').length, 1);
      assert.deepEqual(asked.filter((one) => one === 'count').length, 1);
      const again = page.waitForResponse((answer) => answer.url().includes('count=exact'));
      await page.getByRole('button', { name: 'Try again' }).first().click();
      await again;
      await page.locator('.failure').waitFor();
      assert.ok(asked.length <= 8, asked.join(' '));
      await page.close();
    });
  }

  it('asks by itself, ever less often, while the network is gone, and goes on when it is back', async () => {
    await register('afar', 'ann');
    const page = await stage().signIn({ at: '/ledger' });
    const asked = watchList(page);
    let isGone = true;
    await page.route('**/v1/sessions?**', (route) => (isGone ? route.abort() : route.continue()));
    const isList = (request: Request) =>
      request.url().includes('/v1/sessions?') && !request.url().includes('count=exact');
    let failures = 0;
    const third = page.waitForEvent('requestfailed', (request) => isList(request) && ++failures === 3);
    await page.goto(`${stage().url}/console/sessions?realm=afar`);
    await third;
    assert.ok(asked.length <= 12, asked.join(' '));
    isGone = false;
    await total(page, '1 live session').waitFor();
    await page.locator('[data-index="0"]', { hasText: 'ann' }).waitFor();
    await page.locator('.failure').waitFor({ state: 'detached' });
    await page.close();
  });

  it('counts again by itself after one count has failed, and offers to end what it counts', async () => {
    await register('counted', 'ann');
    const page = await stage().signIn({ at: '/ledger' });
    let failures = 0;
    await page.route(/\/v1\/sessions\?.*count=exact/, (route) =>
      failures++ === 0 ? route.fulfill({ status: 503, body: '' }) : route.continue(),
    );
    await page.goto(`${stage().url}/console/sessions?realm=counted`);
    await total(page, '1 live session').waitFor();
    await page.getByRole('button', { name: 'End this one' }).waitFor();
    assert.ok(failures >= 2);
    await page.close();
  });

  it('lays the sessions out anew when their count moves', async () => {
    await register('moving', 'ann');
    const page = await stage().signIn({
      at: '/sessions?realm=moving',
      viewport: { width: 1440, height: 900 },
    });
    const laidOut = page.locator('.brush').first().locator('.brush-times span').nth(1);
    await laidOut.getByText('1', { exact: true }).waitFor();
    await register('moving', 'bob');
    await laidOut.getByText('2', { exact: true }).waitFor();
    await stage().asAdmin('POST /v1/revocations', {
      selector: { realm: 'moving', username: 'bob' },
      reason: 'a stolen laptop',
    });
    await laidOut.getByText('1', { exact: true }).waitFor();
    await page.close();
  });

  it('says of an open session that it was removed, offers no end of it, and empties the list', async () => {
    const { realm } = await stage().asAdmin('POST /v1/samples', {});
    const page = await stage().signIn({ at: '/sessions', viewport: { width: 1440, height: 900 } });
    // Those of the tests before are newer than any sample.
    const [sample] = (await stage().asAdmin(`GET /v1/sessions?realm=${realm}&limit=1`)).sessions;
    const where = new URLSearchParams({ realm, user: sample.username, session: sample.id });
    await page.goto(`${stage().url}/console/sessions?${where}`);
    const story = page.getByRole('complementary', { name: sample.username });
    const end = story.getByRole('button', { name: 'End this session' });
    await end.waitFor();
    await stage().asAdmin('DELETE /v1/samples');
    await story.getByText('This session is there no more').waitFor();
    assert.equal(await end.count(), 0);
    await page.getByText('No session matches').waitFor();
    assert.equal(await page.locator('.table-body .table-row').count(), 0);
    await page.close();
  });

  it('moves the times of the table on every second', async () => {
    await register('ticking', 'ann');
    const page = await stage().signIn({ at: '/sessions?realm=ticking' });
    const time = page.locator('[data-index="0"] time').first();
    const seen = new Set<string>();
    while (seen.size < 4) {
      const text = (await time.textContent()) ?? '';
      assert.match(text, /sec\. ago|^now$/);
      seen.add(text);
    }
    await page.close();
  });

  it('has an address take the place of the name that its beginning was taken for', async () => {
    const page = await stage().signIn({ at: '/sessions?user=192.0.2.' });
    await page.getByRole('combobox', { name: 'Find a user' }).fill('192.0.2.7');
    await page.getByRole('option', { name: /Address or network/ }).click();
    await page.waitForURL(/\?ip=192\.0\.2\.7$/);
    await page.close();
  });

  it('is complained of by no browser', () => {
    assert.deepEqual(stage().complaints, []);
  });
});
