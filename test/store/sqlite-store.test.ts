import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CurfewError } from '../../src/core/errors.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { storeSuite } from '../suites/store-suite.ts';
import { openTemporarySqlite } from '../support/sqlite.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

storeSuite('SQLite', () => openTemporarySqlite());

/** Fails unless every connection commits to the disk before it acknowledges, and waits for locks. */
async function assertDurable(store: SqliteStore): Promise<void> {
  const connections = await store.pragmas();
  assert.ok(connections.length >= 2, 'at least one connection writes and one reads');
  for (const { journalMode, synchronous, busyTimeout } of connections) {
    assert.equal(journalMode, 'wal');
    assert.equal(synchronous, 2, 'FULL');
    assert.ok(busyTimeout >= 1000);
  }
}

describe('the SQLite store', () => {
  it('syncs each commit on every connection, also when the data is opened again', async (t) => {
    const opened = await openTemporarySqlite();
    t.after(() => opened.close());
    await assertDurable(opened.store);
    await opened.reopen();
    await assertDurable(opened.store);
  });

  it('refuses to open data that is in use, says who holds it, and leaves the holder undisturbed', async (t) => {
    const opened = await openTemporarySqlite();
    t.after(() => opened.close());
    const { directory } = opened;
    for (let attempt = 0; attempt < 2; attempt++) {
      await assert.rejects(openSqliteStore({ directory }), (error: unknown) => {
        assert.ok(error instanceof CurfewError);
        assert.equal(error.code, 'data_in_use');
        assert.ok(error.message.includes(directory) && error.message.includes(String(process.pid)));
        return true;
      });
    }
    await opened.store.ping();
    await opened.reopen();
    await opened.store.ping();
  });

  it('makes its folder, and its parents, if there is none', async (t) => {
    const temporary = makeTemporaryDirectory();
    t.after(() => temporary.remove());
    const directory = join(temporary.path, 'not', 'yet', 'there');
    const store = await openSqliteStore({ directory });
    await store.ping();
    await store.close();
    assert.ok(existsSync(directory));
  });

  it('says which folder cannot be used when a file stands in its place', async () => {
    const directory = join(import.meta.filename, 'data');
    await assert.rejects(openSqliteStore({ directory }), (error: unknown) => {
      assert.ok(error instanceof CurfewError);
      assert.equal(error.code, 'store_unavailable');
      assert.ok(error.message.includes(directory));
      return true;
    });
  });

  it('says which engine it is and where its data lies', async (t) => {
    const opened = await openTemporarySqlite();
    t.after(() => opened.close());
    assert.match(opened.store.description, /^SQLite 3\.\d+\.\d+ in /);
    assert.ok(opened.store.description.endsWith(opened.directory));
  });
});
