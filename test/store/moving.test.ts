import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { factKinds, type Movable } from '../../src/session/facts.ts';
import { moveStore } from '../../src/session/moving.ts';
import { Registry } from '../../src/session/registry.ts';
import type { Store } from '../../src/session/store.ts';
import { openMovableSqlite } from '../../src/store/sqlite/movable.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { stateOf } from '../support/opened-registry.ts';
import { withSeed } from '../support/seed.ts';
import { anOrigin } from '../support/sessions.ts';
import { openTemporarySqlite } from '../support/sqlite.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { History } from './history.ts';

const clock = new ManualClock();

function folder(t: TestContext): (name: string) => string {
  const temporary = makeTemporaryDirectory();
  t.after(() => temporary.remove());
  return (name) => join(temporary.path, name);
}

async function move(from: string, to: string, startOver = false) {
  const source = await openMovableSqlite(from, 'source');
  try {
    const target = await openMovableSqlite(to, 'target');
    try {
      return await moveStore({ source, target, clock, startOver });
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function withStore<Result>(
  directory: string,
  work: (store: Store, registry: Registry) => Promise<Result>,
) {
  const store = await openSqliteStore({ directory });
  try {
    return await work(store, await Registry.open({ store, clock }));
  } finally {
    await store.close();
  }
}

const provider = { type: 'basic', name: 'demo' };

/** A store with something of every kind in it. Gives the token of a live session, and of one that was cut. */
function fill(directory: string): Promise<{ live: string; cut: string; number: number }> {
  return withStore(directory, async (store, registry) => {
    const ann = await registry.register({
      realm: 'shop',
      username: 'ann',
      provider,
      app: 'till',
      client: { ip: '192.0.2.7', userAgent: 'curl' },
      attributes: { desk: '4' },
      accessGroups: ['read'],
      adminIds: [3],
      providerSession: 'of the provider',
      idempotency: { key: Buffer.alloc(32, 1), request: Buffer.alloc(32, 2) },
    });
    const bob = await registry.register({ realm: 'shop', username: 'bob', provider });
    await registry.terminate({ selector: { username: 'bob' }, reason: 'a test', origin: anOrigin });
    await registry.policies.set({ kind: 'default' }, { idleTimeoutMs: null }, anOrigin, clock.now());
    await store.addRefusals([
      { number: bob.session.number, ip: '192.0.2.9', count: 2, firstAt: 5, lastAt: clock.now() },
    ]);
    // The greatest number is of a session that is gone.
    const gone = await registry.register({ realm: 'other', username: 'eve', provider });
    await registry.logOut(gone.session.id);
    clock.advance(1000);
    await store.purge(clock.now());
    await registry.close();
    return { live: ann.token, cut: bob.token, number: gone.session.number };
  });
}

describe('a store that is moved', () => {
  it('answers as before, and no server starts on what it was moved from', async (t) => {
    const at = folder(t);
    const { live, cut, number } = await fill(at('old'));
    const { kinds } = await move(at('old'), at('new'));
    assert.deepEqual(
      kinds.map(({ kind }) => kind),
      factKinds,
    );
    await withStore(at('new'), async (store, registry) => {
      assert.equal(stateOf(await registry.check(live)), 'live');
      assert.equal(stateOf(await registry.check(cut)), 'unknown', 'its row was purged with its history');
      assert.deepEqual(await store.realms(), ['shop', 'other']);
      const { session } = await registry.register({ realm: 'shop', username: 'cid', provider });
      assert.equal(session.number, number + 1, 'a number is never given twice');
    });
    await assert.rejects(openSqliteStore({ directory: at('old') }), (error: Error) => {
      assert.match(error.message, /was moved to sqlite:.*new at .*--reopen/);
      return true;
    });
  });

  it('is refused where the target holds something, and where it has moved already', async (t) => {
    const at = folder(t);
    await fill(at('old'));
    await fill(at('taken'));
    await assert.rejects(move(at('old'), at('taken')), { code: 'conflict', message: /is not empty/ });
    await move(at('old'), at('new'));
    await assert.rejects(move(at('old'), at('third')), { code: 'conflict', message: /was moved to/ });
    await assert.rejects(move(at('missing'), at('third')), { code: 'not_found' });
  });

  it('goes on after it was stopped anywhere, and says what differs when the source has changed since', async (t) => {
    const at = folder(t);
    await fill(at('old'));
    for (let stopAfter = 0; ; stopAfter++) {
      const source = await openMovableSqlite(at('old'), 'source');
      const target = await openMovableSqlite(at('new'), 'target');
      const isWhole = await moveStore({ source, target: stopping(target, stopAfter), clock }).then(
        () => true,
        (error: Error) => {
          assert.equal(error.message, 'stopped');
          return false;
        },
      );
      await source.close();
      await target.close();
      if (isWhole) break;
      const starts = await Promise.allSettled(
        [at('old'), at('new')].map((directory) => openSqliteStore({ directory })),
      );
      for (const one of starts) if (one.status === 'fulfilled') await one.value.close();
      // Before the first write there is nothing, and so nothing that is not whole.
      if (stopAfter > 0) assert.equal(starts[1]?.status, 'rejected', 'no server starts on what is not whole');
    }
    await withStore(at('new'), async (store) => assert.equal((await store.head()).seq, 1));
  });

  it('is not used when something differs, which is named', async (t) => {
    const at = folder(t);
    const { live } = await fill(at('old'));
    const source = await openMovableSqlite(at('old'), 'source');
    const target = await openMovableSqlite(at('new'), 'target');
    await assert.rejects(moveStore({ source, target: stopping(target, 9), clock }), /stopped/);
    await source.close();
    await target.close();
    await withStore(at('old'), async (_store, registry) => {
      clock.advance(60_000);
      await registry.check(live);
      await registry.close();
    });
    await assert.rejects(move(at('old'), at('new')), {
      code: 'conflict',
      message: /session 1 differs in last_access_at/,
    });
    await move(at('old'), at('new'), true);
  });

  it('cannot be told from the model after a random history', async (t) => {
    await withSeed(async (random, seed) => {
      const at = folder(t);
      const first = await openTemporarySqlite();
      let store: Store = first.store;
      let directory = first.directory;
      let moves = 0;
      const opened = {
        ...first,
        get store() {
          return store;
        },
        async reopen() {
          await store.close();
          const next = at(`moved-${++moves}`);
          await move(directory, next);
          directory = next;
          store = await openSqliteStore({ directory });
        },
      };
      const history = new History(opened, random, seed);
      for (let round = 0; round < 3; round++) {
        for (let n = 0; n < 200; n++) await history.step();
        await opened.reopen();
        await history.compareEverything();
      }
      await store.close();
      await first.close();
    });
  });
});

/** A target whose process ends after so many writes. */
function stopping(target: Movable, writes: number): Movable {
  let left = writes;
  const counted = <Args extends unknown[]>(write: (...args: Args) => Promise<void>) => {
    return async (...args: Args): Promise<void> => {
      if (left-- <= 0) throw new Error('stopped');
      await write(...args);
    };
  };
  return {
    name: target.name,
    note: () => target.note(),
    setNote: counted((note) => target.setNote(note)),
    count: (kind) => target.count(kind),
    read: (...args) => target.read(...args),
    lastKey: (kind) => target.lastKey(kind),
    write: counted((kind, facts) => target.write(kind, facts)),
    lastNumber: () => target.lastNumber(),
    setLastNumber: counted((number) => target.setLastNumber(number)),
    clear: () => target.clear(),
    close: () => target.close(),
  };
}
