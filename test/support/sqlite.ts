import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { databaseFile, openSqliteStore, type SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { OpenedStore } from '../suites/store/stage.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

/** A SQLite store on a folder of its own. */
export interface OpenedSqlite extends OpenedStore {
  readonly store: SqliteStore;
  readonly directory: string;
}

/** Opens a new, empty SQLite store in a temporary directory that is deleted when it is closed. */
export async function openTemporarySqlite(backup?: string): Promise<OpenedSqlite> {
  const temporary = makeTemporaryDirectory();
  const directory = join(temporary.path, 'data');
  if (backup !== undefined) {
    mkdirSync(directory);
    copyFileSync(backup, join(directory, databaseFile));
  }
  let store = await openSqliteStore({ directory });
  let paths = 0;
  return {
    directory,
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      store = await openSqliteStore({ directory });
    },
    newPath: () => join(temporary.path, `backup-${++paths}.db`),
    openBackup: (path) => openTemporarySqlite(path),
    async close() {
      await store.close();
      temporary.remove();
    },
  };
}
