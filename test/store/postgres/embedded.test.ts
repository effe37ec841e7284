import { describe } from 'node:test';
import { storeSuite } from '../../suites/store-suite.ts';
import { skipWithoutPostgres } from '../../support/postgres.ts';
import { postgresStores } from '../../support/postgres-store.ts';

const options = { version: 'embedded' } as const;
const skip = skipWithoutPostgres(options);

describe('the embedded PostgreSQL', { skip }, () => {
  if (skip !== false) return;
  const stores = postgresStores(options);
  const backup = 'PostgreSQL has tools of its own for backups, and the store says so';
  storeSuite('PostgreSQL 18', () => stores.open(), { backup });
});
