import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Housekeeper } from '../../src/session/housekeeper.ts';
import { Registry, type Verdict } from '../../src/session/registry.ts';
import type { LedgerEntry } from '../../src/session/store.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { atEnd } from './at-end.ts';

/** Registry, background work and store as a server puts them together, on a clock that the test moves. */
export interface Parts {
  readonly directory: string;
  readonly clock: ManualClock;
  readonly store: SqliteStore;
  readonly registry: Registry;
  readonly housekeeper: Housekeeper;
  /** Whether a token is live, looked at without touching it. */
  isLive(token: string): Promise<boolean>;
  /** Why a token is not live; undefined if it is. */
  deathOf(token: string): Promise<string | undefined>;
  /** The whole ledger, from the first entry. */
  ledger(): Promise<LedgerEntry[]>;
  /** Stops in order and starts again on the same data. */
  restart(): Promise<void>;
}

/** Opens the parts on a folder of their own, which goes with the test. */
export async function openParts(t: TestContext, clock = new ManualClock()): Promise<Parts> {
  const temporary = makeTemporaryDirectory();
  const directory = join(temporary.path, 'data');
  const start = async () => {
    const store = await openSqliteStore({ directory });
    const registry = await Registry.open({ store, clock });
    return { store, registry, housekeeper: housekeeperOf(registry, store, clock) };
  };
  let running = await start();
  atEnd(t, async () => {
    await running.store.close();
    temporary.remove();
  });
  const verdict = async (token: string): Promise<Verdict> => running.registry.check(token, { touch: false });
  return {
    directory,
    clock,
    get store() {
      return running.store;
    },
    get registry() {
      return running.registry;
    },
    get housekeeper() {
      return running.housekeeper;
    },
    isLive: async (token) => (await verdict(token)).live,
    async deathOf(token) {
      const answer = await verdict(token);
      return answer.live ? undefined : answer.reason;
    },
    ledger: () => running.store.revocations({ after: 0, limit: 1_000_000 }),
    async restart() {
      await running.housekeeper.stop();
      await running.registry.close();
      await running.store.close();
      running = await start();
    },
  };
}

function housekeeperOf(registry: Registry, store: SqliteStore, clock: ManualClock): Housekeeper {
  return new Housekeeper({
    registry,
    store,
    clock,
    historyMs: 7 * 86_400_000,
    intervalMs: 5,
    observer: {
      swept: () => {},
      failed: (task, error) => {
        throw new Error(`the background work ${task} failed`, { cause: error });
      },
      recovered: () => {},
    },
  });
}
