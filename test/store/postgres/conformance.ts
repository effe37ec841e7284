import { describe } from 'node:test';
import { storeSuite } from '../../suites/store-suite.ts';
import { type PostgresOptions, skipWithoutPostgres } from '../../support/postgres.ts';
import { postgresStores } from '../../support/postgres-store.ts';

/** Runs a part of the store's suite on a PostgreSQL of this file's own. */
export function conform(
  title: string,
  options: PostgresOptions,
  parts: Parameters<typeof storeSuite>[3],
): void {
  const skip = skipWithoutPostgres(options);
  describe(title, { skip }, () => {
    if (skip !== false) return;
    const stores = postgresStores(options);
    const backup = 'PostgreSQL has tools of its own for backups, and the store says so';
    storeSuite('PostgreSQL', () => stores.open(), { backup }, parts);
  });
}
