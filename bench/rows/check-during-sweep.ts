import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { adminCredentials, serverOnCopy } from '../curfew-on-copy.ts';
import { type Measurement, measured, median, percentile } from '../measurement.ts';
import { PacedChecks } from '../paced-checks.ts';
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
    const runs: Run[] = [];
    for (let round = 0; round < (context.isQuick ? 1 : 3); round++)
      runs.push(await sweepOnCopy(context, round));
    const middle = (read: (run: Run) => number) => median(runs.map(read));
    const failures = runs.reduce((sum, run) => sum + run.failures, 0);
    const compare = (what: string, percent: number, more: object): Measurement =>
      measured({
        what,
        ours: { value: middle(({ sweeping }) => percentile(sweeping, percent)), unit: 'ms' },
        against: { name: 'idle', value: middle(({ idle }) => percentile(idle, percent)) },
        ...more,
      });
    const shortest = Math.min(...runs.map(({ sweeping }) => sweeping.length));
    return [
      compare('p99 of checks during the sweep', 99, {
        bar: { atMost: 2 },
        holds: failures === 0,
        note: `${perSecond} checks/s, at least ${shortest.toLocaleString('en')} of them during each sweep; all of the server on one core${failures > 0 ? `; ${failures} checks failed` : ''}`,
      }),
      compare('p50 of the same', 50, {}),
      compare('p99.9 of the same', 99.9, {}),
    ];
  },
};

interface Run {
  readonly idle: readonly number[];
  readonly sweeping: readonly number[];
  readonly failures: number;
}

async function sweepOnCopy(context: BenchContext, round: number): Promise<Run> {
  const name = `copy-${round}`;
  const server = await serverOnCopy(context, name);
  const checks = await PacedChecks.open(server.port, connections);
  try {
    const spared = sampleIndexes(20_000, context.size).filter((index) => !isInHalf(index));
    const ms = context.isQuick ? 3000 : 8000;
    await checks.run(spared, { perSecond, ms: 2000 });
    const idle = await checks.run(spared, { perSecond, ms });
    await cut(server.port);
    let swept = false;
    const watch = setInterval(() => {
      void isSwept(server.port).then((yes) => {
        swept = yes;
      });
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
    rmSync(join(context.directory, name), { recursive: true });
  }
}

async function cut(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/revocations`, {
    method: 'POST',
    headers: { authorization: adminCredentials, 'content-type': 'application/json' },
    body: JSON.stringify({ selector: halfOfAll, reason: 'a measurement' }),
  });
  if (!response.ok) throw new Error(`the cut was answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

async function isSwept(port: number): Promise<boolean> {
  const url = `http://127.0.0.1:${port}/v1/revocations/1`;
  const response = await fetch(url, { headers: { authorization: adminCredentials } });
  const { revocation } = (await response.json()) as { revocation: { sweep: { sweptAt: string | null } } };
  return revocation.sweep.sweptAt !== null;
}
