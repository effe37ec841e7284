import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withSeed } from '../support/seed.ts';
import { openTemporarySqlite } from '../support/sqlite.ts';
import { History } from './history.ts';

const steps = 2500;

describe('the SQLite store', () => {
  it(`cannot be told from the model over ${steps} random steps`, async (t) => {
    await withSeed(async (random, seed) => {
      const opened = await openTemporarySqlite();
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
      }
      t.diagnostic(
        `CURFEW_SEED=${seed}: ${[...taken].map(([name, count]) => `${count} × ${name}`).join(', ')}`,
      );
      assert.ok((taken.get('revoke') ?? 0) > 50, 'the history has cuts in it');
    });
  });
});
