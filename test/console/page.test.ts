import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import {
  consolePassword,
  fillSignIn,
  fitsWidth,
  startConsole,
  untilTrue,
  violationsOf,
} from '../support/console.ts';
import { freePort } from '../support/ports.ts';
import { skipWithout } from '../support/real-parts.ts';

const skip = skipWithout('chromium');
const phone = { viewport: { width: 360, height: 740 }, hasTouch: true } as const;

test('the page around the views', { skip }, async (t) => {
  const c = await startConsole(t);
  const { url } = c;

  await t.test(
    'passes the rules of accessibility, in light and in dark, on a desktop and on a phone',
    async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const screen of [{ viewport: { width: 1280, height: 800 } }, phone]) {
          const name = `${colorScheme}, ${screen.viewport.width} px`;
          const page = await c.newPage({ ...screen, colorScheme });
          await page.goto(`${url}/console/own`);
          await page.getByLabel('Username').waitFor();
          assert.deepEqual(await violationsOf(page), [], `signing in, ${name}`);
          assert.equal(await fitsWidth(page), true, `signing in, ${name}`);
          await page.getByRole('button', { name: 'Sign in', exact: true }).click();
          await page.getByText('Enter a username and a password.').waitFor();
          assert.deepEqual(await violationsOf(page), [], `signing in, with an error, ${name}`);
          await fillSignIn(page, 'admin', consolePassword);
          await page.getByText('this browser', { exact: true }).waitFor();
          assert.deepEqual(await violationsOf(page), [], `own sessions, ${name}`);
          assert.equal(await fitsWidth(page), true, `own sessions, ${name}`);
          await page.getByRole('button', { name: 'Colours' }).click();
          await page.getByRole('menu').waitFor();
          assert.deepEqual(await violationsOf(page), [], `a menu, ${name}`);
          await page.keyboard.press('Escape');
          await page.getByRole('button', { name: 'Help and keys' }).click();
          await page.getByRole('dialog', { name: 'Help' }).waitFor();
          assert.deepEqual(await violationsOf(page), [], `help, ${name}`);
          assert.equal(await fitsWidth(page), true, `help, ${name}`);
          await page.context().close();
        }
      }
    },
  );

  await t.test('is gone through with the keyboard: to a view, to help and back', async () => {
    const page = await c.signIn({ at: '/own' });
    await page.getByText('this browser', { exact: true }).waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await focusedText(page), 'Skip to the content');
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await page.waitForURL('**/console/ledger');
    assert.equal(await page.title(), 'Ledger · Curfew');
    assert.equal(await page.evaluate('document.activeElement?.id'), 'main');
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Help' });
    await help.waitFor();
    assert.match(await help.innerText(), /Go to Sessions/);
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    assert.equal(
      new URL(page.url()).pathname,
      '/console/ledger',
      'while a dialog is open its keys alone work',
    );
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'detached' });
    assert.equal(await page.evaluate('document.activeElement?.id'), 'main');
    await page.goBack();
    await page.waitForURL('**/console/own');
    await page.context().close();
  });

  await t.test('lets single keys be switched off, for good', async () => {
    const page = await c.signIn({ at: '/own' });
    await page.getByRole('button', { name: 'Help and keys' }).click();
    await page.getByLabel('Keys without Ctrl or Alt').uncheck();
    await page.keyboard.press('Escape');
    await page.reload();
    await page.getByText('this browser', { exact: true }).waitFor();
    await page.keyboard.press('?');
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    assert.equal(await page.getByRole('dialog').count(), 0);
    assert.equal(new URL(page.url()).pathname, '/console/own');
    await page.context().close();
  });

  await t.test('keeps the colours that were chosen, from the first moment on', async () => {
    const page = await c.signIn({ at: '/own', colorScheme: 'light' });
    const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const light = await ground();
    await page.getByRole('button', { name: 'Colours' }).press('Enter');
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    assert.equal(await page.getByRole('menu').count(), 0);
    const dark = await ground();
    assert.notEqual(dark, light);
    assert.match(await (await page.request.get(`${url}/console/`)).text(), /<html data-theme="dark"/);
    await page.reload();
    await page.getByText('this browser', { exact: true }).waitFor();
    assert.equal(await ground(), dark);
    await page.context().close();
  });

  await t.test('comes with little, from here alone, and once', async () => {
    const page = await c.newPage();
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    let bytes = 0;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await page.goto(`${url}/console/`);
    await page.getByLabel('Username').waitFor();
    await fillSignIn(page, 'admin', consolePassword);
    await page.locator('main h1').waitFor();
    await page.waitForLoadState('load');
    t.diagnostic(`the first load takes ${Math.round(bytes / 1000)} kB`);
    assert.ok(bytes > 20_000, 'what is measured is the console');
    assert.ok(bytes < 120_000, `the first load takes ${bytes} bytes`);
    const assets = () =>
      page.evaluate<[name: string, bytes: number][]>(
        'performance.getEntriesByType("resource").filter(({ name }) => name.includes("/assets/")).map(({ name, transferSize }) => [name, transferSize])',
      );
    // What a view asks for later may still be on its way, and comes with the next page.
    const known = new Set((await assets()).map(([name]) => name));
    await page.reload();
    await page.locator('main h1').waitFor();
    const again = (await assets()).filter(([name]) => known.has(name));
    assert.ok(again.length > 0);
    assert.deepEqual(
      again.filter(([, transferred]) => transferred > 0),
      [],
      'what bears its digest is not fetched again',
    );
    await page.context().close();
  });

  await t.test('tells of views that are not there, and stays usable', async () => {
    const page = await c.signIn({ at: '/nothing/here' });
    await page.getByText('There is no such view').waitFor();
    assert.deepEqual(await violationsOf(page), []);
    await page.getByRole('link', { name: 'Ledger' }).click();
    await page.waitForURL('**/console/ledger');
    await page.context().close();
  });

  assert.deepEqual(c.complaints, []);
  assert.deepEqual(c.foreign, []);
});

test('a page of another port', { skip }, async (t) => {
  const c = await startConsole(t);
  const evil = await startEvilPage(t, c.url);
  const page = await c.signIn({ at: '/own' });
  const other = await page.context().newPage();
  await c.asAdmin('POST /v1/sessions', { username: 'target', provider: { type: 'basic', name: 'main' } });

  await t.test('can neither read nor change anything by the cookie', async () => {
    const statuses = await statusesOf(other, c.url);
    await other.goto(evil);
    await other.evaluate(
      `Promise.all([
        ['GET', '/v1/sessions'],
        ['GET', '/v1/me'],
        ['POST', '/v1/revocations', JSON.stringify({ selector: { all: true }, reason: 'forged' })],
        ['POST', '/console/session/adopt'],
      ].map(([method, path, body]) =>
        fetch('${c.url}' + path, { method, body, credentials: 'include', mode: 'no-cors' }).catch(() => {})))`,
    );
    // What the browser tells of its network may come a moment after what it tells the page.
    await untilTrue('the browser has told of all four', async () => statuses().size >= 4);
    assert.equal(statuses().get('GET /v1/sessions'), 403);
    assert.equal(statuses().get('GET /v1/me'), 403);
    assert.equal(statuses().get('POST /v1/revocations'), 403);
    assert.equal(statuses().get('POST /console/session/adopt'), 403);
    const read = await other.evaluate(
      `fetch('${c.url}/v1/sessions', { credentials: 'include', headers: { 'curfew-face': 'console' } }).then(() => 'read', () => 'stopped')`,
    );
    assert.equal(read, 'stopped');
    const deleted = await other.evaluate(
      `fetch('${c.url}/console/session', { method: 'DELETE', credentials: 'include' }).then(() => 'sent', () => 'stopped')`,
    );
    assert.equal(deleted, 'stopped');
  });

  await t.test('can send no form, and lead nobody to change anything', async () => {
    for (const [action, fields] of [
      ['/console/session', { username: 'admin', password: consolePassword }],
      ['/v1/revocations', { selector: '{"all":true}', reason: 'forged' }],
    ] as const) {
      await other.goto(evil);
      const answered = other.waitForNavigation();
      await other.evaluate(`(() => {
        const form = Object.assign(document.createElement('form'), { method: 'post', action: ${JSON.stringify(c.url + action)} });
        for (const [name, value] of Object.entries(${JSON.stringify(fields)}))
          form.append(Object.assign(document.createElement('input'), { name, value }));
        document.body.append(form);
        form.submit();
      })()`);
      assert.equal((await answered)?.status(), 403, action);
    }
    assert.equal((await c.asAdmin('GET /v1/sessions?username=target')).sessions.length, 1);
    assert.equal((await c.asAdmin('GET /v1/ledger')).head, 0);
  });

  await t.test('can show the console in no frame', async () => {
    await other.goto(evil);
    await other.evaluate(`new Promise((resolve) => {
      const frame = Object.assign(document.createElement('iframe'), { src: '${c.url}/console/own', onload: resolve });
      document.body.append(frame);
    })`);
    const framed = () => other.frames().find((one) => one !== other.mainFrame());
    await untilTrue('the frame shows an error of the browser', async () =>
      /^chrome-error:/.test(framed()?.url() ?? ''),
    );
    const frame = framed();
    assert.equal(await frame?.locator('#root').count(), 0);
  });

  await t.test('has not signed anybody out', async () => {
    await page.reload();
    await page.getByText('this browser', { exact: true }).waitFor();
  });
});

test('where scripts and styles of others are put into the page, the browser stops them', {
  skip,
}, async (t) => {
  const c = await startConsole(t);
  const page = await c.signIn({ at: '/own' });
  await page.getByText('this browser', { exact: true }).waitFor();
  await page.evaluate(`(() => {
    const found = (window.stopped = []);
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => found.push(effectiveDirective));
    const add = (name, more) => {
      try {
        document.body.append(Object.assign(document.createElement(name), more));
      } catch {
        found.push('refused-' + name);
      }
    };
    add('script', { textContent: 'window.ran = true' });
    add('style', { textContent: 'body { display: none }' });
    add('img', { src: 'https://evil.example/x.png' });
    add('iframe', { src: 'https://evil.example/' });
    fetch('https://evil.example/').catch(() => {});
    try { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.ran = true">'); } catch { found.push('refused-html'); }
  })()`);
  // Some of it is stopped by another process than that of the page, which tells the page afterwards.
  for (const directive of ['style-src-elem', 'img-src', 'frame-src', 'connect-src', 'refused-html']) {
    await untilTrue(`${directive} is among what was stopped`, () =>
      page.evaluate<boolean>(`window.stopped.includes('${directive}')`),
    );
  }
  assert.equal(await page.evaluate('String(window.ran)'), 'undefined');
});

/** The status of every answer of a server that a page gets, also of those that the browser keeps from the page. */
async function statusesOf(page: Page, url: string): Promise<() => ReadonlyMap<string, number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const routes = new Map<string, string>();
  const statuses = new Map<string, number>();
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (request.url.startsWith(url))
      routes.set(requestId, `${request.method} ${request.url.slice(url.length)}`);
  });
  session.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) => {
    statuses.set(requestId, statusCode);
  });
  // The browser tells of a request and of its answer by two ways, and of either first.
  return () =>
    new Map(
      [...routes].flatMap(([id, route]) => {
        const status = statuses.get(id);
        return status === undefined ? [] : [[route, status] as const];
      }),
    );
}

function focusedText(page: Page): Promise<unknown> {
  return page.evaluate('document.activeElement?.textContent');
}

/** A page of another port of this host; for the browser it is the same site, and the cookie is sent along. */
async function startEvilPage(t: TestContext, target: string): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<!doctype html><title>evil</title><body>near ${target}</body>`);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${port}/`;
}

test('on a phone every view and every part of the administration is seen whole, without a bar to scroll by', {
  skip,
}, async (t) => {
  const c = await startConsole(t);
  const page = await c.signIn({ at: '/administration/policy', ...phone });
  await page.getByRole('heading', { name: 'Policy' }).first().waitFor();
  for (const [name, at] of [
    ['Views', '.views'],
    ['Parts of the administration', '.tabs'],
  ] as const) {
    const bar = page.getByRole('navigation', { name });
    const hidden = `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('${at}'))`;
    assert.equal(await page.evaluate(hidden), 0, name);
    const links = await bar.getByRole('link').all();
    assert.ok(links.length >= 4, name);
    for (const link of links) {
      const box = await link.boundingBox();
      assert.ok(box && box.x >= 0 && box.x + box.width <= 360, String(await link.textContent()));
    }
  }
  assert.equal(await fitsWidth(page), true);
});
