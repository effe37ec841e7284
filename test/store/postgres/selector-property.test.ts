import { describe } from 'node:test';
import { selectorInSql } from '../../suites/store/selector-in-sql.ts';
import { skipWithoutPostgres } from '../../support/postgres.ts';
import { postgresStores } from '../../support/postgres-store.ts';

const skip = skipWithoutPostgres();

describe('PostgreSQL', { skip }, () => {
  if (skip !== false) return;
  const stores = postgresStores();
  selectorInSql('PostgreSQL', () => stores.open());
});
