import assert from 'node:assert/strict';
import { it } from 'node:test';
import { atEnd } from '../promises/at-end.ts';
import { startPatroni } from '../support/patroni.ts';
import { skipWithout } from '../support/real-parts.ts';
import { Cluster, pause } from './cluster.ts';

it('a cut is final, and hits nobody else, also when a synchronous standby takes over', {
  skip: skipWithout('postgres', 'patroni', 'etcd'),
  timeout: 250_000,
}, async (t) => {
  const patroni = await startPatroni();
  atEnd(t, () => patroni.stop());
  const cluster = await Cluster.startAt(t, patroni.url, { nodes: 2 });

  await t.test('because the primary was killed with all that watched over it', async (t) => {
    const first = await patroni.leader();
    await cluster.weather(t, async () => {
      await first.kill();
      const next = await patroni.leader(first);
      t.diagnostic(`${first.name} was killed, ${next.name} took over`);
      first.start();
    });
  });

  await t.test('because the primary was cut off, while the nodes still reach it', async (t) => {
    const first = await patroni.leader();
    await cluster.weather(t, async () => {
      first.partition();
      await pause(3000);
      const next = await patroni.leader(first);
      t.diagnostic(`${first.name} was cut off, ${next.name} took over`);
      first.heal();
    });
  });

  const { intact } = await cluster.node(0).process.client.ledger.verify();
  assert.ok(intact);
});
