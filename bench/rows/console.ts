import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium } from '../../test/support/chromium.ts';
import { skipWithout } from '../../test/support/real-parts.ts';
import { adminPassword, serverOnCopy } from '../curfew-on-copy.ts';
import { type Measurement, measured, median, withinLimit } from '../measurement.ts';
import type { Row } from '../row.ts';

const usableMs = 1000;
/** What the first load may take, compressed, in kB of 1,000 bytes. */
const loadKilobytes = 120;
const window = { viewport: { width: 1440, height: 900 } };

/** What one load of the page showed: milliseconds from the navigation on, and kilobytes until the rows were there. */
interface Load {
  readonly rows: number;
  readonly count: number;
  readonly histograms: number;
  readonly kilobytes: number;
}

/** The console from the address to the first rows, in a real browser that is signed in. */
export const consoleLoad: Row = {
  name: 'console',
  title: 'The console: from the address to the rows of the page Sessions, over 1,000,000 sessions',
  isLoad: true,
  async run(context) {
    const skip = skipWithout('chromium');
    if (skip !== false) throw new Error(skip);
    const curfew = await serverOnCopy(context, 'data');
    const browser = await launchChromium();
    try {
      const url = `http://127.0.0.1:${curfew.port}/console`;
      const signedIn = await signIn(await browser.newContext(window), url);
      const cold: Load[] = [];
      const warm: Load[] = [];
      const rounds = context.isQuick ? 3 : 11;
      for (let round = 0; round <= rounds; round++) {
        // A window of its own has a cache of its own, in which nothing is yet.
        const fresh = await browser.newContext({ ...window, storageState: signedIn });
        const first = await load(fresh, url);
        const again = await load(fresh, url);
        await fresh.close();
        // The first round warms the server up.
        if (round === 0) continue;
        cold.push(first);
        warm.push(again);
      }
      return told(cold, warm, context.size);
    } finally {
      await browser.close();
      await curfew.stop();
    }
  },
};

function told(cold: readonly Load[], warm: readonly Load[], size: number): Measurement[] {
  const of = (loads: readonly Load[], name: keyof Load): number => median(loads.map((one) => one[name]));
  const all = (loads: readonly Load[]): string => loads.map(({ rows }) => Math.round(rows)).join(', ');
  const sessions = `${size.toLocaleString('en')} sessions`;
  const rowsOf = (name: string, loads: readonly Load[]): Measurement =>
    withinLimit(
      `the first rows of ${sessions}, ${name}`,
      { value: of(loads, 'rows'), unit: 'ms' },
      usableMs,
      {
        note: `median of ${loads.length} loads (${all(loads)} ms) from the start of the navigation to the painting after which they are seen; Chromium, signed in already, on loopback, browser and server on a core each`,
      },
    );
  const informed = (what: string, name: 'count' | 'histograms'): Measurement =>
    measured({
      what,
      ours: { value: of(cold, name), unit: 'ms' },
      against: { name: 'the rows', value: of(cold, 'rows') },
    });
  return [
    rowsOf('nothing kept by the browser', cold),
    rowsOf('all files kept by the browser', warm),
    informed('the same until the exact count stands above them', 'count'),
    informed('the same until both histograms are drawn', 'histograms'),
    withinLimit(
      'the files of the page that are fetched until then, compressed',
      { value: of(cold, 'kilobytes'), unit: 'kB' },
      loadKilobytes,
    ),
  ];
}

type Kept = NonNullable<BrowserContextOptions['storageState']>;

/** Signs in on the page for it; gives the cookies. */
async function signIn(context: BrowserContext, url: string): Promise<Kept> {
  const page = await context.newPage();
  await page.goto(`${url}/sessions`);
  await page.getByLabel('Username').fill('admin');
  await page.getByLabel('Password', { exact: true }).fill(adminPassword);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Views' }).waitFor();
  const state = await context.storageState();
  await context.close();
  return state;
}

/** What is waited for, each told by a selector of the page. */
const seen = {
  rows: '.table-body [data-index="0"]',
  count: '.sessions-total',
  histograms: '.brush:last-child .brush-bar',
};

/** Run in the page before anything else: notes when each part is painted, on the clock that begins with the navigation. */
const watch = `
  const seen = ${JSON.stringify(seen)};
  globalThis.paintedAt = {};
  const look = () => {
    for (const [name, selector] of Object.entries(seen)) {
      const found = document.querySelector(selector);
      if (name in paintedAt || found === null || (name === 'count' && !/\\d/.test(found.textContent))) continue;
      paintedAt[name] = undefined;
      // The first frame draws what is there now, and by the next one it has been painted.
      requestAnimationFrame(() => requestAnimationFrame((at) => { paintedAt[name] = at; }));
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
`;

async function load(context: BrowserContext, url: string): Promise<Load> {
  const page = await context.newPage();
  await page.addInitScript(watch);
  let bytes = 0;
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  const files = new Set<string>();
  session.on('Network.responseReceived', ({ requestId, response }) => {
    if (new URL(response.url).pathname.startsWith('/console')) files.add(requestId);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (files.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto(`${url}/sessions`, { waitUntil: 'commit' });
  await until(page, 'paintedAt.rows > 0');
  const kilobytes = bytes / 1000;
  await until(page, 'paintedAt.count > 0 && paintedAt.histograms > 0');
  const painted = await page.evaluate<Omit<Load, 'kilobytes'>>('paintedAt');
  await page.close();
  return { ...painted, kilobytes };
}

/** Waits until something holds in the page; asked from outside, for the page's own policy lets nothing be evaluated in it. */
async function until(page: Page, what: string): Promise<void> {
  const latest = performance.now() + 60_000;
  while (!(await page.evaluate<boolean>(`globalThis.paintedAt !== undefined && ${what}`))) {
    if (performance.now() > latest) throw new Error(`the page did not come to ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
