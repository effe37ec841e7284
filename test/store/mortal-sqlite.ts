import { join } from 'node:path';
import type { Random } from '../support/seed.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import type { StoreProcesses } from './killable-store.ts';
import { dieAtWork, type MortalStore, someMoment } from './open-work.ts';

/** A SQLite store in a process of its own, on a folder of its own: when the process is killed, another opens what it left. */
export async function openMortalSqlite(processes: StoreProcesses, random: Random): Promise<MortalStore> {
  const temporary = makeTemporaryDirectory();
  const directory = join(temporary.path, 'data');
  let node = await processes.open({ directory });
  return {
    get store() {
      return node.store;
    },
    async reopen() {
      await node.close();
      node = await processes.open({ directory });
    },
    async die(orders) {
      const acknowledged = await dieAtWork(node, orders, (answers) => someMoment(random, answers));
      node = await processes.open({ directory });
      return [{ engine: 'SQLite', store: node.store, acknowledged, continueAfter: async () => {} }];
    },
    newPath: () => '',
    openBackup: () => Promise.reject(new Error('not asked for')),
    async close() {
      await node.close();
      temporary.remove();
    },
  };
}
