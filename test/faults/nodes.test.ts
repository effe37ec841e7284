import assert from 'node:assert/strict';
import { it } from 'node:test';
import { skipWithoutPostgres } from '../support/postgres.ts';
import { Cluster, pause } from './cluster.ts';
import { ask } from './storm.ts';

it('a cut is final on all nodes, and hits nobody else, whatever happens to a node', {
  skip: skipWithoutPostgres(),
  timeout: 250_000,
}, async (t) => {
  const cluster = await Cluster.start(t);
  await t.test('nothing happens', async (t) => {
    await cluster.weather(t, () => pause(1500));
  });

  await t.test('a node is killed in the middle of its cuts, and started again', async (t) => {
    await cluster.weather(t, async () => {
      for (const index of [0, 1]) {
        await cluster.node(index).process.kill();
        await pause(500);
        await cluster.node(index).restart();
        await pause(500);
      }
    });
  });

  await t.test('a node stands still for ten seconds with requests waiting, and goes on', async (t) => {
    const still = cluster.node(2);
    const witness = await cluster.weather(t, async () => {
      still.process.signal('SIGSTOP');
      await pause(10_000);
      still.process.signal('SIGCONT');
    });
    assert.ok(
      witness.checks.some(
        ({ node, startedAt, answeredAt }) => node === still.name && answeredAt - startedAt > 5000,
      ),
    );
  });

  await t.test(
    'one after the other is stopped in order and replaced, and whoever asks the next one is answered',
    async (t) => {
      const failed: number[] = [];
      let isOver = false;
      const [first] = cluster.nodes;
      assert.ok(first);
      const provider = { type: 'basic', name: 'main' };
      const { body } = await ask(first, 'POST', '/v1/sessions', cluster.key, { username: 'eve', provider });
      const watch = async (): Promise<void> => {
        // As a proxy does: a request that one node does not take goes to the next.
        for (let turn = 0; !isOver; turn++) {
          let status = 0;
          for (let attempt = 0; attempt < 3 && status !== 200; attempt++) {
            status = (await ask(cluster.node((turn + attempt) % 3), 'GET', '/v1/check', body.token)).status;
          }
          if (status !== 200) failed.push(status);
        }
      };
      const watching = watch();
      await cluster.weather(t, async () => {
        for (const node of cluster.nodes) {
          await node.process.stop();
          await node.restart();
        }
      });
      isOver = true;
      await watching;
      assert.deepEqual(failed, []);
    },
  );
});
