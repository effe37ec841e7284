import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { hashSecret, newSessionToken } from '../../src/core/tokens.ts';
import type { RegisterCommand, StoredSession } from '../../src/session/store.ts';
import { KeptSessions } from '../../src/store/sqlite/kept-sessions.ts';
import type { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { hour, minute, startOfTime } from '../support/manual-clock.ts';
import { aStoredSession, toRegister, toRevoke } from '../support/sessions.ts';
import { openTemporarySqlite } from '../support/sqlite.ts';

/** Sessions kept beside a writer whose commits the test begins itself. */
function keeping(): { kept: KeptSessions; begin: () => number } {
  let begun = 0;
  return { kept: new KeptSessions(() => begun), begin: () => ++begun };
}

function keepTwice(kept: KeptSessions, hash: string, session: StoredSession): void {
  kept.keep(hash, session);
  kept.keep(hash, session);
}

describe('kept sessions', () => {
  it('are given again from their second reading on', () => {
    const { kept } = keeping();
    const session = aStoredSession();
    kept.keep('a', session);
    assert.equal(kept.find('a'), undefined);
    kept.keep('a', session);
    assert.equal(kept.find('a'), session);
  });

  it('are not given between the beginning of a commit and the news of what it changes', () => {
    const { kept, begin } = keeping();
    const session = aStoredSession();
    keepTwice(kept, 'a', session);
    const commit = begin();
    assert.equal(kept.find('a'), undefined);
    kept.release({ commit, rows: [77] });
    assert.equal(kept.find('a'), session);
  });

  it('are let go of when their row changes, and not kept again before the answers have come', () => {
    const { kept, begin } = keeping();
    const session = aStoredSession();
    keepTwice(kept, 'a', session);
    kept.release({ commit: begin(), rows: [session.number] });
    assert.equal(kept.find('a'), undefined);
    keepTwice(kept, 'a', session);
    assert.equal(kept.find('a'), undefined);
    kept.settle();
    keepTwice(kept, 'a', session);
    assert.equal(kept.find('a'), session);
  });

  it('are not kept when a commit has begun since they were read', () => {
    const { kept, begin } = keeping();
    const session = aStoredSession();
    kept.keep('a', session);
    const commit = begin();
    kept.keep('a', session);
    kept.release({ commit, rows: [77] });
    assert.equal(kept.find('a'), undefined);
  });

  it('are bounded: those asked for stay and the others are forgotten', () => {
    const { kept } = keeping();
    const wanted = aStoredSession({ number: 1 });
    keepTwice(kept, '1', wanted);
    let held = 0;
    const last = 100_000;
    for (let number = 2; number <= last; number++) {
      keepTwice(kept, String(number), { ...wanted, number });
      if (number % 1000 === 0) assert.equal(kept.find('1'), wanted);
    }
    for (let number = 2; number <= last; number++) if (kept.find(String(number)) !== undefined) held++;
    assert.ok(held > 0 && held < last / 2, `${held} are held`);
  });
});

/** A change of a session that was looked up before, and what a look-up must show as soon as it is acknowledged. */
const changes: [
  what: string,
  change: (store: SqliteStore, session: StoredSession, order: RegisterCommand) => Promise<unknown>,
  holds: (session: StoredSession | undefined) => boolean,
][] = [
  [
    'its user logs out',
    (store, { id }) => store.end({ id, reason: 'logged_out', now: startOfTime }),
    (session) => session?.ended?.reason === 'logged_out',
  ],
  [
    'a small cut ends it',
    (store, { id }) => store.revoke(toRevoke({ sessionIds: [id] })),
    (session) => session?.ended?.reason === 'revoked',
  ],
  [
    'the sweep of a large cut reaches it',
    async (store) => {
      const crowd = Array.from({ length: 1100 }, () => store.register(toRegister()));
      await Promise.all(crowd);
      await store.revoke(toRevoke({ username: 'ann' }));
      while ((await store.sweep(startOfTime)).more);
    },
    (session) => session?.ended?.reason === 'revoked',
  ],
  [
    'a touch is written',
    (store, { number }) => store.touch([{ number, lastAccessAt: startOfTime + minute }]),
    (session) => session?.lastAccessAt === startOfTime + minute,
  ],
  [
    'its rights are replaced',
    (store, { id }) => store.update({ id, now: startOfTime, accessGroups: ['read'] }),
    (session) => session?.accessGroups.join() === 'read',
  ],
  [
    'its attributes are replaced, which are read late',
    (store, { id }) => store.update({ id, now: startOfTime, attributes: { a: '2' } }),
    (session) => session?.attributes.a === '2',
  ],
  [
    'a repeated registration replaces its token',
    (store, _session, order) => store.register({ ...order, tokenHash: hashSecret(newSessionToken()) }),
    (session) => session === undefined,
  ],
  [
    'it is displaced',
    (store) => store.register(toRegister({}, { limit: { kind: 'displace', max: 1, per: 'user' } })),
    (session) => session?.ended?.reason === 'displaced',
  ],
  [
    'it is marked as idle',
    (store) => store.expire(startOfTime + hour),
    (session) => session?.ended?.reason === 'idle',
  ],
  [
    'its record is deleted',
    async (store, { id }) => {
      await store.end({ id, reason: 'logged_out', now: startOfTime });
      await store.purge(startOfTime + 1);
    },
    (session) => session === undefined,
  ],
];

describe('a session that the SQLite store keeps in memory', () => {
  it('is the same at every look-up while nothing changes it', async (t) => {
    const opened = await openTemporarySqlite();
    t.after(() => opened.close());
    const { store } = opened;
    const order = toRegister();
    await store.register(order);
    store.lookup(order.tokenHash);
    const first = store.lookup(order.tokenHash).session;
    await store.register(toRegister({ username: 'bob' }));
    assert.ok(first !== undefined && store.lookup(order.tokenHash).session === first);
  });

  for (const [what, change, holds] of changes) {
    it(`is seen as it is when ${what}`, async (t) => {
      const opened = await openTemporarySqlite();
      t.after(() => opened.close());
      const { store } = opened;
      const idempotency = { key: Buffer.alloc(32, 1), request: Buffer.alloc(32, 2) };
      const order = toRegister({ attributes: { a: '1' } }, { idempotency });
      await store.register(order);
      store.lookup(order.tokenHash);
      const session = store.lookup(order.tokenHash).session as StoredSession;
      assert.ok(store.lookup(order.tokenHash).session === session && session.attributes.a === '1');
      await change(store, session, order);
      assert.equal(holds(store.lookup(order.tokenHash).session), true);
    });
  }

  it('is never older than what a list has shown', async (t) => {
    const opened = await openTemporarySqlite();
    t.after(() => opened.close());
    const { store } = opened;
    const order = toRegister();
    await store.register(order);
    const { number, id } = store.lookup(order.tokenHash).session as StoredSession;
    for (let at = startOfTime + 1; at <= startOfTime + 200; at++) {
      store.lookup(order.tokenHash);
      const written = store.touch([{ number, lastAccessAt: at }]);
      const shown = await store.find(id, at);
      const known = store.lookup(order.tokenHash).session;
      assert.ok(shown !== undefined && known !== undefined && known.lastAccessAt >= shown.lastAccessAt);
      await written;
    }
  });

  it('is not confused with another whose hash begins alike', async (t) => {
    const opened = await openTemporarySqlite();
    t.after(() => opened.close());
    const { store } = opened;
    const order = toRegister({ id: randomUUID() });
    await store.register(order);
    for (let round = 0; round < 3; round++) store.lookup(order.tokenHash);
    const other = Buffer.from(order.tokenHash);
    other[31] = (other[31] as number) ^ 1;
    assert.equal(store.lookup(other).session, undefined);
  });
});
