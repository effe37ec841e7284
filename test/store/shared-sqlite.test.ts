import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Registry } from '../../src/session/registry.ts';
import { holdDirectory } from '../../src/store/sqlite/hold.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { stateOf } from '../support/opened-registry.ts';
import { anOrigin } from '../support/sessions.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

interface Worker {
  readonly store: SqliteStore;
  readonly registry: Registry;
}

const clock = new ManualClock();
const provider = { type: 'basic', name: 'demo' };

/** Stores that share one folder, each with connections, threads and memory of its own, as workers have them. */
async function workersOn(t: TestContext, count: number): Promise<{ directory: string; workers: Worker[] }> {
  const temporary = makeTemporaryDirectory();
  const directory = join(temporary.path, 'data');
  const hold = await holdDirectory(directory);
  const workers: Worker[] = [];
  t.after(async () => {
    for (const { store } of workers) await store.close();
    hold.release();
    temporary.remove();
  });
  for (let n = 0; n < count; n++) {
    const store = await openSqliteStore({ directory, isShared: true });
    workers.push({ store, registry: await Registry.open({ store, clock }) });
  }
  return { directory, workers };
}

const cut = ({ registry }: Worker, username: string) =>
  registry.terminate({ selector: { username }, reason: 'a test', origin: anOrigin });

describe('SQLite stores that share one folder', () => {
  it('refuse what another has cut at the very next question', async (t) => {
    const { workers } = await workersOn(t, 3);
    for (let round = 0; round < 100; round++) {
      const username = `user ${round}`;
      const by = workers[round % 3] as Worker;
      const { token } = await by.registry.register({ realm: 'default', username, provider });
      const states = async (): Promise<string[]> =>
        Promise.all(workers.map(async ({ registry }) => stateOf(await registry.check(token))));
      // Asked three times, so that it is kept.
      for (let n = 0; n < 3; n++) assert.deepEqual(await states(), ['live', 'live', 'live']);
      await cut(workers[(round + 1) % 3] as Worker, username);
      assert.deepEqual(await states(), ['revoked', 'revoked', 'revoked'], `round ${round}`);
    }
  });

  it('give nothing that is kept from before a commit of another', async (t) => {
    const { workers } = await workersOn(t, 2);
    const [a, b] = workers as [Worker, Worker];
    const { token, session } = await a.registry.register({ realm: 'default', username: 'ann', provider });
    for (let n = 0; n < 5; n++) assert.equal(stateOf(await b.registry.check(token)), 'live');
    await a.registry.refresh(session.id, { accessGroups: ['read'] });
    const refreshed = await b.registry.check(token);
    assert.deepEqual(refreshed.session?.accessGroups, ['read']);
    await a.registry.logOut(session.id);
    assert.equal(stateOf(await b.registry.check(token)), 'logged_out');
  });

  it('let a sign-in that follows a cut of another pass, and refuse one that began before it', async (t) => {
    const { workers } = await workersOn(t, 2);
    const [a, b] = workers as [Worker, Worker];
    const request = { realm: 'default', username: 'ann', provider };
    const epoch = b.registry.ledger.head;
    await cut(a, 'ann');
    const after = await b.registry.register(request);
    assert.equal(stateOf(await a.registry.check(after.token)), 'live');
    await assert.rejects(b.registry.register({ ...request, epoch }), { code: 'revoked_during_sign_in' });
  });

  it('bring the same new words into use at the same time', async (t) => {
    const { workers } = await workersOn(t, 2);
    const made = workers.flatMap(({ registry }, worker) =>
      Array.from({ length: 60 }, (_, n) =>
        registry.register({
          realm: `realm ${n % 7}`,
          username: `user ${worker} ${n}`,
          provider: { type: 'oidc', name: `provider ${n % 11}` },
          app: `app ${n % 5}`,
        }),
      ),
    );
    const sessions = (await Promise.all(made)).map(({ session }) => session);
    for (const { registry } of workers) {
      const { sessions: listed } = await registry.list({
        selector: { all: true },
        state: 'live',
        limit: 500,
      });
      const words = (one: (typeof listed)[number]) => [one.id, one.realm, one.provider.name, one.app];
      assert.deepEqual(listed.map(words).sort(), sessions.map(words).sort());
    }
  });

  it('count a limit of sessions exactly, whoever registers', async (t) => {
    const { workers } = await workersOn(t, 2);
    const [a, b] = workers as [Worker, Worker];
    const rule = { sessionLimit: { kind: 'refuse', max: 3, per: 'user' } } as const;
    await a.registry.policies.set({ kind: 'default' }, rule, anOrigin, clock.now());
    // The other one hears of the rule before it registers.
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_, n) =>
        (n % 2 === 0 ? a : b).registry.register({ realm: 'default', username: 'ann', provider }),
      ),
    );
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 3);
  });

  it('keep the folder from another server until the last has left', async (t) => {
    const { directory } = await workersOn(t, 0);
    const store = await openSqliteStore({ directory, isShared: true });
    await assert.rejects(openSqliteStore({ directory }), { code: 'data_in_use' });
    await store.close();
  });

  it('keep it also when the process that held it for them was killed', async () => {
    const temporary = makeTemporaryDirectory();
    const directory = join(temporary.path, 'data');
    const killed = await holdDirectory(directory);
    const worker = await openSqliteStore({ directory, isShared: true });
    killed.release();
    let isClosing = false;
    const next = openSqliteStore({ directory }).then((store) => {
      assert.ok(isClosing, 'it waited for the worker to leave');
      return store;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    isClosing = true;
    await worker.close();
    await (await next).close();
    temporary.remove();
  });
});
