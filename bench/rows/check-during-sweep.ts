import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { askAsAdmin, serverOnCopy } from '../curfew-on-copy.ts';
import { type Measurement, measured, median, percentile } from '../measurement.ts';
import { PacedChecks } from '../paced-checks.ts';
import type { Place } from '../placement.ts';
import { halfOfAll, isInHalf } from '../population.ts';
import type { BenchContext, Row } from '../row.ts';
import { sampleIndexes } from '../sampling.ts';

const perSecond = 2000;
const connections = 64;

/** How long checks take while the rows of half of all sessions are marked, against how long they take when nothing else happens. */
export const checkDuringSweep: Row = {
  name: 'sweep',
  title: 'Check latency p99 while that sweep runs',
  isLoad: true,
  async run(context) {
    const free = await sweeps(context, 'anywhere');
    const held = await sweeps(context, 'server core');
    return [
      compare('p99 of checks during the sweep', free, 99, {
        bar: { atMost: 2 },
        holds: free.failures === 0,
        note: `${perSecond} checks/s, at least ${free.fewest.toLocaleString('en')} during each of ${free.runs.length} sweeps, sent from the last core; the server is free to use both; tried: a thread of its own for what is written, slices of at most 100 rows with a turn for everybody between them, look-ups in mapped files, which a commit does not empty; what is left is that the sweep keeps a core busy which load and server share${free.failures > 0 ? `; ${free.failures} checks failed` : ''}`,
      }),
      compare('p50 of the same', free, 50),
      compare('p99.9 of the same', free, 99.9),
      compare('p99 when the whole server has only the first core', held, 99),
    ];
  },
};

interface Run {
  readonly idle: readonly number[];
  readonly sweeping: readonly number[];
}

interface Sweeps {
  readonly runs: readonly Run[];
  readonly failures: number;
  /** The least number of checks that fell into one sweep. */
  readonly fewest: number;
}

/** Medians over the runs of a percentile, in milliseconds. */
function compare(what: string, { runs }: Sweeps, percent: number, more: object = {}): Measurement {
  const middle = (kind: keyof Run) => median(runs.map((run) => percentile(run[kind], percent)));
  return measured({
    what,
    ours: { value: middle('sweeping'), unit: 'ms' },
    against: { name: 'idle', value: middle('idle') },
    ...more,
  });
}

async function sweeps(context: BenchContext, place: Place): Promise<Sweeps> {
  const runs: Run[] = [];
  let failures = 0;
  for (let round = 0; round < (context.isQuick ? 1 : 3); round++) {
    const { failures: failed, ...run } = await sweepOnCopy(context, place);
    runs.push(run);
    failures += failed;
  }
  return { runs, failures, fewest: Math.min(...runs.map(({ sweeping }) => sweeping.length)) };
}

async function sweepOnCopy(context: BenchContext, place: Place): Promise<Run & { failures: number }> {
  const server = await serverOnCopy(context, 'data', place);
  const checks = await PacedChecks.open(server.port, connections);
  try {
    const spared = sampleIndexes(20_000, context.size).filter((index) => !isInHalf(index));
    const ms = context.isQuick ? 3000 : 8000;
    await checks.run(spared, { perSecond, ms: 3000 });
    const idle = await checks.run(spared, { perSecond, ms });
    await askAsAdmin(server, 'POST', '/v1/revocations', { selector: halfOfAll, reason: 'a measurement' });
    let swept = false;
    const watch = setInterval(async () => {
      const answer = await askAsAdmin(server, 'GET', '/v1/revocations/1');
      swept =
        (answer as { revocation: { sweep: { sweptAt: string | null } } }).revocation.sweep.sweptAt !== null;
    }, 1000);
    const sweeping = await checks.run(spared, { perSecond, ms, isOver: () => swept });
    clearInterval(watch);
    return {
      idle: idle.latencies,
      sweeping: sweeping.latencies,
      failures: idle.failures + sweeping.failures,
    };
  } finally {
    checks.close();
    await server.stop();
    rmSync(join(context.directory, 'data'), { recursive: true });
  }
}
