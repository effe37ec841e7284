import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hashSecret } from '../../../src/core/tokens.ts';
import { moveData, reopenData } from '../../../src/offline.ts';
import { Registry } from '../../../src/session/registry.ts';
import { openPostgresStore } from '../../../src/store/postgres/postgres-store.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { stateOf } from '../../support/opened-registry.ts';
import { skipWithoutPostgres } from '../../support/postgres.ts';
import { postgresStores } from '../../support/postgres-store.ts';
import { withSeed } from '../../support/seed.ts';
import { toRegister } from '../../support/sessions.ts';
import { openTemporarySqlite } from '../../support/sqlite.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { History } from '../history.ts';

const skip = skipWithoutPostgres();
const clock = new ManualClock();
const provider = { type: 'basic', name: 'demo' };

/** Runs a move in a process of its own, killed after so many steps; gives how it ended. */
async function moveInProcess(from: string, to: string, killAt: number): Promise<string> {
  const file = fileURLToPath(
    new URL(`../move-process${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
  );
  const child = spawn(
    process.execPath,
    [...process.execArgv.filter((arg) => !arg.startsWith('--test')), file, from, to, String(killAt)],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return signal ?? String(code);
}

describe('a store that moves between engines', { skip }, () => {
  if (skip !== false) return;
  const databases = postgresStores();

  it('cannot be told from the model after a random history, there and back', async () => {
    await withSeed(async (random, seed) => {
      const first = await openTemporarySqlite();
      const temporary = makeTemporaryDirectory();
      let moves = 0;
      let place = `sqlite:${first.directory}`;
      let store: Awaited<ReturnType<typeof open>> = first.store;
      const open = async (where: string) =>
        where.startsWith('sqlite:')
          ? openSqliteStore({ directory: where.slice('sqlite:'.length) })
          : openPostgresStore({ url: where });
      const opened = {
        ...first,
        get store() {
          return store;
        },
        async reopen() {
          await store.close();
          const next =
            ++moves % 2 === 0
              ? `sqlite:${join(temporary.path, String(moves))}`
              : await (await databases.server()).createDatabase();
          await moveData({ from: place, to: next, clock });
          place = next;
          store = await open(next);
        },
      };
      const history = new History(opened, random, seed);
      for (let round = 0; round < 4; round++) {
        for (let n = 0; n < 120; n++) await history.step();
        await opened.reopen();
        await history.compareEverything();
      }
      assert.ok(moves >= 4);
      await store.close();
      await first.close();
      temporary.remove();
    });
  });

  it('lets no server answer by what was left behind that was cut off meanwhile, and comes back', async (t) => {
    const opened = await databases.open();
    t.after(() => opened.close());
    const { token, session } = await (await Registry.open({ store: opened.store, clock })).register({
      ...{ realm: 'default', username: 'ann', provider },
    });
    const tokenHash = hashSecret(token);
    assert.equal((await opened.store.lookup(tokenHash)).session?.id, session.id);
    await opened.postgres.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
      new URL(opened.url).pathname.slice(1),
    ]);
    const temporary = makeTemporaryDirectory();
    t.after(() => temporary.remove());
    await moveData({ from: opened.url, to: `sqlite:${join(temporary.path, 'data')}`, clock });
    const refusal = { code: 'store_unavailable', message: /was moved to sqlite:/ };
    for (let n = 0; n < 3; n++) {
      await assert.rejects(opened.store.lookup(tokenHash), refusal);
      await assert.rejects(opened.store.ping(), refusal);
      await assert.rejects(opened.store.register(toRegister()), refusal);
    }
  });

  it('arrives whole though its process is killed again and again', async () => {
    const first = await openTemporarySqlite();
    const registry = await Registry.open({ store: first.store, clock });
    const made = await Promise.all(
      Array.from({ length: 4500 }, (_, n) =>
        registry.register({
          realm: `realm ${n % 3}`,
          username: `user ${n}`,
          provider,
          attributes: { n: String(n) },
        }),
      ),
    );
    await first.store.close();
    const url = await (await databases.server()).createDatabase();
    const from = `sqlite:${first.directory}`;
    for (const killAt of [1, 4, 9, 10, 14, 21])
      assert.equal(await moveInProcess(from, url, killAt), 'SIGKILL', `at step ${killAt}`);
    await assert.rejects(openPostgresStore({ url }), { code: 'conflict', message: /is not whole/ });
    assert.equal(await moveInProcess(from, url, 0), '0');
    const store = await openPostgresStore({ url });
    const moved = await Registry.open({ store, clock });
    assert.equal(
      await store.count({ selector: { all: true }, state: 'live', now: clock.now() }),
      made.length,
    );
    for (const { token } of made.filter((_, n) => n % 500 === 0))
      assert.equal(stateOf(await moved.check(token)), 'live');
    await assert.rejects(moveData({ from, to: url, clock }), { code: 'data_in_use' });
    await store.close();
    await assert.rejects(openSqliteStore({ directory: first.directory }), (error: Error) => {
      assert.match(error.message, /was moved to postgres:/);
      assert.ok(!error.message.includes(new URL(url).password), 'the password is in no message');
      return true;
    });
    assert.equal(
      await reopenData(from, clock),
      made.length,
      'what is taken into use again has no live session',
    );
    await first.reopen();
    await first.close();
  });
});
