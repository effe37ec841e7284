import assert from 'node:assert/strict';
import { it } from 'node:test';
import { skipWithoutPostgres } from '../support/postgres.ts';
import { Cluster, pause } from './cluster.ts';
import { ask } from './storm.ts';

/** Far more than a node may need for an answer, whatever the database does; see `checkDeadlineMs`. */
const boundMs = 12_000;
const checksAtOnce = 1500;

it('a cut is final on all nodes, and hits nobody else, whatever happens to the database', {
  skip: skipWithoutPostgres(),
  timeout: 250_000,
}, async (t) => {
  const cluster = await Cluster.start(t, { nodes: 2 });
  const { postgres, nodes } = cluster;

  await t.test('it is killed and started again', async (t) => {
    await cluster.weather(t, async () => {
      for (let times = 0; times < 3; times++) {
        await postgres.kill('SIGKILL');
        await pause(300);
        await postgres.restart();
        await pause(700);
      }
    });
  });

  await t.test('it stands still and goes on', async (t) => {
    await cluster.weather(t, async () => {
      await postgres.kill('SIGSTOP');
      await pause(3000);
      await postgres.kill('SIGCONT');
    });
  });

  await t.test('its processes are ended one by one by an administrator', async (t) => {
    await cluster.weather(t, async () => {
      for (let times = 0; times < 10; times++) {
        await postgres.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name LIKE 'curfew%' AND random() < 0.5`,
        );
        await pause(150);
      }
    });
  });

  await t.test(
    'while it says nothing every check is refused in bounded time, and its return meets no herd',
    async (t) => {
      const [node] = nodes;
      assert.ok(node);
      const provider = { type: 'basic', name: 'main' };
      const { body } = await ask(node, 'POST', '/v1/sessions', cluster.key, { username: 'eve', provider });
      node.proxy.set({ toServer: 'held', toClient: 'held' });
      const startedAt = performance.now();
      const check = () => ask(node, 'GET', '/v1/check', body.token);
      const answers = await Promise.all(Array.from({ length: checksAtOnce }, check));
      const tookMs = performance.now() - startedAt;
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [503]);
      assert.ok(tookMs < boundMs, `${Math.round(tookMs)} ms`);
      // Nobody is let in for a while, though there is much to ask: the node tries seldom.
      const before = node.proxy.attempts;
      node.proxy.refuse();
      const until = performance.now() + 4000;
      let asked = 0;
      while (performance.now() < until) {
        const some = await Promise.all(Array.from({ length: 20 }, check));
        assert.ok(some.every(({ status }) => status === 503));
        asked += some.length;
      }
      const tries = node.proxy.attempts - before;
      t.diagnostic(`${asked} checks while nobody was let in, ${tries} connections tried`);
      assert.ok(asked > 200 && tries < 120, `${tries} connections tried`);
      const statements = async (): Promise<number> => {
        // What a process has done is told a moment after it.
        await pause(1200);
        const sql = 'SELECT sum(xact_commit + xact_rollback)::int AS all FROM pg_stat_database';
        return (await postgres.query(sql)).rows[0].all;
      };
      const [connections, done] = [node.proxy.attempts, await statements()];
      node.proxy.heal();
      await cluster.recovered();
      assert.equal((await check()).status, 200);
      const work = (await statements()) - done;
      const made = node.proxy.attempts - connections;
      t.diagnostic(`after it: ${made} connections, ${work} transactions`);
      assert.ok(made < 40, `${made} connections`);
      assert.ok(work < checksAtOnce / 3, `${work} transactions for what nobody waits for any more`);
    },
  );
});
