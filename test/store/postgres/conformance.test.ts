import { describe } from 'node:test';
import { storeSuite } from '../../suites/store-suite.ts';
import { skipWithoutPostgres } from '../../support/postgres.ts';
import { postgresStores } from '../../support/postgres-store.ts';

const skip = skipWithoutPostgres();

describe('PostgreSQL of the system', { skip }, () => {
  if (skip !== false) return;
  const stores = postgresStores();
  storeSuite('PostgreSQL', () => stores.open(), {
    backup: 'PostgreSQL has tools of its own for backups, and the store says so',
  });
});
