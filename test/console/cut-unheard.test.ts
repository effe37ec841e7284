import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atEnd } from '../promises/at-end.ts';
import { adminPassword } from '../promises/server-process.ts';
import { serversOnOnePostgres } from '../promises/servers-on-one-postgres.ts';
import { launchChromium, openContext } from '../support/chromium.ts';
import { fillSignIn, violationsOf } from '../support/console.ts';
import { cutDialog } from '../support/cut-dialog.ts';
import { skipWithoutPostgres } from '../support/postgres.ts';
import { realPart } from '../support/real-parts.ts';

const skip = realPart('chromium').skip || skipWithoutPostgres();

test('a cut by last use names the nodes that did not answer, and says what that means', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const servers = await serversOnOnePostgres(t);
  const start = (name: string) => servers.start(name, { flags: ['--node-name', name] });
  const [here, there] = await Promise.all([start('here'), start('there')]);
  const browser = await launchChromium();
  atEnd(t, () => browser.close());
  const page = await (await openContext(browser)).newPage();
  const dialog = cutDialog(page);
  const since = new Date(Date.now() - 3_600_000).toISOString();

  const signInAs = (username: string) =>
    here.client.sessions.register({ username, provider: { type: 'ldap', name: 'corp' } });
  const view = (username: string) => `${here.url}/console/sessions?user=${username}&usedFrom=${since}`;
  const cutAll = async (reason: string): Promise<void> => {
    await page.getByText('1 live session', { exact: true }).waitFor();
    await page.keyboard.press('a');
    await page.keyboard.press('t');
    await dialog.getByLabel('Why').fill(reason);
    await dialog.getByRole('button', { name: 'End 1 session' }).click();
    await dialog.getByText('1 session has ended').waitFor();
  };

  await signInAs('ann');
  await page.goto(view('ann'));
  await fillSignIn(page, 'admin', adminPassword);
  await page.getByText('1 live session', { exact: true }).waitFor();
  there.signal('SIGSTOP');
  try {
    await cutAll('a stolen laptop');
  } finally {
    there.signal('SIGCONT');
  }
  const warning = dialog.getByRole('alert').filter({ hasText: 'One node did not answer' });
  await warning.getByText('there', { exact: true }).waitFor();
  await warning.getByText(/To be sure, cut by another condition too/).waitFor();
  assert.deepEqual(await violationsOf(page), []);

  // It answers again once it has caught up with what it missed.
  await there.client.sessions.list({ limit: 1 });
  await signInAs('bob');
  await page.goto(view('bob'));
  await cutAll('another one');
  assert.equal(await dialog.getByText('did not answer').count(), 0, 'all have answered');
});
