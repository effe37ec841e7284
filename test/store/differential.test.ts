import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withSeed } from '../support/seed.ts';
import { History } from './history.ts';
import { StoreProcesses } from './killable-store.ts';
import { openMortalSqlite } from './mortal-sqlite.ts';

/** So many take a minute and a half where nothing else runs; `CURFEW_TEST_HISTORY_STEPS` asks for more. */
const steps = Number(process.env.CURFEW_TEST_HISTORY_STEPS ?? 2500);

describe('the SQLite store', () => {
  it(`cannot be told from the model over ${steps} random steps, its process killed in between`, async (t) => {
    await withSeed(async (random, seed) => {
      const processes = new StoreProcesses();
      const opened = await openMortalSqlite(processes, random);
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
        await opened.close().finally(() => processes.end());
      }
      t.diagnostic(
        `CURFEW_SEED=${seed}: ${[...taken].map(([name, count]) => `${count} × ${name}`).join(', ')}`,
      );
      assert.ok((taken.get('revoke') ?? 0) > 50, 'the history has cuts in it');
      assert.ok((taken.get('kill a node') ?? 0) > 0, 'and a process was killed in it');
    });
  });
});
