/**
 * `node scripts/pictures.mjs`: makes the pictures of the console in docs/images. A server with the sample population on a
 * store of its own is looked at in Chromium; `CHROMIUM` names another one than that on the PATH.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot, setUpOrExit } from './set-up.mjs';

const PASSWORD = randomBytes(12).toString('base64url');
const DESKTOP = { viewport: { width: 1360, height: 850 } };
const PHONE = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

/** The sessions of one identity provider. */
const CUT = '/sessions?realm=sample&providerType=saml&provider=workforce';

/**
 * What is shown: the name of the picture, its view below /console, how it is looked at, and what is done there first.
 * @type {{ name: string, at: string, look: object, act?: (page: import('playwright-core').Page) => Promise<void> }[]}
 */
const PICTURES = [
  { name: 'console-now-light', at: '/', look: { ...DESKTOP, colorScheme: 'light' } },
  { name: 'console-now-dark', at: '/', look: { ...DESKTOP, colorScheme: 'dark' } },
  { name: 'console-sessions-light', at: '/sessions', look: { ...DESKTOP, colorScheme: 'light' } },
  { name: 'console-sessions-dark', at: '/sessions', look: { ...DESKTOP, colorScheme: 'dark' } },
  { name: 'console-cut-light', at: CUT, look: { ...DESKTOP, colorScheme: 'light' }, act: openCut },
  { name: 'console-cut-dark', at: CUT, look: { ...DESKTOP, colorScheme: 'dark' }, act: openCut },
  { name: 'console-ledger-light', at: '/ledger', look: { ...DESKTOP, colorScheme: 'light' } },
  { name: 'console-phone-now-dark', at: '/', look: { ...PHONE, colorScheme: 'dark' } },
  { name: 'console-phone-sessions-light', at: '/sessions', look: { ...PHONE, colorScheme: 'light' } },
];

/** @param {import('playwright-core').Page} page */
async function openCut(page) {
  await page.getByRole('button', { name: /^End these/ }).click();
  await page.getByRole('dialog').waitFor();
}

await setUpOrExit();
const { chromium } = await import('playwright-core');
const folder = mkdtempSync(join(tmpdir(), 'curfew-pictures-'));
const server = spawn(
  process.execPath,
  [join(projectRoot, 'dist/src/main.js'), '--data', join(folder, 'data'), '--port', '0'],
  { env: { ...process.env, CURFEW_ADMIN_PASSWORD: PASSWORD }, stdio: ['ignore', 'pipe', 'inherit'] },
);
try {
  const url = await addressOf(server);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  await loadSamples(url);
  for (const { name, at, look, act } of PICTURES) {
    const context = await browser.newContext({ ...look, locale: 'en-GB', timezoneId: 'Europe/Berlin' });
    const page = await context.newPage();
    await page.goto(`${url}/console${at}`);
    await page.getByLabel('Username').fill('admin');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('navigation').first().waitFor();
    // The stream of events never rests.
    await page.waitForLoadState('networkidle', { timeout: 4000 }).catch(() => {});
    await act?.(page);
    // Whatever still moves comes to rest.
    await page.waitForTimeout(1500);
    await page.screenshot({ path: join(projectRoot, 'docs/images', `${name}.png`) });
    console.log(name);
    await context.close();
  }
  await browser.close();
} finally {
  server.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<string>} the address that the server says it listens on
 */
function addressOf(child) {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += chunk;
      const found = /listening on (http:\S+)/.exec(output);
      if (found?.[1] !== undefined) resolve(found[1]);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${output}`)));
  });
}

/** @param {string} url */
async function loadSamples(url) {
  const authorization = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
  const answer = await fetch(`${url}/v1/samples`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: '{}',
  });
  if (!answer.ok) throw new Error(`the sample population was not loaded: ${await answer.text()}`);
}
