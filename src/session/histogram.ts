import type { SessionQuery } from './store.ts';

/** The instants of a session that can be laid out over time. */
export const histogramFields = ['createdAt', 'lastAccessAt'] as const;
export type HistogramField = (typeof histogramFields)[number];

export interface HistogramQuery extends SessionQuery {
  readonly field: HistogramField;
  /** The most buckets of the answer. */
  readonly buckets: number;
  /** The instant, in epoch milliseconds, up to which buckets shall reach at least, though nothing lies there. */
  readonly until?: number;
}

/**
 * How many sessions of a list lie in each stretch of time. All stretches are equally long. The first holds some; so does the
 * last, unless it is there for `until`.
 */
export interface Histogram {
  /** Epoch milliseconds: the start of the first bucket. */
  readonly from: number;
  readonly bucketMs: number;
  /** Exact numbers, in ascending order of time; empty when nothing matches. */
  readonly counts: readonly number[];
}

/** How time is cut into buckets: bucket n begins at `from + n * bucketMs`. */
export interface Scale {
  readonly from: number;
  readonly bucketMs: number;
  readonly buckets: number;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Lengths that people count in. */
const lengths: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14, 28].map((n) => n * day),
];

const bounds = { createdAt: 'createdTo', lastAccessAt: 'lastAccessTo' } as const;

/**
 * Where a histogram ends that is taken now, itself without: after the present instant, or where its own range ends before that.
 */
export function untilOf(
  { selector, field }: Pick<HistogramQuery, 'selector' | 'field'>,
  now: number,
): number {
  const bound = selector[bounds[field]];
  return bound === undefined ? now + 1 : Math.min(now + 1, Date.parse(bound));
}

/** The end of the last bucket, in epoch milliseconds; of one that is not over yet, `until`. */
export function endOf({ from, bucketMs, counts }: Histogram, until: number): number {
  const end = from + counts.length * bucketMs;
  return until > end - bucketMs ? Math.min(end, until) : end;
}

/**
 * The finest scale that holds both instants (epoch milliseconds) in at most so many buckets. Buckets begin at whole multiples
 * of their length, so that they stay where they are while sessions come and go.
 */
export function scaleOf(first: number, last: number, most: number): Scale {
  for (let n = 0; ; n++) {
    const bucketMs = lengths[n] ?? 28 * day * 2 ** (n - lengths.length + 1);
    const from = Math.floor(first / bucketMs) * bucketMs;
    const buckets = Math.floor((last - from) / bucketMs) + 1;
    if (buckets <= most) return { from, bucketMs, buckets };
  }
}

/** The finest scale for the instants of some sessions, which need not be in order, and for the end of a query. */
export function scaleFor(
  { buckets, until }: Pick<HistogramQuery, 'buckets' | 'until'>,
  instants: readonly number[],
): Scale {
  const last = Math.max(...instants);
  // The end is not part of the time.
  return scaleOf(Math.min(...instants), until === undefined ? last : Math.max(last, until - 1), buckets);
}

/** A histogram of counts by the number of their bucket; empty buckets at both ends are left out, those before `until` not. */
export function histogramOf(scale: Scale, counts: ReadonlyMap<number, number>, until?: number): Histogram {
  const filled = [...counts].flatMap(([bucket, count]) => (count > 0 ? [bucket] : []));
  const { from, bucketMs } = scale;
  if (filled.length === 0) return { from, bucketMs, counts: [] };
  const first = Math.min(...filled);
  const reached = until === undefined ? first : Math.ceil((until - from) / bucketMs) - 1;
  const length = Math.max(...filled, reached) - first + 1;
  return {
    from: from + first * bucketMs,
    bucketMs,
    counts: Array.from({ length }, (_, n) => counts.get(first + n) ?? 0),
  };
}

/** The histogram of nothing. */
export const emptyHistogram: Histogram = { from: 0, bucketMs: second, counts: [] };
