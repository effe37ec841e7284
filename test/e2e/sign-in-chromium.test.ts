import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import {
  type CommandLine,
  commandLine,
  type StartedServer,
  startServerProcess,
} from '../cli/command-line.ts';
import { launchChromium, openContext } from '../support/chromium.ts';
import { skipWithout } from '../support/real-parts.ts';

const userPassword = 'ann keeps this to herself';
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What a person sees: plain pages that are the same with scripts switched off. */
const screens = {
  'a desktop in light': { viewport: { width: 1100, height: 760 }, colorScheme: 'light' },
  'a phone in dark, without scripts': {
    viewport: { width: 360, height: 740 },
    colorScheme: 'dark',
    javaScriptEnabled: false,
    hasTouch: true,
  },
} as const;

describe('the pages of the sign-in in Chromium', { skip: skipWithout('chromium') }, () => {
  let line: CommandLine;
  let server: StartedServer;
  let browser: Browser;
  const complaints: string[] = [];

  before(async () => {
    line = commandLine();
    server = await startServerProcess(join(line.folder, 'data'), ['--sign-in-attempts-per-minute', '1000']);
    for (const name of ['ann', 'bob']) {
      const file = line.file(`${name}.txt`, `${userPassword}\n`);
      const made = await line.run(['users', 'add', name, '--new-password-file', file, '--keep'], {
        env: server.env,
      });
      assert.equal(made.code, 0, made.stderr);
    }
    browser = await launchChromium();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    line?.remove();
  });

  async function newPage(
    options: Parameters<Browser['newContext']>[0] = {},
  ): Promise<[BrowserContext, Page]> {
    const context = await openContext(browser, options);
    const page = await context.newPage();
    page.on('console', (message) => {
      // A page that answers with another status than 200 is noted by the browser too.
      const isStatus = /the server responded with a status of/.test(message.text());
      if (message.type() === 'error' && !isStatus) complaints.push(`${page.url()}: ${message.text()}`);
    });
    return [context, page];
  }

  for (const [screen, options] of Object.entries(screens)) {
    test(`on ${screen}: a wrong password, the right one, one's own sessions, ending another, signing out`, async () => {
      const [otherContext, other] = await newPage();
      await other.goto(`${server.url}/sign-in`);
      await signIn(other, userPassword);
      await other.waitForURL('**/me');

      const [context, page] = await newPage(options);
      await page.goto(`${server.url}/me`);
      assert.match(page.url(), /\/sign-in\?return=%2Fme$/);
      await signIn(page, 'not the password');
      assert.equal(await page.getByRole('alert').innerText(), 'The username or the password is not right.');
      assert.equal(await page.getByLabel('Username').inputValue(), 'ann');
      assert.equal(await page.getByLabel('Password').getAttribute('aria-invalid'), 'true');
      assert.equal(await isNarrow(page), true);
      // The keyboard is at the password already, as soon as a slow browser has put it there.
      await page.locator('input[name=password]:focus').waitFor();
      await page.keyboard.type(userPassword);
      await page.keyboard.press('Enter');
      await page.waitForURL('**/me');

      assert.equal(await page.getByText('this browser').count(), 1);
      assert.equal(await page.getByRole('listitem').count(), 2);
      assert.match(await page.getByRole('listitem').first().innerText(), /Chrome \d+ on \w+ this browser/);
      assert.equal(await isNarrow(page), true);
      await page.getByRole('button', { name: /^End the session: Chrome/ }).click();
      await page.waitForURL('**/me?done=ended');
      assert.equal(await page.getByRole('status').innerText(), 'The session has ended.');
      await other.reload();
      assert.match(other.url(), /\/sign-in/, 'the other browser is signed out');

      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL(/\/sign-out\b/);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
      const cookies = await context.cookies();
      assert.equal(
        cookies.some(({ name }) => name === 'curfew_session'),
        false,
      );
      await page.goto(`${server.url}/me`);
      assert.match(page.url(), /\/sign-in/);
      await context.close();
      await otherContext.close();
    });
  }

  test('every page passes the rules of accessibility, in light and in dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      // The rules are put into the page past its policy, which forbids every script.
      const [context, page] = await newPage({ colorScheme, bypassCSP: true });
      const violations: string[] = [];
      const look = async (): Promise<void> => {
        await page.addScriptTag({ content: axeSource });
        const found = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as {
            axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
          };
          return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        });
        violations.push(...found.map((one) => `${new URL(page.url()).pathname}: ${one}`));
      };
      await page.goto(`${server.url}/sign-in`);
      await look();
      await signIn(page, 'not the password', 'bob');
      await page.getByRole('alert').waitFor();
      await look();
      await signIn(page, userPassword, 'bob');
      await page.waitForURL('**/me');
      await look();
      for (const path of ['/me/factor', '/sign-out', '/sign-in', '/me/none']) {
        await page.goto(server.url + path);
        await look();
      }
      await context.close();
      assert.deepEqual(violations, []);
    }
  });

  test('with the keyboard alone a person gets from the address to the own sessions', async () => {
    const [context, page] = await newPage();
    await page.goto(`${server.url}/sign-in`);
    // Keys go where the focus is, which a slow browser sets after the page is loaded.
    await page.locator('input[name=username]:focus').waitFor();
    await page.keyboard.type('ann');
    await page.keyboard.press('Tab');
    await page.keyboard.type(userPassword);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/me');
    await context.close();
  });

  test('the browser had nothing to complain about, such as a policy that its own page breaks', () => {
    assert.deepEqual(complaints, []);
  });
});

async function signIn(page: Page, password: string, username = 'ann'): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Whether the page fits the screen, so that nobody has to scroll sideways. */
async function isNarrow(page: Page): Promise<boolean> {
  const width = page.viewportSize()?.width ?? 0;
  const box = await page.locator('main').boundingBox();
  return box !== null && box.x >= 0 && box.x + box.width <= width;
}
