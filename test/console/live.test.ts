import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consolePassword, fillSignIn, startConsole } from '../support/console.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { realPart } from '../support/real-parts.ts';

const { skip } = realPart('chromium');

test('A page whose network fails says so, and is told afterwards what it has missed', { skip }, async (t) => {
  const opened = await startConsole(t);
  const network = await startFaultProxy(opened.server.httpPort);
  t.after(() => network.close());
  const cut = (reason: string) =>
    opened.asAdmin('POST /v1/revocations', { selector: { username: 'ann' }, reason });
  await cut('before');
  const page = await opened.newPage();
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
  network.accept();
  await banner.getByRole('button', { name: 'Try now' }).click();
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
