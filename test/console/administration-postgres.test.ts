import { describe } from 'node:test';
import { skipWithoutPostgres, startPostgres } from '../support/postgres.ts';
import { administrationSuite } from './administration-suite.ts';

const skip = skipWithoutPostgres({});

describe('with PostgreSQL', { skip }, () => {
  if (skip !== false) return;
  administrationSuite('PostgreSQL', async (t) => {
    const postgres = await startPostgres();
    t.after(() => postgres.stop());
    return { flags: { database: await postgres.createDatabase() } };
  });
});
