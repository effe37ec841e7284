import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { startProcess } from '../promises/server-process.ts';
import { type RunningPostgres, skipWithoutPostgres, startPostgres } from '../support/postgres.ts';
import { realPart } from '../support/real-parts.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const skip = skipWithoutPostgres();
const provider = { type: 'basic', name: 'demo' };

async function postgres(t: TestContext): Promise<RunningPostgres> {
  const running = await startPostgres({ settings: ['wal_level = replica', 'max_wal_senders = 4'] });
  t.after(() => running.stop());
  return running;
}

describe('workers on PostgreSQL', { skip }, () => {
  it('are nodes of one store, which warn when it replicates without waiting', async (t) => {
    const database = await postgres(t);
    const temporary = makeTemporaryDirectory();
    t.after(() => temporary.remove());
    const server = await startProcess(t, {
      data: join(temporary.path, 'data'),
      flags: ['--workers', '2', '--node-name', 'here'],
      env: { CURFEW_STORE: database.url },
    });
    for (let round = 0; round < 20; round++) {
      const username = `user ${round}`;
      const { token } = await server.client.sessions.register({ username, provider });
      await server.client.revocations.create({ selector: { username }, reason: 'a test' });
      // Each on a connection of its own, so that both workers are asked.
      const answers = await Promise.all(
        Array.from({ length: 4 }, () =>
          fetch(`${server.url}/v1/check`, {
            headers: { authorization: `Bearer ${token}`, connection: 'close' },
          }),
        ),
      );
      assert.deepEqual(
        answers.map(({ status }) => status),
        [401, 401, 401, 401],
      );
    }
    const { nodes } = await server.client.nodes.list();
    assert.deepEqual(
      nodes.map(({ name }) => name),
      ['here/1', 'here/2'],
    );
    assert.deepEqual(await (await fetch(`${server.url}/readyz`)).json(), { status: 'ready' });

    await replicate(t, database, temporary.path);
    const warned = await server.client.nodes.list();
    assert.match(warned.warnings[0] ?? '', /replicates to 1 standbys without waiting/);
    await database.query("ALTER SYSTEM SET synchronous_standby_names = 'pg_receivewal'");
    await database.query('SELECT pg_reload_conf()');
    while ((await server.client.nodes.list()).warnings.length > 0);
    assert.ok(!server.output.includes(database.password), 'the password is in no log');
    await server.stop();
  });
});

/** Streams what is written elsewhere, as a standby does. */
async function replicate(t: TestContext, database: RunningPostgres, folder: string): Promise<void> {
  const bin = dirname(realpathSync(realPart('postgres').path));
  const args = ['-D', folder, '-d', database.directUrl, '--synchronous', '--no-loop'];
  const child = spawn(join(bin, 'pg_receivewal'), args, { stdio: 'ignore' });
  const closed = once(child, 'close');
  t.after(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  const isThere = async (): Promise<boolean> => {
    const { rowCount } = await database.query("SELECT FROM pg_stat_replication WHERE state = 'streaming'");
    return (rowCount ?? 0) > 0;
  };
  while (!(await isThere())) assert.equal(child.exitCode, null, 'pg_receivewal runs');
}
