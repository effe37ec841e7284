import type { Clock } from '../core/clock.ts';
import type { Registry } from './registry.ts';
import { Remembered } from './remembered.ts';
import type { RefusedUses, RefusedUsesQuery, StatisticsStore } from './statistics-store.ts';
import type { TimelineQuery, TimelineSeries } from './timeline.ts';

export interface StatisticsOptions {
  readonly store: StatisticsStore;
  readonly registry: Pick<Registry, 'touches' | 'refusals' | 'ledger' | 'catchUp'>;
  readonly clock: Clock;
  /** How long ended sessions are kept. */
  readonly historyMs: number;
}

/** A timeline with the instant it was taken at, epoch milliseconds. */
export interface Timeline {
  readonly at: number;
  /** From when on no session is missing in it: those that ended before may have been deleted. */
  readonly completeSince: number;
  readonly series: readonly TimelineSeries[];
}

/** Overviews that many look at: an answer is given to all who ask for it within a second or a little more. */
export class Statistics {
  readonly #options: StatisticsOptions;
  readonly #remembered: Remembered;

  constructor(options: StatisticsOptions) {
    this.#options = options;
    this.#remembered = new Remembered(options.clock);
  }

  /** What happened in a span of time; a cut that was made a second ago shows. @throws CurfewError `store_unavailable` */
  async timeline(query: Omit<TimelineQuery, 'now'>): Promise<Timeline> {
    const { realm = null, from, bucketMs, buckets } = query;
    const { store, registry, clock, historyMs } = this.#options;
    await registry.catchUp();
    const key = JSON.stringify(['timeline', realm, from, bucketMs, buckets]);
    return this.#remembered.get(key, registry.ledger.head, async () => {
      const now = clock.now();
      await registry.touches.flushUrgent(now);
      const series = await store.timeline({ ...query, now });
      return { at: now, completeSince: now - historyMs, series };
    });
  }

  /** Who still uses ended sessions, by address. @throws CurfewError `store_unavailable` */
  refusedUses(query: RefusedUsesQuery): Promise<RefusedUses> {
    const { realm = null, since, limit } = query;
    const { store, registry } = this.#options;
    return this.#remembered.get(JSON.stringify(['refusedUses', realm, since, limit]), 0, async () => {
      await registry.refusals.flush();
      return store.refusedUses(query);
    });
  }
}
