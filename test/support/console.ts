import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, type TestContext } from 'node:test';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { readConfig } from '../../src/config.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { createLog } from '../../src/core/log.ts';
import { type RunningServer, startServer } from '../../src/server.ts';
import { AfterAll } from './after-all.ts';
import { launchChromium, openContext } from './chromium.ts';
import { aPassword } from './opened-access.ts';
import { freePort } from './ports.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

/** Names and passwords of the administrators that a test may sign in as; `admin` is always there. */
export const consolePassword = aPassword;

/** A server with its console, and Chromium at it. */
export interface ConsoleTest {
  readonly server: RunningServer;
  readonly url: string;
  readonly browser: Browser;
  /** A page of a browser of its own, not signed in. */
  newPage(options?: BrowserContextOptions): Promise<Page>;
  /** A page of a browser of its own, signed in and at a view, such as `/sessions`. */
  signIn(options?: SignInOptions): Promise<Page>;
  /** Asks the API as the administrator of all rights. Throws unless it succeeds. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers without telling their types first.
  asAdmin(route: string, body?: unknown): Promise<any>;
  /** What browsers complained of, such as what the policy has stopped; to be empty at the end. */
  readonly complaints: string[];
  /** What browsers asked of places other than this server; to be empty at the end. */
  readonly foreign: string[];
}

export interface SignInOptions extends BrowserContextOptions {
  readonly username?: string;
  readonly password?: string;
  /** The view, below `/console`. */
  readonly at?: string;
}

export interface ConsoleOptions {
  /** Flags of the server, such as `{ 'sign-in-public-url': 'https://sso.example.org' }`. */
  readonly flags?: Readonly<Record<string, string>>;
  /** A clock that the test moves; that of the machine without it. */
  readonly clock?: Clock;
  /** Puts sessions or other things there before the browser starts. */
  readonly population?: (server: RunningServer) => Promise<void>;
}

/** Starts a server on a store of its own, and Chromium. Both end with the test, or with the suite whose context is given. */
export async function startConsole(
  t: Pick<TestContext, 'after'>,
  { flags = {}, clock = systemClock(), population }: ConsoleOptions = {},
): Promise<ConsoleTest> {
  const folder = makeTemporaryDirectory();
  const closing: (() => Promise<unknown>)[] = [async () => folder.remove()];
  t.after(async () => {
    for (const close of closing.reverse()) await close();
  });
  const config = readConfig(
    {
      data: join(folder.path, 'data'),
      port: String(await freePort()),
      'tls-port': String(await freePort()),
      drain: '200ms',
      'sign-in-attempts-per-minute': '1000',
      ...flags,
    },
    { CURFEW_ADMIN_PASSWORD: aPassword },
  );
  const log = createLog('silent');
  const server = await startServer(config, { log, clock });
  closing.push(() => server.close());
  await population?.(server);
  const browser = await launchChromium();
  closing.push(() => browser.close());
  const url = `http://127.0.0.1:${server.httpPort}`;
  const complaints: string[] = [];
  const foreign: string[] = [];

  const newPage = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await openContext(browser, options);
    watch(context, { url, complaints, foreign });
    return context.newPage();
  };
  return {
    server,
    url,
    browser,
    newPage,
    async signIn({ username = 'admin', password = aPassword, at = '/', ...options } = {}) {
      const page = await newPage(options);
      await page.goto(`${url}/console${at}`);
      await fillSignIn(page, username, password);
      return page;
    },
    async asAdmin(route, body) {
      const [method = 'GET', path = '/'] = route.split(' ');
      const answer = await fetch(url + path, {
        method,
        headers: {
          authorization: `Basic ${Buffer.from(`admin:${aPassword}`).toString('base64')}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${route}: ${answer.status} ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    },
    complaints,
    foreign,
  };
}

/** What a console is to be started with, such as on which store; what that starts ends with what is given. */
export type ConsoleOptionsOf = (t: Pick<TestContext, 'after'>) => ConsoleOptions | Promise<ConsoleOptions>;

/**
 * One server with its console, and Chromium, for all tests of a group: started before the first, ended after the last. To
 * be called in the body of `describe`.
 * @param prepare puts there what all of the tests start from
 * @returns what gives it to a test
 */
export function consoleForAll(
  options: ConsoleOptionsOf = () => ({}),
  prepare: (started: ConsoleTest) => Promise<void> = async () => {},
): () => ConsoleTest {
  let started: ConsoleTest;
  const ends = new AfterAll();
  before(async () => {
    started = await startConsole(ends, await options(ends));
    await prepare(started);
  });
  after(() => ends.run());
  return () => started;
}

/**
 * Waits until a question about a page is answered by yes. `page.waitForFunction` is of no use here: what it tries again
 * counts as the page's own code, and the policy of the console forbids `eval` there.
 * @throws Error that holds `what`, when it is not so within 20 seconds
 */
export async function untilTrue(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + 20_000;
  while (!(await isSo())) {
    if (performance.now() > until) throw new Error(`in vain waited until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Presses "Try now" of a banner, so that this and no try by itself is what finds the server there again: from before that
 * until the press the page's clock stands still. The page needs a clock of its own (`page.clock.install()`).
 * @param makeGood makes the next try succeed
 */
export async function tryNow(page: Page, banner: Locator, makeGood: () => Promise<unknown>): Promise<void> {
  await page.clock.pauseAt(Date.now() + 1000);
  await banner.filter({ hasText: /Trying again in \d+ s\./ }).waitFor();
  await makeGood();
  await banner.getByRole('button', { name: 'Try now' }).click();
  await page.clock.resume();
}

/** Signs in on the page for it, and waits until the console is there. */
export async function fillSignIn(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Views' }).waitFor();
}

function watch(
  context: BrowserContext,
  { url, complaints, foreign }: Pick<ConsoleTest, 'url' | 'complaints' | 'foreign'>,
): void {
  context.on('request', (request) => {
    const target = request.url();
    if (!target.startsWith(`${url}/`) && !/^(data|blob|about):/.test(target)) foreign.push(target);
  });
  context.on('page', (page) => {
    page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.stack ?? error.message}`));
    page.on('console', (message) => {
      // An answer of another status than 200 is noted by the browser too, and a stopped server is meant to be missed.
      const isExpected = /the server responded with a status of|net::ERR_/.test(message.text());
      if (message.type() === 'error' && !isExpected) complaints.push(`${page.url()}: ${message.text()}`);
    });
  });
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The rules of WCAG 2.2 AA and axe-core's own. */
const axeRules = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };

/**
 * What axe-core finds wrong with a page as it stands, one line each. The rules are run in a world of their own, which the
 * policy of the page does not bind.
 */
export async function violationsOf(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  try {
    const { frameTree } = await session.send('Page.getFrameTree');
    const { executionContextId } = await session.send('Page.createIsolatedWorld', {
      frameId: frameTree.frame.id,
    });
    await session.send('Runtime.evaluate', { expression: axeSource, contextId: executionContextId });
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      contextId: executionContextId,
      awaitPromise: true,
      returnByValue: true,
      expression: `axe.run(document, ${JSON.stringify(axeRules)}).then(({ violations }) =>
        violations.flatMap(({ id, help, nodes }) =>
          nodes.map((node) => id + ': ' + help + ': ' + node.target + ' ' + node.html.slice(0, 160) + ' ' + (node.failureSummary ?? ''))))`,
    });
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? 'axe failed');
    return result.value as string[];
  } finally {
    await session.detach();
  }
}

/** Whether nothing of a page reaches beyond its right edge, so that it need not be scrolled sideways. */
export function fitsWidth(page: Page): Promise<boolean> {
  return page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth');
}
