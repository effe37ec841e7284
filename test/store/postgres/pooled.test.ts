import { describe } from 'node:test';
import { storeSuite } from '../../suites/store-suite.ts';
import { skipWithoutPostgres } from '../../support/postgres.ts';
import { postgresStores } from '../../support/postgres-store.ts';

const options = { pooler: true } as const;
const skip = skipWithoutPostgres(options);

describe('PgBouncer in transaction mode before PostgreSQL', { skip }, () => {
  if (skip !== false) return;
  const stores = postgresStores(options);
  const backup = 'PostgreSQL has tools of its own for backups, and the store says so';
  storeSuite('PostgreSQL behind PgBouncer', () => stores.open(), { backup });
});
