import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startConsole, violationsOf } from '../support/console.ts';
import { skipWithout } from '../support/real-parts.ts';

const skip = skipWithout('chromium');

test('what another administrator loads and removes shows by itself', { skip }, async (t) => {
  const c = await startConsole(t);
  const page = await c.signIn({ at: '/ledger' });
  await page.getByText('Live', { exact: true }).waitFor();
  const mark = page.getByRole('complementary', { name: 'Sample population' });
  assert.equal(await mark.count(), 0);
  await c.asAdmin('POST /v1/samples', {});
  await mark.waitFor();
  await c.asAdmin('DELETE /v1/samples');
  await mark.waitFor({ state: 'detached' });
});

test('the list of sessions offers samples too, until a session of an application has come', {
  skip,
}, async (t) => {
  const c = await startConsole(t);
  const page = await c.signIn({ at: '/sessions' });
  const offer = page.getByRole('complementary', { name: 'Load a sample population' });
  await offer.waitFor();
  assert.deepEqual(await violationsOf(page), []);
  await c.asAdmin('POST /v1/sessions/import', {
    sessions: [
      {
        username: 'ann',
        provider: { type: 'saml', name: 'staff' },
        createdAt: new Date(Date.now() - 1000).toISOString(),
      },
    ],
  });
  await offer.waitFor({ state: 'detached' });
});

test('where the configuration lists other realms there is no offer', { skip }, async (t) => {
  const c = await startConsole(t, { flags: { realms: 'default,shop' } });
  const page = await c.signIn();
  await page.getByText('Live sessions', { exact: true }).first().waitFor();
  assert.equal((await c.asAdmin('GET /v1/samples')).mayLoad, false);
  assert.equal(await page.getByRole('button', { name: 'Load a sample population' }).count(), 0);
});
