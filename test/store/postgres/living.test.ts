import { describe } from 'node:test';
import { livingParts, storeSuite } from '../../suites/store-suite.ts';
import { skipWithoutPostgres } from '../../support/postgres.ts';
import { postgresStores } from '../../support/postgres-store.ts';

const skip = skipWithoutPostgres();

describe('the PostgreSQL of the system', { skip }, () => {
  if (skip !== false) return;
  const stores = postgresStores();
  const backup = 'PostgreSQL has tools of its own for backups, and the store says so';
  storeSuite('PostgreSQL', () => stores.open(), { backup }, livingParts);
});
