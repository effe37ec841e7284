import { askAsAdmin } from '../curfew-on-copy.ts';
import { measured, median, percentile, withinLimit } from '../measurement.ts';
import { nodeGroup, placesOf } from '../node-group.ts';
import { isInHalf, tokenAt } from '../population.ts';
import type { Row } from '../row.ts';
import { sampleIndexes } from '../sampling.ts';
import type { StartedServer } from '../started-process.ts';

const nodeCount = 2;

/** How fast users are cut off at one node, and whether the other ever answers live afterwards. */
export const nodesTerminate: Row = {
  name: 'nodes-terminate',
  title: 'Terminations, two nodes on one PostgreSQL',
  isLoad: true,
  usesCache: false,
  async run(context) {
    const group = await nodeGroup(context);
    try {
      const nodes = await group.start(nodeCount);
      const first = nodes[0] as StartedServer;
      const { secret } = (await askAsAdmin(first, 'POST', '/v1/keys', {
        name: 'measurement',
        scopes: ['terminate'],
      })) as { secret: string };
      const size = context.isQuick ? 200 : 2000;
      // A key reaches one realm only, in which these sessions lie.
      const indexes = [...new Set(sampleIndexes(size * 3, context.size))].filter(isInHalf);
      const orders: number[] = [];
      const refusals: number[] = [];
      let late = 0;
      const cut = async (index: number, node: StartedServer): Promise<void> => {
        const session = await sessionOf(node, index);
        if (session === undefined) return;
        const orderedAt = performance.now();
        const answer = await fetch(`http://127.0.0.1:${node.port}/v1/revocations`, {
          method: 'POST',
          headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
          body: JSON.stringify({ selector: { sessionIds: [session] }, reason: 'a measurement' }),
        });
        await answer.arrayBuffer();
        if (answer.status !== 201) throw new Error(`the order was answered with ${answer.status}`);
        const acknowledgedAt = performance.now();
        orders.push(acknowledgedAt - orderedAt);
        const statuses = await Promise.all(nodes.map((other) => checkStatus(other, index)));
        refusals.push(performance.now() - acknowledgedAt);
        late += statuses.filter((status) => status !== 401).length;
      };
      for (const [place, index] of indexes.slice(0, size / 2).entries())
        await cut(index, nodes[place % nodeCount] as StartedServer);
      const [alone, answered] = [[...orders], [...refusals]];
      orders.length = 0;
      const rest = indexes.slice(size / 2, size);
      const startedAt = performance.now();
      await Promise.all(
        Array.from({ length: 32 }, async (_, caller) => {
          for (let index = rest.pop(); index !== undefined; index = rest.pop())
            await cut(index, nodes[caller % nodeCount] as StartedServer);
        }),
      );
      const perSecond = (orders.length * 1000) / (performance.now() - startedAt);
      const note = `${alone.length} one after the other, a check of each at both nodes right after it; ${placesOf(nodeCount)}`;
      return [
        measured({
          what: 'from order to acknowledgement, p50',
          ours: { value: median(alone), unit: 'ms' },
          against: { name: 'p99', value: percentile(alone, 99) },
          note,
        }),
        measured({
          what: 'from acknowledgement to the answer of the last node asked, p50',
          ours: { value: median(answered), unit: 'ms' },
          against: { name: 'p99', value: percentile(answered, 99) },
        }),
        withinLimit('checks sent after an acknowledgement and answered live', { value: late, unit: '' }, 1, {
          holds: late === 0,
          note: 'must be none',
        }),
        measured({
          what: 'terminations by 32 callers at once, each followed by its checks',
          ours: { value: perSecond, unit: '/s' },
          against: { name: 'one after the other', value: 1000 / (median(alone) + median(answered)) },
        }),
      ];
    } finally {
      await group.stop();
    }
  },
};

async function sessionOf(node: StartedServer, index: number): Promise<string | undefined> {
  const answer = await fetch(`http://127.0.0.1:${node.port}/v1/check`, {
    headers: { authorization: `Bearer ${tokenAt(index)}` },
  });
  await answer.arrayBuffer();
  return answer.headers.get('session-id') ?? undefined;
}

async function checkStatus(node: StartedServer, index: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${node.port}/v1/check`, {
    headers: { authorization: `Bearer ${tokenAt(index)}` },
  });
  await answer.arrayBuffer();
  return answer.status;
}
