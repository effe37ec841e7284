import type { Measurement } from './measurement.ts';
import type { SessionCache } from './session-cache.ts';

/** What a row is given to work with. */
export interface BenchContext {
  /** Sessions in the full store: as many as were asked for, else 1,000,000, or 100,000 for a quick look. */
  readonly size: number;
  /** A quick look: fewer sessions, fewer and shorter rounds. Its numbers are no results. */
  readonly isQuick: boolean;
  readonly cache: SessionCache;
  /** A folder of its own, deleted when the row has ended. */
  readonly directory: string;
}

/** One row of the table of numbers to reach. It runs in a process of its own. */
export interface Row {
  /** What `npm run bench -- name` selects it by. */
  readonly name: string;
  readonly title: string;
  /** Whether its process generates the load, and so stays off the core of the servers it measures. */
  readonly isLoad: boolean;
  /** Whether it works on copies of the full store in SQLite; unless this is false it does. */
  readonly usesCache?: boolean;
  run(context: BenchContext): Promise<Measurement[]>;
}
