import type { SessionQuery } from './store.ts';

/** The instants of a session that can be laid out over time. */
export const histogramFields = ['createdAt', 'lastAccessAt'] as const;
export type HistogramField = (typeof histogramFields)[number];

export interface HistogramQuery extends SessionQuery {
  readonly field: HistogramField;
  /** The most buckets of the answer. */
  readonly buckets: number;
}

/** How many sessions of a list lie in each stretch of time. All stretches are equally long; the first and the last hold some. */
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

/** A histogram of counts by the number of their bucket; empty buckets at both ends are left out. */
export function histogramOf(scale: Scale, counts: ReadonlyMap<number, number>): Histogram {
  const filled = [...counts].flatMap(([bucket, count]) => (count > 0 ? [bucket] : []));
  const { from, bucketMs } = scale;
  if (filled.length === 0) return { from, bucketMs, counts: [] };
  const first = Math.min(...filled);
  const length = Math.max(...filled) - first + 1;
  return {
    from: from + first * bucketMs,
    bucketMs,
    counts: Array.from({ length }, (_, n) => counts.get(first + n) ?? 0),
  };
}

/** The histogram of nothing. */
export const emptyHistogram: Histogram = { from: 0, bucketMs: second, counts: [] };
