import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openPostgresStore } from '../../../src/store/postgres/postgres-store.ts';
import { skipWithoutPostgres, startPostgres } from '../../support/postgres.ts';
import { toRevoke } from '../../support/sessions.ts';

const skip = skipWithoutPostgres();

it('a node that knows an entry of the ledger which the database has lost answers nothing any more', {
  skip,
}, async (t) => {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const store = await openPostgresStore({ url: postgres.url });
  t.after(() => store.close());
  await store.revoke(toRevoke({ username: 'ann' }));
  const database = new URL(postgres.url).pathname.slice(1);
  const breakOff = (): Promise<unknown> =>
    postgres.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'curfew%'",
    );
  await breakOff();
  assert.equal((await settled(() => store.versions()))?.head, 1, 'the same database is taken again');
  await postgres.query("UPDATE curfew.revocation SET hash = 'another' WHERE seq = 1", [], database);
  await breakOff();
  for (let attempt = 0; attempt < 3; attempt++)
    assert.equal(await settled(() => store.versions()), undefined);
  await assert.rejects(async () => store.versions(), { code: 'store_unavailable' });
  const anew = await openPostgresStore({ url: postgres.url });
  t.after(() => anew.close());
  assert.equal((await anew.versions()).head, 1, 'a node that is started anew believes the database');
});

it('of several servers the one is taken that answers', { skip }, async (t) => {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const store = await openPostgresStore({
    url: postgres.url.replace('@127.0.0.1:', '@127.0.0.1:1,127.0.0.1:'),
  });
  t.after(() => store.close());
  assert.equal((await store.versions()).head, 0);
  assert.match(store.description, /at 127\.0\.0\.1:1,127\.0\.0\.1:\d+\/curfew_1$/);
});

/** The answer within a few attempts, or undefined. */
async function settled<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      return await ask();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return undefined;
}
