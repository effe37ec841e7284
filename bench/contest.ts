import { loadRound, type Round, type Traffic } from './load.ts';
import { median } from './measurement.ts';
import type { StartedServer } from './started-process.ts';

/** One of the servers that are compared, with the traffic that it gets. */
export interface Contestant {
  readonly server: StartedServer;
  readonly traffic: Traffic;
  /** Other processes whose work belongs to its answers: their processor time so far, microseconds. */
  readonly helpersCpuMicros?: () => number;
}

/** The medians over all rounds of one server. */
export type Standing = Round;

/**
 * Loads several servers in turn, round after round, so that whatever disturbs the machine disturbs all of them. The
 * first round of each only warms it up.
 */
export async function contest(
  contestants: readonly Contestant[],
  { rounds, seconds, directory }: { rounds: number; seconds: number; directory: string },
): Promise<Standing[]> {
  const results = contestants.map((): Round[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [place, { server, traffic, helpersCpuMicros }] of contestants.entries()) {
      const before = helpersCpuMicros?.() ?? 0;
      const shown = await loadRound(server, traffic, seconds, directory);
      const helped = ((helpersCpuMicros?.() ?? 0) - before) / (shown.perSecond * seconds);
      if (round > 0) results[place]?.push({ ...shown, cpuMicrosEach: shown.cpuMicrosEach + helped });
    }
  }
  return results.map((shown) => ({
    perSecond: median(shown.map(({ perSecond }) => perSecond)),
    cpuMicrosEach: median(shown.map(({ cpuMicrosEach }) => cpuMicrosEach)),
    failures: shown.reduce((sum, { failures }) => sum + failures, 0),
  }));
}
