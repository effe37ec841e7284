import { type EndReason, endReasons, type Provider } from './session.ts';

/** A span of time in equal buckets, each of which holds its start and not its end. Instants are epoch milliseconds. */
export interface TimelineQuery {
  /** Only this realm. */
  readonly realm?: string;
  /** The start of the first bucket. */
  readonly from: number;
  readonly bucketMs: number;
  readonly buckets: number;
  /** Limits that pass later have ended nothing yet. */
  readonly now: number;
}

/** What happened to the sessions of one provider, a number for each bucket. */
export interface TimelineSeries {
  readonly realm: string;
  readonly provider: Provider;
  /** Sessions made. */
  readonly begun: readonly number[];
  /** Sessions that ended, by the reason. */
  readonly ended: Readonly<Record<EndReason, readonly number[]>>;
  /** Sessions live in the last millisecond of the bucket, or now where it is not over. */
  readonly live: readonly number[];
}

interface Counts {
  before: number;
  readonly begun: number[];
  readonly ended: Record<EndReason, number[]>;
}

/**
 * Puts a timeline together from counts, by the numbers that a store has for its providers. Sessions that ended before the
 * first bucket are none of its concern; what lies behind the last bucket is left out.
 */
export class TimelineTally {
  readonly #query: TimelineQuery;
  readonly #counts = new Map<number, Counts>();

  constructor(query: TimelineQuery) {
    this.#query = query;
  }

  /** Sessions that were made before the first bucket and live at its start; a negative number takes some off again. */
  before(provider: number, count: number): void {
    this.#of(provider).before += count;
  }

  begun(provider: number, bucket: number, count: number): void {
    if (this.#isWithin(bucket)) add(this.#of(provider).begun, bucket, count);
  }

  ended(provider: number, reason: EndReason, bucket: number, count: number): void {
    if (this.#isWithin(bucket)) add(this.#of(provider).ended[reason], bucket, count);
  }

  /** The bucket of an instant: negative before the first one. */
  bucketOf(instant: number): number {
    return Math.floor((instant - this.#query.from) / this.#query.bucketMs);
  }

  /** The timeline, the provider with most sessions first; those of whom there was none are left out. */
  series(nameOf: (provider: number) => Pick<TimelineSeries, 'realm' | 'provider'>): TimelineSeries[] {
    const sized = [...this.#counts].flatMap(([provider, counts]) => {
      const size = counts.before + counts.begun.reduce((sum, count) => sum + count, 0);
      return size === 0 ? [] : [{ size, series: { ...nameOf(provider), ...seriesOf(counts) } }];
    });
    return sized.sort((a, b) => b.size - a.size || order(a.series, b.series)).map(({ series }) => series);
  }

  #of(provider: number): Counts {
    const known = this.#counts.get(provider);
    if (known !== undefined) return known;
    const zeros = (): number[] => Array<number>(this.#query.buckets).fill(0);
    const ended = Object.fromEntries(endReasons.map((reason) => [reason, zeros()]));
    const counts: Counts = { before: 0, begun: zeros(), ended: ended as Counts['ended'] };
    this.#counts.set(provider, counts);
    return counts;
  }

  #isWithin(bucket: number): boolean {
    return bucket >= 0 && bucket < this.#query.buckets;
  }
}

function seriesOf({ before, begun, ended }: Counts): Pick<TimelineSeries, 'begun' | 'ended' | 'live'> {
  let live = before;
  const lives = begun.map((count, bucket) => {
    live += count;
    for (const reason of endReasons) live -= ended[reason][bucket] ?? 0;
    return live;
  });
  return { begun, ended, live: lives };
}

/** Equal sizes come in the order of their names, so that two engines answer alike. */
function order(a: TimelineSeries, b: TimelineSeries): number {
  const key = ({ realm, provider }: TimelineSeries): string =>
    JSON.stringify([realm, provider.type, provider.name]);
  return key(a) < key(b) ? -1 : 1;
}

function add(counts: number[], bucket: number, count: number): void {
  counts[bucket] = (counts[bucket] ?? 0) + count;
}
