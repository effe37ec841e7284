import { CurfewError } from '../../core/errors.ts';
import type { RefusedUses, RefusedUsesQuery } from '../../session/statistics-store.ts';
import type { TimelineQuery, TimelineSeries } from '../../session/timeline.ts';
import { Thread } from './thread.ts';

/** What the statistics thread does, each in a snapshot of its own. */
export interface StatisticsCalls {
  timeline(query: TimelineQuery): TimelineSeries[];
  refusedUses(query: RefusedUsesQuery): RefusedUses;
}

const cacheKiB = 8 * 1024;

/** Questions over many rows, in a thread that starts with the first of them: most servers are never asked. */
export class Statistics {
  readonly #path: string;
  #thread: Promise<Thread<StatisticsCalls>> | undefined;
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
  }

  async timeline(query: TimelineQuery): Promise<TimelineSeries[]> {
    return (await this.#started()).call('timeline', query);
  }

  async refusedUses(query: RefusedUsesQuery): Promise<RefusedUses> {
    return (await this.#started()).call('refusedUses', query);
  }

  /** Finishes what was asked, then ends the thread if there is one. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const thread = await this.#thread?.catch(() => undefined);
    await thread?.close();
  }

  #started(): Promise<Thread<StatisticsCalls>> {
    if (this.#isClosed) return Promise.reject(new CurfewError('store_unavailable', 'The store is closed.'));
    this.#thread ??= this.#start();
    return this.#thread;
  }

  /** One that has stopped by itself is started anew: nothing hangs on it but the answers that were under way. */
  #start(): Promise<Thread<StatisticsCalls>> {
    const forget = (): void => {
      this.#thread = undefined;
    };
    const data = { path: this.#path, cacheKiB };
    const starting = Thread.start<StatisticsCalls>('statistics-thread', data, { onFailure: forget });
    starting.catch(forget);
    return starting;
  }
}
