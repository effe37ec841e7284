import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  consolePassword,
  fillSignIn,
  startConsole,
  tryNow,
  untilTrue,
  violationsOf,
} from '../support/console.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { realPart } from '../support/real-parts.ts';

const { skip } = realPart('chromium');

async function openStreams(url: string): Promise<string | undefined> {
  return /^curfew_event_streams (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1];
}

/** Waits until the server has so many streams open. */
const untilStreams = (url: string, count: number): Promise<void> =>
  untilTrue(`there are ${count} streams`, async () => (await openStreams(url)) === String(count));

test('A page whose network fails says so, and is told afterwards what it has missed', { skip }, async (t) => {
  const opened = await startConsole(t);
  const network = await startFaultProxy(opened.server.httpPort);
  t.after(() => network.close());
  const cut = (reason: string) =>
    opened.asAdmin('POST /v1/revocations', { selector: { username: 'ann' }, reason });
  await cut('before');
  const page = await opened.newPage();
  await page.clock.install();
  await page.goto(`http://127.0.0.1:${network.port}/console/ledger`);
  await fillSignIn(page, 'admin', consolePassword);
  const row = (text: string) => page.getByRole('row').filter({ hasText: text });
  await row('before').waitFor();
  await cut('while it is there');
  await row('while it is there').waitFor();
  network.refuse();
  const banner = page.getByRole('status').filter({ hasText: 'Connection lost.' });
  await banner.waitFor();
  for (const n of [1, 2, 3]) await cut(`missed ${n}`);
  await tryNow(page, banner, async () => network.accept());
  for (const n of [1, 2, 3]) await row(`missed ${n}`).waitFor();
  await banner.waitFor({ state: 'detached' });
  assert.deepEqual(
    (await page.getByRole('row').allInnerTexts()).slice(1).map((text) => /^\d+/.exec(text)?.[0]),
    ['5', '4', '3', '2', '1'],
  );
});

test('A page that is open in another window is told of a cut too, and all are told when the session ends', {
  skip,
}, async (t) => {
  const opened = await startConsole(t);
  const first = await opened.signIn({ at: '/ledger' });
  await first.getByText('Nothing was ever ended here').waitFor();
  const second = await first.context().newPage();
  await second.goto(`${opened.url}/console/ledger`);
  await second.getByText('Nothing was ever ended here').waitFor();
  await opened.asAdmin('POST /v1/revocations', { selector: { username: 'ann' }, reason: 'seen by both' });
  for (const page of [first, second]) await page.getByText('seen by both').waitFor();
  await opened.asAdmin('POST /v1/revocations', {
    selector: { app: 'console', username: 'admin' },
    reason: 'the console is cut',
  });
  // Nobody has touched either page.
  for (const page of [first, second]) await page.getByLabel('Username').waitFor();
  assert.deepEqual(opened.complaints, []);
});

test('A window for which the server has no room says so and why, and is live once another is closed', {
  skip,
}, async (t) => {
  const opened = await startConsole(t);
  const first = await opened.signIn({ at: '/ledger' });
  await first.locator('.live-mark.live').waitFor();
  const [cookie] = await first.context().cookies();
  const held = new AbortController();
  t.after(() => held.abort());
  // The page holds the first of 16, and all are of one sign-in.
  for (let n = 0; n < 15; n++) {
    const answer = await fetch(`${opened.url}/v1/events`, {
      headers: { cookie: `${cookie?.name}=${cookie?.value}`, 'sec-fetch-site': 'same-origin' },
      signal: held.signal,
    });
    assert.equal(answer.status, 200);
  }
  const second = await first.context().newPage();
  await second.clock.install();
  await second.goto(`${opened.url}/console/ledger`);
  const banner = second.getByRole('status').filter({ hasText: 'No updates.' });
  await banner.waitFor();
  assert.match(await banner.innerText(), /open in as many windows as are kept up to date/);
  await banner.filter({ hasText: /Trying again in \d+ s\./ }).waitFor();
  assert.equal(await second.getByText('Connection lost').count(), 0);
  await tryNow(second, banner, () => {
    held.abort();
    return untilStreams(opened.url, 1);
  });
  await second.locator('.live-mark.live').waitFor();
  await banner.waitFor({ state: 'detached' });
  assert.deepEqual(opened.complaints, []);
});

test('A window whose stream is not answered says so, and what may help', { skip }, async (t) => {
  const opened = await startConsole(t);
  const page = await opened.newPage();
  // As where the other windows of a browser hold all the connections that it makes to one server.
  const waiting: (() => Promise<void>)[] = [];
  let isAnswering = false;
  await page.route('**/v1/events', (route) =>
    isAnswering ? route.continue() : void waiting.push(() => route.continue()),
  );
  await page.goto(`${opened.url}/console/ledger`);
  await fillSignIn(page, 'admin', consolePassword);
  const banner = page.getByRole('status').filter({ hasText: 'The server has not answered yet.' });
  await banner.waitFor();
  assert.deepEqual(await violationsOf(page), []);
  isAnswering = true;
  for (const go of waiting) await go();
  await page.locator('.live-mark.live').waitFor();
  await banner.waitFor({ state: 'detached' });
});

test('A window that nobody sees leaves its connection to one that is looked at', { skip }, async (t) => {
  const opened = await startConsole(t);
  const first = await opened.signIn({ at: '/ledger' });
  await first.locator('.live-mark.live').waitFor();
  const hide =
    "Object.defineProperty(document, 'visibilityState', { get: () => 'hidden', configurable: true })";
  // Chromium shows every page of a test; this one says of itself that it is behind others.
  await first.evaluate(hide);
  assert.equal(await openStreams(opened.url), '1');
  const second = await first.context().newPage();
  await second.goto(`${opened.url}/console/ledger`);
  await second.locator('.live-mark.live').waitFor();
  await untilStreams(opened.url, 1);
  // One that is opened behind others does not begin to listen at all.
  const third = await first.context().newPage();
  await third.addInitScript(hide);
  await third.goto(`${opened.url}/console/ledger`);
  await third.getByRole('navigation', { name: 'Views' }).waitFor();
  assert.equal(await openStreams(opened.url), '1');
  await third.evaluate(
    "delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))",
  );
  await third.locator('.live-mark.live').waitFor();
  await untilStreams(opened.url, 2);
  await first.evaluate(
    "delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))",
  );
  await opened.asAdmin('POST /v1/revocations', { selector: { username: 'ann' }, reason: 'seen again' });
  for (const page of [first, second, third]) await page.getByText('seen again').waitFor();
});

test('However many windows a browser has open, each loads; those for which it has no connection left say so', {
  skip,
}, async (t) => {
  const opened = await startConsole(t);
  const first = await opened.signIn({ at: '/ledger' });
  await first.locator('.live-mark.live').waitFor();
  const pages = [first];
  while (pages.length < 8) {
    const page = await first.context().newPage();
    await page.goto(`${opened.url}/console/ledger`);
    await page.locator(pages.length < 4 ? '.live-mark.live' : '.banner').waitFor();
    pages.push(page);
  }
  assert.equal(await openStreams(opened.url), '4');
  const last = pages.at(-1) as typeof first;
  assert.match(
    await last.locator('.banner').innerText(),
    /^No updates\. .* Close one, and this one goes on by itself\.$/,
  );
  // They work all the same.
  await last.getByRole('link', { name: 'Now', exact: true }).click();
  await last.getByRole('heading', { level: 1, name: 'Now', exact: true }).waitFor();
  for (const page of pages.splice(0, 7)) await page.close();
  await last.locator('.live-mark.live').waitFor();
  await untilStreams(opened.url, 1);
  assert.deepEqual(opened.complaints, []);
});
