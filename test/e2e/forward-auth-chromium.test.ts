import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { AfterAll } from '../support/after-all.ts';
import { launchChromium, openContext } from '../support/chromium.ts';
import { skipWithout } from '../support/real-parts.ts';
import {
  addLocalUser,
  type ProtectedApplication,
  received,
  startProtectedApplication,
} from './protected-application.ts';

const userPassword = 'ann keeps this to herself';

describe('a person with a browser', { skip: skipWithout('nginx', 'chromium') }, () => {
  const ends = new AfterAll();
  let application: ProtectedApplication;
  let browser: Browser;

  before(async () => {
    application = await startProtectedApplication(ends);
    await addLocalUser(application, 'ann', userPassword);
    browser = await launchChromium();
    ends.after(() => browser.close());
  });

  after(() => ends.run());

  const signIn = async (page: Page) => {
    await page.getByLabel('Username').fill('ann');
    await page.getByLabel('Password').fill(userPassword);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(application.app('/**'));
  };

  test('who may not see a page is told so, and keeps the session for others', async () => {
    const context = await openContext(browser);
    const page = await context.newPage();
    await page.goto(application.app('/'));
    await signIn(page);
    const refused = await page.goto(application.app('/admin'));
    assert.equal(refused?.status(), 403);
    assert.match((await page.locator('body').textContent()) ?? '', /You may not see this page/);
    await page.goto(application.app('/other'));
    assert.equal((await received(page)).url, '/other');
    await context.close();
  });

  test('a script of the page gets 401 after the end, instead of the sign-in page', async () => {
    const context = await openContext(browser);
    const page = await context.newPage();
    await page.goto(application.app('/'));
    await signIn(page);
    const fetched = () =>
      page.evaluate('fetch("/data").then(({ status, redirected }) => ({ status, redirected }))');
    assert.deepEqual(await fetched(), { status: 200, redirected: false });
    await application.call('POST /v1/revocations', { selector: { username: 'ann' }, reason: 'test' });
    assert.deepEqual(await fetched(), { status: 401, redirected: false });
    await context.close();
  });
});
