import { endReasons } from '../../session/session.ts';
import { type TimelineQuery, type TimelineSeries, TimelineTally } from '../../session/timeline.ts';
import { both, type Condition, conditionOf, resolve } from './condition.ts';
import type { Row } from './database.ts';
import { deadByLedger, unsweptRevocations } from './deaths.ts';
import { planForCount } from './plan.ts';
import type { Snapshot } from './query.ts';

/** Up to this many counts within an index are quicker than to sort all its rows into groups. */
const mostCounts = 20_000;

/**
 * What happened in a span of time. Rows are read only of sessions that have ended in it or since; all others are counted
 * within an index.
 */
export function timeline(snapshot: Snapshot, query: TimelineQuery): TimelineSeries[] {
  const { dictionary } = snapshot;
  const tally = new TimelineTally(query);
  const providers = providersOf(snapshot, query);
  const work: Work = { ...snapshot, query, tally, providers };
  noteLive(work);
  if (providers.length * query.buckets > mostCounts) noteBegunInGroups(work);
  else noteBegun(work);
  noteMarked(work);
  noteCut(work);
  noteOverdue(work);
  return tally.series((number) => {
    const { realm, type, name } = dictionary.provider(number);
    return { realm: dictionary.realm(realm), provider: { type, name } };
  });
}

interface Work extends Snapshot {
  readonly query: TimelineQuery;
  readonly tally: TimelineTally;
  readonly providers: readonly number[];
}

function providersOf({ dictionary }: Snapshot, { realm }: TimelineQuery): number[] {
  const number = realm === undefined ? undefined : (dictionary.findRealm(realm) ?? -1);
  const found = [...dictionary.providers].filter(([, one]) => number === undefined || one.realm === number);
  return found.map(([provider]) => provider);
}

/** Rows that are not marked and were made before the span; those that are dead all the same are taken off later. */
function noteLive({ db, query, tally, providers }: Work): void {
  const sql = `SELECT count(*) FROM session INDEXED BY session_provider
    WHERE provider = ? AND live = 1 AND created_at < ?`;
  for (const provider of providers) tally.before(provider, db.number(sql, provider, query.from));
}

function noteBegun({ db, query, tally, providers }: Work): void {
  const { from, bucketMs, buckets } = query;
  const sql = `SELECT count(*) FROM session INDEXED BY session_provider
    WHERE provider = ? AND live = ? AND created_at >= ? AND created_at < ?`;
  for (const provider of providers) {
    for (const live of [0, 1]) {
      for (let bucket = 0; bucket < buckets; bucket++) {
        const start = from + bucket * bucketMs;
        tally.begun(provider, bucket, db.number(sql, provider, live, start, start + bucketMs));
      }
    }
  }
}

function noteBegunInGroups({ db, query, tally, providers }: Work): void {
  const { from, bucketMs, buckets } = query;
  const sql = `SELECT provider, ${bucketOf('created_at', query)} AS bucket, count(*) AS n
    FROM session INDEXED BY session_provider
    WHERE provider IN (SELECT value FROM json_each(?)) AND live IN (0, 1) AND created_at >= ? AND created_at < ?
    GROUP BY 1, 2`;
  for (const row of db.all(sql, JSON.stringify(providers), from, from + buckets * bucketMs)) {
    tally.begun(Number(row.provider), Number(row.bucket), Number(row.n));
  }
}

/** Rows that are marked as ended, in the span or after it. */
function noteMarked(work: Work): void {
  const { db, query, tally } = work;
  const within = withinRealm(work);
  const sql = `SELECT provider, end_reason, ${bucketOf('ended_at', query)} AS bucket, created_at < ? AS isOlder, count(*) AS n
    FROM session INDEXED BY session_ended WHERE live = 0 AND ended_at >= ? AND ${within.sql} GROUP BY 1, 2, 3, 4`;
  for (const row of db.all(sql, query.from, query.from, ...within.values)) {
    const reason = endReasons[Number(row.end_reason) - 1];
    if (reason !== undefined) tally.ended(Number(row.provider), reason, Number(row.bucket), Number(row.n));
    if (row.isOlder === 1) tally.before(Number(row.provider), Number(row.n));
  }
}

/** Rows that a revocation has ended whose sweep has not come to them yet. */
function noteCut(work: Work): void {
  const { db, dictionary, query, tally } = work;
  const entries = unsweptRevocations(db);
  for (const [index, entry] of entries.entries()) {
    const resolved = resolve(entry.selector, db, dictionary);
    const plan = planForCount(resolved);
    const earlier = deadByLedger(entries.slice(0, index), db, dictionary);
    const bucket = tally.bucketOf(entry.at);
    for (const value of plan.values) {
      const start =
        plan.column === undefined ? (plan.bound ?? always) : { sql: `${plan.column} = ?`, values: [value] };
      const where = both(
        { sql: 'live = 1 AND epoch < ? AND deadline > ?', values: [entry.seq, entry.at] },
        start,
        conditionOf(resolved, plan.settled),
        { sql: `NOT (${earlier.sql})`, values: earlier.values },
        withinRealm(work),
      );
      const source = plan.index === '' ? 'session' : `session INDEXED BY ${plan.index}`;
      const sql = `SELECT provider, created_at < ? AS isOlder, count(*) AS n FROM ${source} WHERE ${where.sql} GROUP BY 1, 2`;
      for (const row of db.all(sql, query.from, ...where.values)) {
        noteUnmarked(
          tally,
          row,
          () => tally.ended(Number(row.provider), 'revoked', bucket, Number(row.n)),
          bucket,
        );
      }
    }
  }
}

/** Rows whose limit has passed and that are not marked yet, but for those that a cut had ended before. */
function noteOverdue(work: Work): void {
  const { db, dictionary, query, tally } = work;
  const claims = unsweptRevocations(db).map((entry) => {
    const { sql, values } = conditionOf(resolve(entry.selector, db, dictionary));
    return { sql: `(epoch < ? AND deadline > ? AND ${sql})`, values: [entry.seq, entry.at, ...values] };
  });
  const where = both(
    { sql: 'live = 1 AND deadline <= ?', values: [query.now] },
    ...claims.map(({ sql, values }) => ({ sql: `NOT ${sql}`, values })),
    withinRealm(work),
  );
  const sql = `SELECT provider, coalesce(expires_at = deadline, 0) AS isExpired,
      CASE WHEN deadline < ? THEN -1 ELSE ${bucketOf('deadline', query)} END AS bucket, created_at < ? AS isOlder, count(*) AS n
    FROM session INDEXED BY session_deadline WHERE ${where.sql} GROUP BY 1, 2, 3, 4`;
  for (const row of db.all(sql, query.from, query.from, ...where.values)) {
    const bucket = Number(row.bucket);
    const reason = row.isExpired === 1 ? 'expired' : 'idle';
    noteUnmarked(tally, row, () => tally.ended(Number(row.provider), reason, bucket, Number(row.n)), bucket);
  }
}

/** Rows that were counted as live though they are not: they ended in the span, or before it and were never in it. */
function noteUnmarked(tally: TimelineTally, row: Row, noteEnd: () => void, bucket: number): void {
  if (bucket >= 0) noteEnd();
  else if (row.isOlder === 1) tally.before(Number(row.provider), -Number(row.n));
}

const always: Condition = { sql: '1', values: [] };

function withinRealm({ query, providers }: Work): Condition {
  if (query.realm === undefined) return always;
  return { sql: 'provider IN (SELECT value FROM json_each(?))', values: [JSON.stringify(providers)] };
}

/** The bucket of a column that is not before the span. Bound numbers would be divided as fractions. */
function bucketOf(column: string, { from, bucketMs }: TimelineQuery): string {
  return `(${column} - ${whole(from)}) / ${whole(bucketMs)}`;
}

function whole(number: number): string {
  if (!Number.isSafeInteger(number)) throw new RangeError(`${number} is not a whole number`);
  return String(number);
}
