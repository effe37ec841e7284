import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CurfewError } from '../../../src/core/errors.ts';
import { hashSecret, newSessionToken } from '../../../src/core/tokens.ts';
import type { Store } from '../../../src/session/store.ts';
import { openPostgresStore } from '../../../src/store/postgres/postgres-store.ts';
import { hour, startOfTime } from '../../support/manual-clock.ts';
import { skipWithoutPostgres } from '../../support/postgres.ts';
import { postgresStores } from '../../support/postgres-store.ts';
import { toRegister, toRevoke } from '../../support/sessions.ts';

const skip = skipWithoutPostgres();
const isUnavailable = (error: unknown): boolean =>
  error instanceof CurfewError && error.code === 'store_unavailable';

describe('the PostgreSQL store', { skip }, () => {
  if (skip !== false) return;
  const stores = postgresStores();

  it('says which engine it is and where its data lies, and keeps the password to itself', async (t) => {
    const opened = await stores.open();
    t.after(() => opened.close());
    const { port, password } = opened.postgres;
    const database = new URL(opened.url).pathname.slice(1);
    assert.match(
      opened.store.description,
      new RegExp(`^PostgreSQL \\d+\\.\\d+ at 127\\.0\\.0\\.1:${port}/${database}$`),
    );
    await assert.rejects(opened.store.backup('anywhere'), /pg_dump/);
    const wrong = new URL(opened.url);
    wrong.password = `not ${password}`;
    await assert.rejects(openPostgresStore({ url: wrong.href }), (error: unknown) => {
      assert.ok(isUnavailable(error));
      assert.ok(!JSON.stringify([error, String(error), (error as Error).stack]).includes(password));
      assert.match(String(error), /password authentication failed/);
      return true;
    });
  });

  it('answers no check that waited too long, and takes no more than may wait (P5)', async (t) => {
    const opened = await stores.open();
    t.after(() => opened.close());
    const store = await opened.another({ checkDeadlineMs: 300, mostChecksWaiting: 5 });
    const tokenHash = hashSecret(newSessionToken());
    await store.register({ ...toRegister(), tokenHash });
    assert.equal((await store.lookup(tokenHash)).session?.username, 'ann');
    await opened.postgres.kill('SIGSTOP');
    try {
      const waiting = Array.from({ length: 200 }, () => store.lookup(tokenHash));
      const settled = await Promise.allSettled(waiting);
      assert.ok(settled.every((one) => one.status === 'rejected' && isUnavailable(one.reason)));
    } finally {
      await opened.postgres.kill('SIGCONT');
    }
    for (;;) {
      const found = await store.lookup(tokenHash).catch(() => undefined);
      if (found?.session?.username === 'ann') break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });

  it('comes back after the database was killed, with no more connections than before', async (t) => {
    const opened = await stores.open();
    t.after(() => opened.close());
    const tokenHash = hashSecret(newSessionToken());
    await opened.store.register({ ...toRegister(), tokenHash });
    await opened.postgres.kill('SIGKILL');
    for (let n = 0; n < 100; n++)
      await assert.rejects(async () => opened.store.lookup(tokenHash), isUnavailable);
    await opened.postgres.restart();
    const checks = Array.from({ length: 500 }, async () => {
      for (;;) {
        const found = await opened.store.lookup(tokenHash).catch(() => undefined);
        if (found !== undefined) return assert.equal(found.session?.username, 'ann');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    await Promise.all(checks);
    const { rows } = await opened.postgres.query(
      'SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = $1',
      [new URL(opened.url).pathname.slice(1)],
    );
    assert.ok(rows[0].count <= 8, `${rows[0].count} connections`);
  });

  it('lets another node go on with a sweep where the one that began it has died, and no row is met twice', async (t) => {
    const opened = await stores.open();
    t.after(() => opened.close());
    const crowd = 1500;
    await Promise.all(
      Array.from({ length: crowd }, () => opened.store.register(toRegister({ createdAt: startOfTime }))),
    );
    const dying = await opened.another();
    const outcome = await dying.revoke(toRevoke({ username: 'ann' }, { now: startOfTime + 1 }));
    assert.ok(outcome.kind === 'revoked' && outcome.revocation.matched === crowd);
    await dying.sweep(startOfTime + 2);
    await dying.close();
    const nodes: Store[] = [opened.store, await opened.another(), await opened.another()];
    let rows = 0;
    // All sweep at the same time; whoever finds the entry taken passes by.
    await Promise.all(
      nodes.map(async (node) => {
        for (;;) {
          const slice = await node.sweep(startOfTime + 2);
          rows += slice.rows;
          const [entry] = await node.revocations({ limit: 1 });
          if (entry?.sweptAt !== null) return;
        }
      }),
    );
    const [entry] = await opened.store.revocations({ limit: 1 });
    assert.equal(entry?.swept, crowd);
    assert.ok(rows < crowd, 'the first slice was not done again');
    const { postgres, url } = opened;
    const { rows: marked } = await postgres.query(
      'SELECT count(*)::int AS count FROM curfew.session WHERE NOT live AND revocation = 1',
      [],
      new URL(url).pathname.slice(1),
    );
    assert.equal(marked[0].count, crowd);
  });

  it('merges the accesses that two nodes have gathered, by the later one', async (t) => {
    const opened = await stores.open();
    t.after(() => opened.close());
    const other = await opened.another();
    const outcome = await opened.store.register(toRegister({ idleTimeoutMs: hour }));
    assert.ok(outcome.kind === 'registered');
    const { number, id } = outcome.session;
    const now = startOfTime + 60_000;
    await Promise.all([
      opened.store.touch([{ number, lastAccessAt: startOfTime + 30_000 }], now),
      other.touch([{ number, lastAccessAt: startOfTime + 50_000 }], now),
      opened.store.touch([{ number, lastAccessAt: startOfTime + 40_000 }], now),
    ]);
    assert.equal((await other.find(id, now))?.lastAccessAt, startOfTime + 50_000);
  });

  it('dates an access from before a cut by last access to its end when it is written after it, so that whom it spared stays alive (P4)', async (t) => {
    const opened = await stores.open();
    t.after(() => opened.close());
    const other = await opened.another();
    const made = await opened.store.register(toRegister({ idleTimeoutMs: hour }));
    assert.ok(made.kind === 'registered');
    const { number, id } = made.session;
    const cutAt = startOfTime + 120_000;
    const selector = {
      lastAccessFrom: new Date(startOfTime + 60_000).toISOString(),
      lastAccessTo: new Date(cutAt + 1).toISOString(),
    };
    const cut = await opened.store.revoke(toRevoke(selector, { now: cutAt }));
    assert.ok(cut.kind === 'revoked' && cut.revocation.matched === 0);
    // The other node had gathered this one before the cut, and has not heard of it.
    await other.touch([{ number, lastAccessAt: startOfTime + 90_000 }], cutAt + 1000);
    const session = await opened.store.find(id, cutAt + 1000);
    assert.deepEqual([session?.ended, session?.lastAccessAt], [undefined, cutAt + 1]);
  });
});
