import { strings } from '../../strings.ts';

/** How far back the plots reach, and how long each of their buckets is. */
export interface Range {
  readonly id: string;
  readonly title: string;
  readonly lengthMs: number;
  readonly bucketSeconds: number;
  /** New numbers are fetched at most so often. */
  readonly refreshMs: number;
}

const minuteMs = 60_000;

export const ranges: readonly Range[] = [
  {
    id: '15m',
    title: strings.now.ranges.quarter,
    lengthMs: 15 * minuteMs,
    bucketSeconds: 10,
    refreshMs: 2000,
  },
  { id: '1h', title: strings.now.ranges.hour, lengthMs: 60 * minuteMs, bucketSeconds: 30, refreshMs: 5000 },
  {
    id: '24h',
    title: strings.now.ranges.day,
    lengthMs: 24 * 60 * minuteMs,
    bucketSeconds: 600,
    refreshMs: 15_000,
  },
  {
    id: '7d',
    title: strings.now.ranges.week,
    lengthMs: 7 * 24 * 60 * minuteMs,
    bucketSeconds: 3600,
    refreshMs: 60_000,
  },
];

/** The range of an id that stands in a URL; an hour where there is none of that name. */
export function rangeOf(id: string | null): Range {
  return ranges.find((range) => range.id === id) ?? (ranges[1] as Range);
}
