import { askAsAdmin } from '../curfew-on-copy.ts';
import { measured, percentile } from '../measurement.ts';
import { nodeGroup, placesOf } from '../node-group.ts';
import { PacedChecks } from '../paced-checks.ts';
import { halfOfAll, isInHalf } from '../population.ts';
import type { Row } from '../row.ts';
import { sampleIndexes } from '../sampling.ts';
import type { StartedServer } from '../started-process.ts';

const perSecond = 1000;
const connections = 64;

/** One order at one node ends half of all sessions, while the other answers checks. */
export const nodesSweep: Row = {
  name: 'nodes-sweep',
  title: 'Terminate half of all live sessions on PostgreSQL at once, and check meanwhile at another node',
  isLoad: true,
  usesCache: false,
  async run(context) {
    const group = await nodeGroup(context);
    try {
      const [first, second] = (await group.start(2)) as [StartedServer, StartedServer];
      const checks = await PacedChecks.open(second.port, connections);
      const spared = sampleIndexes(20_000, context.size).filter((index) => !isInHalf(index));
      const ms = context.isQuick ? 3000 : 8000;
      await checks.run(spared, { perSecond, ms: 3000 });
      const idle = await checks.run(spared, { perSecond, ms });
      const orderedAt = performance.now();
      const { revocation } = (await askAsAdmin(first, 'POST', '/v1/revocations', {
        selector: halfOfAll,
        reason: 'a measurement',
      })) as { revocation: { seq: number; matched: number } };
      const orderMs = performance.now() - orderedAt;
      let swept = false;
      const watch = setInterval(async () => {
        const answer = (await askAsAdmin(first, 'GET', `/v1/revocations/${revocation.seq}`)) as {
          revocation: { sweep: { sweptAt: string | null } };
        };
        swept = answer.revocation.sweep.sweptAt !== null;
      }, 1000);
      const sweeping = await checks.run(spared, { perSecond, ms: 600_000, isOver: () => swept });
      clearInterval(watch);
      checks.close();
      const holds = revocation.matched === context.size / 2;
      const failures = idle.failures + sweeping.failures;
      return [
        measured({
          what: 'acknowledged with the exact count',
          ours: { value: orderMs, unit: 'ms' },
          against: { name: 'the limit on SQLite', value: 50 },
          note: `${holds ? 'counted' : 'COUNTED WRONGLY:'} ${revocation.matched.toLocaleString('en')}; with the check of a password; ${placesOf(2)}`,
        }),
        measured({
          what: 'p99 of checks during the sweep',
          ours: { value: percentile(sweeping.latencies, 99), unit: 'ms' },
          against: { name: 'idle', value: percentile(idle.latencies, 99) },
          bar: { atMost: 2 },
          holds: holds && failures === 0,
          note: `${perSecond} checks/s, ${sweeping.latencies.length.toLocaleString('en')} during the sweep${failures > 0 ? `; ${failures} checks failed` : ''}`,
        }),
        measured({
          what: 'p50 of the same',
          ours: { value: percentile(sweeping.latencies, 50), unit: 'ms' },
          against: { name: 'idle', value: percentile(idle.latencies, 50) },
        }),
      ];
    } finally {
      await group.stop();
    }
  },
};
