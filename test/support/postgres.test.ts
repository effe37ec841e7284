import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pg from 'pg';
import {
  type PostgresOptions,
  type RunningPostgres,
  skipWithoutPostgres,
  startPostgres,
} from './postgres.ts';

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return Object.values((await client.query(sql)).rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

const kinds: [name: string, options: PostgresOptions, version: RegExp][] = [
  ['the one of the system', {}, /^PostgreSQL 1\d/],
  ['the embedded one', { version: 'embedded' }, /^PostgreSQL 18/],
  ['the one of the system behind PgBouncer', { pooler: true }, /^PostgreSQL 1\d/],
];

describe('a PostgreSQL for a test', () => {
  for (const [name, options, version] of kinds) {
    it(`is ${name}, and keeps what was committed through a crash`, {
      skip: skipWithoutPostgres(options),
    }, async (t) => {
      const postgres: RunningPostgres = await startPostgres(options);
      t.after(() => postgres.stop());
      assert.ok(postgres.port < 32_768);
      assert.match(String(await ask(postgres.url, 'SELECT version()')), version);
      await ask(postgres.url, 'CREATE TABLE kept AS SELECT 7 AS value');
      await postgres.kill('SIGKILL');
      await assert.rejects(ask(postgres.directUrl, 'SELECT 1'));
      await postgres.restart();
      assert.equal(await ask(postgres.url, 'SELECT value FROM kept'), 7);
      // Where a pooler keeps connections to the template, it cannot be copied.
      if (options.pooler !== true) {
        const copy = await postgres.createDatabase({ template: new URL(postgres.url).pathname.slice(1) });
        assert.equal(await ask(copy, 'SELECT value FROM kept'), 7);
      }
      const other = await postgres.createDatabase();
      await assert.rejects(ask(other, 'SELECT value FROM kept'), /does not exist/);
    });
  }
});
