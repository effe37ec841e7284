import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import {
  type ConsoleOptionsOf,
  type ConsoleTest,
  consoleForAll,
  consolePassword,
  fillSignIn,
  fitsWidth,
  violationsOf,
} from '../support/console.ts';
import { cutDialog, openCutDialog, orderByKeys } from '../support/cut-dialog.ts';
import { realPart } from '../support/real-parts.ts';

const evil = '<img src=x onerror="document.title=1">';

/** Sessions of one user; gives their tokens. */
async function signIn(
  { asAdmin }: ConsoleTest,
  username: string,
  count: number,
  more: object = {},
): Promise<string[]> {
  const tokens: string[] = [];
  for (let n = 0; n < count; n++) {
    const { token } = await asAdmin('POST /v1/sessions', {
      username,
      provider: { type: 'ldap', name: 'corp' },
      client: { ip: '192.0.2.7' },
      ...more,
    });
    tokens.push(token);
  }
  return tokens;
}

/** The whole way of a cut, on one store. */
export function cutSuite(
  name: string,
  options: ConsoleOptionsOf,
  cases: (stage: () => ConsoleTest) => void = () => {},
): void {
  const { skip } = realPart('chromium');
  describe(`a cut from the console on ${name}`, { timeout: 240_000, skip }, () => {
    const stage = consoleForAll(options);

    it('is made by keyboard alone, and watched: acknowledged, marked, refused since', async () => {
      const opened = stage();
      const { asAdmin, url } = opened;
      const tokens = await signIn(opened, 'ann', 12, { app: 'mail' });
      await signIn(opened, 'bob', 1);
      const page = await opened.signIn({ at: '/sessions?user=ann' });
      await openCutDialog(page);
      const dialog = cutDialog(page);
      await dialog.getByText('live sessions will be ended').waitFor();
      assert.equal(await dialog.locator('.cut-number').innerText(), '12');
      await dialog.getByRole('table', { name: 'By provider' }).getByText('ldap/corp').waitFor();
      await dialog.getByRole('table', { name: 'By app' }).getByText('mail').waitFor();
      assert.deepEqual(await violationsOf(page), []);
      // Without a reason nothing is done, and the field is where the keys go.
      await page.keyboard.press('Enter');
      await dialog.getByText('Say why.').waitFor();
      // With one it leads on to the button, so that nobody ends anything while they write.
      await page.keyboard.type('a lost laptop');
      await page.keyboard.press('Enter');
      await dialog.locator('button:focus').getByText('End 12 sessions').waitFor();
      await page.keyboard.press('Shift+Tab');
      await page.keyboard.press('Shift+Tab');
      assert.equal(await dialog.locator('input:focus').inputValue(), 'a lost laptop');
      // A key that is held down decides nothing.
      await page.keyboard.down('Enter');
      await page.keyboard.down('Enter');
      await page.keyboard.down('Enter');
      await page.keyboard.up('Enter');
      await dialog.locator('button:focus').getByText('End 12 sessions').waitFor();
      assert.equal((await asAdmin('GET /v1/sessions?username=ann&count=exact')).count, 12);
      await page.keyboard.press('Enter');
      await dialog.getByText('12 sessions have ended').waitFor();
      await dialog.locator('.cut-swept', { hasText: /^12 of 12$/ }).waitFor();
      const check = (token = '') =>
        fetch(`${url}/v1/check`, { headers: { authorization: `Bearer ${token}` } });
      for (let n = 0; n < 3; n++) assert.equal((await check(tokens[n])).status, 401);
      await dialog.locator('[data-refused="3"]').waitFor();
      assert.equal((await check(tokens[0])).status, 401);
      await dialog.locator('[data-refused="4"]').waitFor();
      assert.deepEqual(await violationsOf(page), []);
      const [entry] = (await asAdmin('GET /v1/revocations?limit=1')).revocations;
      assert.deepEqual(
        [entry.reason, entry.face, entry.by.name, entry.matched, entry.selector],
        ['a lost laptop', 'console', 'admin', 12, { username: 'ann' }],
      );
      await page.keyboard.press('Enter');
      await dialog.waitFor({ state: 'detached' });
      assert.equal((await asAdmin('GET /v1/sessions?username=bob&count=exact')).count, 1);
      assert.deepEqual(opened.complaints, []);
    });
    cases(stage);
  });
}

/** What holds on every store, and is tried on one. */
export function cutCases(stage: () => ConsoleTest): void {
  it('that is large is confirmed by typing the number', async () => {
    const opened = stage();
    for (const start of [0, 617]) {
      await opened.asAdmin('POST /v1/sessions/import', {
        sessions: Array.from({ length: 617 }, (_, n) => ({
          username: 'many',
          provider: { type: 'oidc', name: `idp ${(start + n) % 9}` },
          createdAt: new Date().toISOString(),
        })),
      });
    }
    const page = await opened.signIn({ at: '/sessions?user=many', viewport: { width: 360, height: 720 } });
    await openCutDialog(page);
    const dialog = cutDialog(page);
    assert.equal(await fitsWidth(page), true);
    await page.keyboard.type('all of them');
    await page.keyboard.press('Enter');
    await dialog.getByText('Type the number 1234, in digits alone.').waitFor();
    await page.keyboard.type('124');
    await page.keyboard.press('Enter');
    assert.equal((await opened.asAdmin('GET /v1/sessions?username=many&count=exact&limit=1')).count, 1234);
    await dialog.getByLabel('Type 1234 to confirm').fill('1,234');
    await page.keyboard.press('Enter');
    await dialog.getByText('1,234 sessions have ended').waitFor();
    await dialog.getByText('1,234 of 1,234').waitFor();
    assert.equal(await fitsWidth(page), true);
  });

  it('asks again when more match than were shown, and has ended nothing', async () => {
    const opened = stage();
    await signIn(opened, 'growing', 2);
    const page = await opened.signIn({ at: '/sessions?user=growing' });
    await openCutDialog(page);
    await signIn(opened, 'growing', 1);
    const dialog = cutDialog(page);
    await orderByKeys(page, 'they come back');
    await dialog.getByText('Nothing was ended: 3 live sessions match by now').waitFor();
    assert.equal((await opened.asAdmin('GET /v1/sessions?username=growing&count=exact')).count, 3);
    assert.equal(await dialog.locator('.cut-number').innerText(), '3');
    await dialog.getByRole('button', { name: 'End 3 sessions' }).click();
    await dialog.getByText('3 sessions have ended').waitFor();
  });

  it('that would hit the person themselves says so, can spare them, and else signs them out', async () => {
    const opened = stage();
    await signIn(opened, 'carl', 1, { realm: 'default' });
    const page = await opened.signIn({ at: '/sessions' });
    await openCutDialog(page);
    const dialog = cutDialog(page);
    await dialog.getByText('Your own session is among them.').waitFor();
    await dialog.getByText('The administrator admin is among them.').waitFor();
    const count = Number((await dialog.locator('.cut-number').innerText()).replace(',', ''));
    await dialog.getByLabel('Keep the session that I am working with').check();
    await dialog.locator(`.cut-number data[value="${count - 1}"]`).waitFor();
    await dialog.getByText('all but one session').waitFor();
    await dialog.getByLabel('Keep the session that I am working with').uncheck();
    await dialog.locator(`.cut-number data[value="${count}"]`).waitFor();
    await dialog.getByLabel('Why').fill('everybody out');
    await dialog.getByLabel(`Type ${count} to confirm`).fill(String(count));
    await dialog.getByRole('button', { name: `End ${count} sessions` }).click();
    await page.getByLabel('Username').waitFor();
    const [entry] = (await opened.asAdmin('GET /v1/revocations?limit=1')).revocations;
    assert.deepEqual([entry.matched, entry.selector], [count, { all: true }]);
    // What was begun does not wait for whoever signs in next.
    await fillSignIn(page, 'admin', consolePassword);
    await page.getByRole('heading', { name: 'Sessions' }).waitFor();
    assert.equal(await cutDialog(page).count(), 0);
  });

  it('of nobody is loud, and says which name is unknown', async () => {
    const opened = stage();
    const page = await opened.signIn({ at: '/sessions?user=nobdy' });
    await openCutDialog(page);
    const dialog = cutDialog(page);
    await dialog.getByText('No live session matches', { exact: true }).waitFor();
    await dialog.getByText('the user "nobdy" is unknown here; check the spelling').waitFor();
    assert.deepEqual(await violationsOf(page), []);
    await dialog.getByLabel('Why').fill('in case they come');
    await dialog.getByRole('button', { name: 'Record the cut' }).click();
    await dialog.getByText('Nothing was ended').waitFor();
    await dialog.getByText('the user "nobdy" is unknown here').waitFor();
  });

  it('cannot be begun, nor ordered, by who may not end sessions, or not those of that realm', async () => {
    const opened = stage();
    await signIn(opened, 'dora', 1);
    const admin = { password: consolePassword, accessGroups: ['read'] };
    await opened.asAdmin('POST /v1/admins', { username: 'reader', ...admin });
    await opened.asAdmin('POST /v1/admins', {
      username: 'planter',
      ...admin,
      accessGroups: ['clusterAdmins'],
      realm: 'default',
    });
    const order = (page: Page, selector: object): Promise<number> =>
      page.evaluate(
        async (body) =>
          (
            await fetch('/v1/revocations', {
              method: 'POST',
              headers: { 'content-type': 'application/json', 'curfew-face': 'console' },
              body,
            })
          ).status,
        JSON.stringify({ selector, reason: 'not mine to end' }),
      );
    const reader = await opened.signIn({ username: 'reader', at: '/sessions?user=dora' });
    await reader.getByRole('row').nth(1).click();
    await reader.keyboard.press('a');
    await reader.keyboard.press('t');
    await reader.keyboard.press('?');
    await reader.getByRole('dialog', { name: 'Help' }).waitFor();
    assert.equal(await cutDialog(reader).count(), 0);
    assert.equal(await order(reader, { username: 'dora' }), 403);
    const planter = await opened.signIn({ username: 'planter', at: '/sessions?user=dora' });
    assert.equal(await order(planter, { realm: 'elsewhere', all: true }), 403);
    assert.equal((await opened.asAdmin('GET /v1/sessions?username=dora&count=exact')).count, 1);
    await openCutDialog(planter);
    await orderByKeys(planter, 'mine to end');
    await cutDialog(planter).getByText('1 session has ended').waitFor();
    const [entry] = (await opened.asAdmin('GET /v1/revocations?limit=1')).revocations;
    assert.deepEqual(entry.selector, { realm: 'default', username: 'dora' });
  });

  it('shows names as they are, whatever they hold', async () => {
    const opened = stage();
    await signIn(opened, evil, 2, { app: evil, provider: { type: 'ldap', name: evil } });
    const page = await opened.signIn({ at: `/sessions?user=${encodeURIComponent(evil)}` });
    await openCutDialog(page);
    const dialog = cutDialog(page);
    await dialog.getByRole('table', { name: 'By user' }).getByText(evil).waitFor();
    await dialog.getByText('All of them').click();
    await dialog.getByRole('table').last().getByText(evil).first().waitFor();
    await dialog.getByLabel('Why').fill(evil);
    await dialog.getByRole('button', { name: 'End 2 sessions' }).click();
    await dialog.getByText('2 sessions have ended').waitFor();
    await dialog.getByRole('link', { name: 'Show it in the ledger' }).click();
    await page
      .getByRole('dialog', { name: /Revocation/ })
      .getByText(evil)
      .first()
      .waitFor();
    assert.equal(await page.locator('img').count(), 0);
    assert.deepEqual([opened.complaints, opened.foreign], [[], []]);
  });
}
