import { after } from 'node:test';
import {
  openPostgresStore,
  type PostgresStore,
  type PostgresStoreOptions,
} from '../../src/store/postgres/postgres-store.ts';
import type { OpenedStore } from '../suites/store/stage.ts';
import { type PostgresOptions, type RunningPostgres, startPostgres } from './postgres.ts';

/** A store on a database of its own. */
export interface OpenedPostgres extends OpenedStore {
  readonly store: PostgresStore;
  readonly postgres: RunningPostgres;
  /** The way to its database. */
  readonly url: string;
  /** Opens one more store on the same database, as another node would; it is closed with this one. */
  another(options?: Partial<PostgresStoreOptions>): Promise<PostgresStore>;
}

/**
 * One server for a test file, started when the first store is opened and stopped when the file's tests are over. To be called
 * at the top of a file.
 */
export function postgresStores(options: PostgresOptions = {}): {
  open(): Promise<OpenedPostgres>;
  server(): Promise<RunningPostgres>;
} {
  let starting: Promise<RunningPostgres> | undefined;
  const server = (): Promise<RunningPostgres> => {
    starting ??= startPostgres(options);
    return starting;
  };
  after(async () => {
    await (await starting)?.stop();
  });
  return { server, open: async () => openOn(await server()) };
}

async function openOn(postgres: RunningPostgres): Promise<OpenedPostgres> {
  const url = await postgres.createDatabase();
  let store = await openPostgresStore({ url });
  const others: PostgresStore[] = [];
  return {
    postgres,
    url,
    get store() {
      return store;
    },
    async another(changes = {}) {
      const other = await openPostgresStore({ url, ...changes });
      others.push(other);
      return other;
    },
    async reopen() {
      await store.close();
      store = await openPostgresStore({ url });
    },
    newPath: () => '',
    openBackup: () => Promise.reject(new Error('PostgreSQL has tools of its own for backups')),
    async close() {
      await Promise.all([store, ...others].map((one) => one.close()));
    },
  };
}
