import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { type ConsoleOptions, startConsole, violationsOf } from '../support/console.ts';
import { skipWithout } from '../support/real-parts.ts';

const skip = skipWithout('chromium');
const dialog = (page: Page, name: string | RegExp) => page.getByRole('dialog', { name });

/** What of the administration asks the store for more than records; `options` says on which store. */
export function administrationSuite(
  name: string,
  options: (t: Pick<TestContext, 'after'>) => Promise<ConsoleOptions>,
): void {
  describe(`administration in the console, on ${name}`, () => {
    it('a rule is set after what it would change was shown, changed, and removed', { skip }, async (t) => {
      const c = await startConsole(t, await options(t));
      await c.asAdmin('POST /v1/sessions/import', {
        sessions: ['ann', 'ann', 'ann', 'bob'].map((username) => ({
          username,
          realm: 'shop',
          provider: { type: 'saml', name: 'staff' },
          createdAt: new Date(Date.now() - 1000).toISOString(),
        })),
      });
      const page = await c.signIn({ at: '/administration/policy' });
      await page.getByText('There is no rule yet').waitFor();
      await page.getByRole('button', { name: 'Set a rule' }).click();
      const add = dialog(page, 'Set a rule');
      const changes = add.getByRole('region', { name: 'What it would change' });
      await changes.getByText('Nothing: the limits stay as they are').waitFor();

      // A preset fills the fields, and shows at once what it would mean.
      await add.getByLabel('Where it applies').selectOption('realm');
      await add.getByLabel('Realm').fill('shop');
      await add.getByRole('button', { name: /^nist-aal3/ }).click();
      await changes.getByText('4 live sessions here keep the limits they were made with.').waitFor();
      await changes.getByText('4 of them may last longer than the new limits allow.').waitFor();
      assert.match(await changes.innerText(), /30 min.*15 min/s);
      assert.equal((await c.asAdmin('GET /v1/policy')).rules.length, 0, 'nothing is saved yet');

      // A limit of sessions says who meets it at the next sign-in.
      await add.getByRole('combobox', { name: 'Sessions of a user' }).selectOption('limited');
      await add.getByLabel('At most').fill('2');
      await changes
        .getByText('1 users have as many sessions as that or more: their next sign-in is refused.')
        .waitFor();
      await changes.getByText('1 sessions are beyond the limit').waitFor();
      await add.getByLabel('One more').selectOption('displace');
      await changes.getByText('their next sign-in ends their oldest.').waitFor();
      assert.deepEqual(await violationsOf(page), []);

      // What is wrong is said at the field.
      await add.getByLabel('At most').fill('0');
      await add.getByRole('button', { name: 'Save' }).click();
      await add.locator('input[aria-invalid]:focus').waitFor();
      await add.getByLabel('At most').fill('2');
      await add.getByRole('button', { name: 'Save' }).click();
      await page.getByText('The rule for realm shop holds for sessions made from now on.').waitFor();
      const { rules } = await c.asAdmin('GET /v1/policy');
      assert.deepEqual(rules, [
        {
          scope: { kind: 'realm', realm: 'shop' },
          rule: {
            idleTimeoutMs: 900_000,
            lifespanMs: 43_200_000,
            sessionLimit: { max: 2, exceeded: 'displace', per: 'user' },
          },
        },
      ]);
      await page.getByRole('row').filter({ hasText: 'realm shop' }).getByText('15 min').waitFor();

      // What somebody else changes shows by itself.
      await c.asAdmin('PUT /v1/policy', { scope: { kind: 'realm', realm: 'shop' }, preset: 'nist-aal1' });
      await page.getByRole('row').filter({ hasText: 'realm shop' }).getByText('30 d').waitFor();
      await page.getByRole('button', { name: 'Remove the rule for realm shop' }).click();
      const remove = dialog(page, 'Remove the rule for realm shop?');
      await remove.getByText('4 live sessions here keep').waitFor();
      await remove.getByRole('button', { name: 'Remove' }).click();
      await page.getByText('There is no rule yet').waitFor();
      assert.deepEqual((await c.asAdmin('GET /v1/policy')).rules, []);
      assert.deepEqual(c.complaints, []);
      assert.deepEqual(c.foreign, []);
    });

    it('an empty installation offers samples, marks them while they are there, and takes them away by one click', {
      skip,
    }, async (t) => {
      const c = await startConsole(t, await options(t));
      await c.asAdmin('POST /v1/admins', {
        username: 'reader',
        password: 'a password of a reader',
        accessGroups: ['read'],
      });
      const reader = await c.signIn({ username: 'reader', password: 'a password of a reader' });
      const page = await c.signIn();
      await page.getByRole('button', { name: 'Load a sample population' }).click();
      const mark = page.getByRole('complementary', { name: 'Sample population' });
      await mark.getByText(/sessions in the realm sample, live and ended, are invented/).waitFor();
      assert.deepEqual(await violationsOf(page), []);

      // Everybody who sees them is told, and only who may change that has the button.
      await reader.reload();
      await reader
        .getByRole('complementary', { name: 'Sample population' })
        .getByText(/are invented/)
        .waitFor();
      assert.equal(await reader.getByRole('button', { name: 'Remove the sample population' }).count(), 0);
      assert.equal(await reader.getByRole('button', { name: 'Load a sample population' }).count(), 0);

      await mark.getByRole('button', { name: 'Remove the sample population' }).click();
      await page
        .getByText(/invented sessions are gone. The 4 cuts made for them stay in the ledger/)
        .waitFor();
      await mark.waitFor({ state: 'detached' });
      assert.equal((await c.asAdmin('GET /v1/sessions?realm=sample&state=any')).sessions.length, 0);
      assert.equal((await c.asAdmin('GET /v1/revocations')).revocations.length, 4);
      assert.deepEqual(c.complaints, []);
      assert.deepEqual(c.foreign, []);
    });
  });
}
