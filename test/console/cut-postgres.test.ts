import { describe } from 'node:test';
import { skipWithoutPostgres, startPostgres } from '../support/postgres.ts';
import { cutSuite } from './cut-suite.ts';

const skip = skipWithoutPostgres({});

describe('with PostgreSQL', { skip }, () => {
  if (skip !== false) return;
  cutSuite('PostgreSQL', async (t) => {
    const postgres = await startPostgres();
    t.after(() => postgres.stop());
    return { flags: { store: postgres.url } };
  });
});
