import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PostgresStore } from '../../../src/store/postgres/postgres-store.ts';
import type { OpenedStore } from '../../suites/store/stage.ts';
import { skipWithoutPostgres } from '../../support/postgres.ts';
import { type OpenedPostgres, postgresStores } from '../../support/postgres-store.ts';
import { type Random, withSeed } from '../../support/seed.ts';
import { openTemporarySqlite } from '../../support/sqlite.ts';
import { History } from '../history.ts';
import { twins } from '../twins.ts';

/** Two thousand take less than a minute; `CURFEW_TEST_HISTORY_STEPS` asks for more. */
const steps = Number(process.env.CURFEW_TEST_HISTORY_STEPS ?? 2000);
const skip = skipWithoutPostgres();

/** What befalls the nodes or the database, in place of a restart in order. */
const mishaps = ['node restarts', 'connections break', 'database crashes'] as const;

/** SQLite, and PostgreSQL under two nodes of which each call goes to one drawn by lot. */
async function openTwins(
  random: Random,
  postgres: OpenedPostgres,
): Promise<{ opened: OpenedStore; befell: Map<string, number> }> {
  const sqlite = await openTemporarySqlite();
  const other: PostgresStore = await postgres.another();
  let isOther = false;
  const choose = (isBusy: boolean) => {
    if (!isBusy) isOther = random.oneIn(2);
    return isOther ? other : postgres.store;
  };
  const befell = new Map<string, number>();
  const database = new URL(postgres.url).pathname.slice(1);
  const opened: OpenedStore = {
    store: twins(sqlite, [{ choose }]),
    async reopen() {
      await sqlite.reopen();
      const mishap = random.pick(mishaps);
      befell.set(mishap, (befell.get(mishap) ?? 0) + 1);
      if (mishap === 'node restarts') await postgres.reopen();
      if (mishap === 'connections break') {
        await postgres.postgres.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1',
          [database],
        );
      }
      if (mishap === 'database crashes') {
        await postgres.postgres.kill('SIGKILL');
        await postgres.postgres.restart();
        // After a crash numbers are left out, which nobody minds but the model.
        await postgres.postgres.query(
          `SELECT setval('curfew.session_number_seq', greatest((SELECT max(number) FROM curfew.session), 1))`,
          [],
          database,
        );
      }
      for (const store of [postgres.store, other]) await answers(store);
    },
    newPath: () => '',
    openBackup: () => Promise.reject(new Error('not asked for')),
    close: () => sqlite.close(),
  };
  return { opened, befell };
}

/** Asks until a node has its connections again. */
async function answers(store: PostgresStore): Promise<void> {
  for (;;) {
    try {
      await store.ping();
      await store.realms();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

describe('SQLite and two nodes on PostgreSQL', { skip }, () => {
  if (skip !== false) return;
  const stores = postgresStores();

  it(`cannot be told from the model over ${steps} random steps, with crashes in between`, async (t) => {
    await withSeed(async (random, seed) => {
      const postgres = await stores.open();
      const { opened, befell } = await openTwins(random, postgres);
      const taken = new Map<string, number>();
      try {
        const history = new History(opened, random, seed);
        for (let n = 0; n < steps; n++) {
          const name = await history.step().catch((error: unknown) => {
            throw new Error(`step ${n}: ${error instanceof Error ? error.message : error}`, { cause: error });
          });
          taken.set(name, (taken.get(name) ?? 0) + 1);
        }
        await history.compareEverything();
      } finally {
        await opened.close();
        await postgres.close();
      }
      const told = [...taken, ...befell].map(([name, count]) => `${count} × ${name}`).join(', ');
      t.diagnostic(`CURFEW_SEED=${seed}: ${told}`);
      assert.ok((taken.get('revoke') ?? 0) > 20, 'the history has cuts in it');
    });
  });
});
