import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import {
  adminPassword,
  type CommandLine,
  commandLine,
  type StartedServer,
  startServerProcess,
} from '../cli/command-line.ts';
import { launchChromium, openContext } from '../support/chromium.ts';
import { type EchoUpstream, startEchoUpstream } from '../support/echo-upstream.ts';
import { freePort } from '../support/ports.ts';
import { skipWithout } from '../support/real-parts.ts';
import { type Example, exampleSettings, startExample } from './example.ts';

const userPassword = 'ann keeps this to herself';
const admin = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;

/** How an administrator ends the sessions of ann, through each of the systems that Curfew speaks for. */
const cuts: Readonly<Record<string, { route: string; headers?: Record<string, string>; body?: unknown }>> = {
  'the native API': {
    route: 'POST /v1/revocations',
    body: { selector: { username: 'ann' }, reason: 'lost laptop' },
  },
  Element: {
    route: 'POST /json-rpc/12.5',
    body: { method: 'DeleteAuthSessionsByUsername', params: { username: 'ann' } },
  },
  Kibana: {
    route: 'POST /api/security/session/_invalidate',
    headers: { 'kbn-xsrf': 'true' },
    body: { match: 'query', query: { provider: { type: 'basic', name: 'basic' }, username: 'ann' } },
  },
  'IBM, over REST': { route: 'DELETE /isam/dsc/admin/replicas/default/sessions/user/ann' },
};

describe('a person with a browser', { skip: skipWithout('nginx', 'chromium') }, () => {
  let line: CommandLine;
  let curfew: StartedServer;
  let upstream: EchoUpstream;
  let proxy: Example;
  let browser: Browser;

  const call = async (route: string, body?: unknown, headers: Record<string, string> = {}) => {
    const [method = '', path = ''] = route.split(' ');
    const response = await fetch(curfew.url + path, {
      method,
      headers: { authorization: admin, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(response.ok, `${route}: ${response.status} ${await response.text()}`);
  };

  before(async () => {
    line = commandLine();
    upstream = await startEchoUpstream();
    const port = await freePort();
    const config = line.file('forward-auth.yaml', await exampleSettings(port));
    curfew = await startServerProcess(join(line.folder, 'data'), ['--config', config]);
    proxy = await startExample(['nginx/start.mjs', '--forward-auth'], port, [
      '--curfew',
      curfew.url,
      '--upstream',
      upstream.url,
    ]);
    await call('POST /v1/users', { username: 'ann', password: userPassword, mustChangePassword: false });
    browser = await launchChromium();
  });

  after(async () => {
    await browser?.close();
    await proxy?.stop();
    await curfew?.stop();
    upstream?.close();
    line?.remove();
  });

  const app = (path: string) => `http://app.curfew.localhost:${proxy.port}${path}`;
  const isAtSignIn = (page: Page) => {
    const { hostname, pathname } = new URL(page.url());
    return hostname === 'sso.curfew.localhost' && pathname === '/sign-in';
  };
  const signIn = async (page: Page) => {
    await page.getByLabel('Username').fill('ann');
    await page.getByLabel('Password').fill(userPassword);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(app('/**'));
  };
  /** What the application received with the page that is shown. */
  const received = async (page: Page) =>
    JSON.parse((await page.locator('body').textContent()) ?? '') as {
      url: string;
      headers: Record<string, string>;
    };

  test('is led to sign in, back to the page, and to sign in again after an end through any system', async () => {
    const context = await openContext(browser);
    const page = await context.newPage();
    await page.goto(app('/report?month=5&x=%26'));
    // Only pages count: a browser asks for more unbidden, such as an icon, and in its own time.
    let pages = 0;
    page.on('response', (response) => {
      if (response.status() === 200 && response.url() === app('/report?month=5&x=%26')) pages++;
    });
    for (const [system, { route, headers, body }] of Object.entries(cuts)) {
      assert.ok(isAtSignIn(page), `${system}: ${page.url()}`);
      await signIn(page);
      assert.equal(page.url(), app('/report?month=5&x=%26'), system);
      const seen = await received(page);
      assert.equal(seen.url, '/report?month=5&x=%26');
      assert.equal(seen.headers['remote-user'], 'ann');
      assert.equal(seen.headers.cookie, undefined, 'the token is for Curfew alone');
      await page.reload();
      assert.equal((await received(page)).headers['remote-user'], 'ann');
      const before = pages;
      await call(route, body, headers);
      await page.reload();
      assert.equal(pages, before, `${system}: nothing came through`);
    }
    assert.ok(isAtSignIn(page));
    await context.close();
  });

  test('who may not see a page is told so, and keeps the session for others', async () => {
    const context = await openContext(browser);
    const page = await context.newPage();
    await page.goto(app('/'));
    await signIn(page);
    const refused = await page.goto(app('/admin'));
    assert.equal(refused?.status(), 403);
    assert.match((await page.locator('body').textContent()) ?? '', /You may not see this page/);
    await page.goto(app('/other'));
    assert.equal((await received(page)).url, '/other');
    await context.close();
  });

  test('a script of the page gets 401 after the end, instead of the sign-in page', async () => {
    const context = await openContext(browser);
    const page = await context.newPage();
    await page.goto(app('/'));
    await signIn(page);
    const fetched = () =>
      page.evaluate('fetch("/data").then(({ status, redirected }) => ({ status, redirected }))');
    assert.deepEqual(await fetched(), { status: 200, redirected: false });
    await call('POST /v1/revocations', { selector: { username: 'ann' }, reason: 'test' });
    assert.deepEqual(await fetched(), { status: 401, redirected: false });
    await context.close();
  });
});
