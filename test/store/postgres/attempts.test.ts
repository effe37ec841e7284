import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { openPostgresStore, type PostgresStore } from '../../../src/store/postgres/postgres-store.ts';
import { skipWithoutPostgres } from '../../support/postgres.ts';
import { postgresStores } from '../../support/postgres-store.ts';

const postgres = postgresStores();
const minute = 60_000;

describe('a flood of tries to sign in on PostgreSQL', { skip: skipWithoutPostgres() }, () => {
  let store: PostgresStore;
  let other: pg.Client;

  before(async () => {
    const url = await (await postgres.server()).createDatabase();
    store = await openPostgresStore({ url });
    other = new pg.Client({ connectionString: url });
    await other.connect();
  });
  after(async () => {
    await other?.end();
    await store?.close();
  });

  it('holds up no change of an administrator, and beyond a bound no further try either', async () => {
    const now = 1_000_000;
    await store.attempts.spend('one', minute, now);
    await other.query("BEGIN; SELECT count FROM curfew.attempt WHERE scope = 'tries' FOR UPDATE");
    const waiting = Array.from({ length: 200 }, () => store.attempts.spend('one', minute, now));
    const by = { kind: 'system', id: 'test', name: 'test' } as const;
    const change = {
      by,
      face: 'system',
      writes: [],
      event: 'administrator.locked_out',
      detail: {},
      now,
    } as const;
    // The row is held until this has been done.
    await store.changeRecords(change);
    await assert.rejects(store.attempts.spend('other', minute, now), { code: 'store_unavailable' });
    await other.query('COMMIT');
    const counted = await Promise.all(waiting);
    assert.deepEqual(counted.at(-1), { count: 201, until: now + minute });
    assert.deepEqual(await store.attempts.spend('other', minute, now), { count: 1, until: now + minute });
  });
});
