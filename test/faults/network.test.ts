import assert from 'node:assert/strict';
import { it } from 'node:test';
import { skipWithoutPostgres } from '../support/postgres.ts';
import { Cluster, type ClusterNode, pause } from './cluster.ts';

/** What may happen to the way between a node and the database; each ends with the way open again. */
const troubles: readonly [name: string, happen: (node: ClusterNode) => Promise<void>][] = [
  [
    'every connection is reset, again and again',
    async ({ proxy }) => {
      for (let times = 0; times < 15; times++) {
        proxy.reset();
        await pause(100);
      }
    },
  ],
  [
    'what the node says does not arrive',
    async ({ proxy }) => {
      proxy.set({ toServer: 'held' });
      await pause(2500);
    },
  ],
  [
    'what the database says does not arrive, so that commits are made that nobody hears of',
    async ({ proxy }) => {
      proxy.set({ toClient: 'held' });
      await pause(2500);
    },
  ],
  [
    'what the database said is lost with the connection',
    async ({ proxy }) => {
      for (let times = 0; times < 5; times++) {
        proxy.set({ toClient: 'held' });
        await pause(200);
        proxy.reset();
        proxy.heal();
        await pause(150);
      }
    },
  ],
  [
    'nothing arrives anywhere, and nobody is told',
    async ({ proxy }) => {
      proxy.set({ toServer: 'held', toClient: 'held' });
      await pause(2500);
    },
  ],
  [
    'every message takes a tenth of a second',
    async ({ proxy }) => {
      proxy.set({ toServer: { delayMs: 100 }, toClient: { delayMs: 100 } });
      await pause(2000);
    },
  ],
  [
    'nobody is let in',
    async ({ proxy }) => {
      proxy.refuse();
      await pause(1500);
    },
  ],
];

it('a cut is final on all nodes, and hits nobody else, whatever happens to the ways to the database', {
  skip: skipWithoutPostgres(),
  timeout: 250_000,
}, async (t) => {
  const cluster = await Cluster.start(t);
  for (const [name, happen] of troubles) {
    await t.test(name, async (t) => {
      await cluster.weather(t, async () => {
        const node = cluster.node(1);
        await happen(node);
        node.proxy.heal();
      });
    });
  }
  const { intact } = await cluster.node(0).process.client.ledger.verify();
  assert.ok(intact);
});
