import { describe } from 'node:test';
import { skipWithoutPostgres, startPostgres } from '../support/postgres.ts';
import { signInSuite } from './sign-in-suite.ts';

const skip = skipWithoutPostgres({});

describe('with PostgreSQL', { skip }, () => {
  if (skip !== false) return;
  signInSuite('PostgreSQL', async (t) => {
    const postgres = await startPostgres();
    t.after(() => postgres.stop());
    return { flags: { store: postgres.url } };
  });
});
