import {
  emptyHistogram,
  type Histogram,
  type HistogramField,
  type HistogramQuery,
  histogramOf,
  type Scale,
  scaleFor,
} from '../../session/histogram.ts';
import type { LedgerEntry } from '../../session/store.ts';
import { both, type Condition, conditionOf, type Resolved, resolve } from './condition.ts';
import type { Database } from './database.ts';
import { unsweptRevocations } from './deaths.ts';
import { hint, type Plan, planForCount, planForLastAccess, streamStart } from './plan.ts';
import { countingWalks, type Snapshot } from './query.ts';

/** Rows whose instants are laid out: where they are found, and what they must fulfil. */
interface Walk {
  readonly source: string;
  readonly where: Condition;
}

const columns: Readonly<Record<HistogramField, string>> = {
  createdAt: 'created_at',
  lastAccessAt: 'last_access_at',
};

/** How the sessions of a query lie in time. */
export function histogram(snapshot: Snapshot, query: HistogramQuery): Histogram {
  const { db, dictionary } = snapshot;
  const entries = unsweptRevocations(db);
  const resolved = resolve(query.selector, db, dictionary);
  const plan = coveringPlan(query, entries, resolved);
  if (plan !== undefined) return byIndex(db, query, resolved, plan);
  const column = columns[query.field];
  const walks = countingWalks(snapshot, query, entries, resolved).map(
    (walk): Walk => ({
      source: `session ${hint(walk.plan)}`,
      where: both(...walk.where.filter(({ sql }) => sql !== '1')),
    }),
  );
  const spans = walks.flatMap((walk) => spanOf(db, column, walk));
  if (spans.length === 0) return emptyHistogram;
  const scale = scaleFor(query, spans);
  const counts = new Map<number, number>();
  for (const walk of walks) addGroups(db, column, walk, scale, counts, 1);
  return histogramOf(scale, counts, query.until);
}

/** The plan whose index alone tells the instants, when the state of a row can be told beside it. */
function coveringPlan(
  { field, asOf, revocation }: HistogramQuery,
  entries: readonly LedgerEntry[],
  resolved: Resolved,
): Plan | undefined {
  if (entries.length > 0 || asOf !== undefined || revocation !== undefined) return undefined;
  const plan = field === 'createdAt' ? planForCount(resolved) : planForLastAccess;
  if (!plan.ordered) return undefined;
  const own: readonly (keyof Resolved)[] =
    field === 'createdAt' ? ['createdFrom', 'createdTo'] : ['lastAccessFrom', 'lastAccessTo'];
  const rest = (Object.keys(resolved) as (keyof Resolved)[]).filter(
    (name) => !plan.settled.has(name) && !own.includes(name),
  );
  return rest.length === 0 ? plan : undefined;
}

/**
 * Counts stretches of an index, in which nothing else is read. Rows whose limit has passed and that are not marked yet are
 * few; they are counted beside and taken from the live ones.
 */
function byIndex(db: Database, query: HistogramQuery, resolved: Resolved, plan: Plan): Histogram {
  const { field, state, now } = query;
  const column = columns[field];
  const source = `session ${hint(plan)}`;
  const rest = conditionOf(resolved, plan.settled);
  const liveValues =
    state === 'live' ? [1 as const] : state === 'ended' ? [0 as const] : [1 as const, 0 as const];
  const walks = liveValues.flatMap((live) =>
    plan.values.map((value): Walk => ({ source, where: both(streamStart(plan, live, value), rest) })),
  );
  const matching = conditionOf(resolved);
  const passed: Walk = {
    source: 'session INDEXED BY session_deadline',
    where: both({ sql: 'live = 1 AND deadline <= ?', values: [now] }, matching),
  };
  const spans = walks.flatMap((walk) => endsOf(db, column, walk));
  if (state === 'ended') spans.push(...spanOf(db, column, passed));
  if (spans.length === 0) return emptyHistogram;
  const scale = scaleFor(query, spans);
  const counts = new Map<number, number>();
  for (const walk of walks) addStretches(db, column, walk, scale, counts);
  if (state !== 'any') addGroups(db, column, passed, scale, counts, state === 'live' ? -1 : 1);
  return histogramOf(scale, counts, query.until);
}

/** The earliest and the latest instant in the order of an index, which is to look at both its ends. */
function endsOf(db: Database, column: string, { source, where }: Walk): number[] {
  return ['ASC', 'DESC'].flatMap((order) => {
    const sql = `SELECT ${column} AS at FROM ${source} WHERE ${where.sql} ORDER BY ${column} ${order} LIMIT 1`;
    const row = db.get(sql, ...where.values);
    return row === undefined ? [] : [Number(row.at)];
  });
}

/** The earliest and the latest instant among rows that come in any order. */
function spanOf(db: Database, column: string, { source, where }: Walk): number[] {
  const sql = `SELECT min(${column}) AS first, max(${column}) AS last FROM ${source} WHERE ${where.sql}`;
  const row = db.get(sql, ...where.values);
  return row === undefined || row.first === null ? [] : [Number(row.first), Number(row.last)];
}

function addStretches(
  db: Database,
  column: string,
  { source, where }: Walk,
  { from, bucketMs, buckets }: Scale,
  counts: Map<number, number>,
): void {
  const sql = `SELECT count(*) FROM ${source} WHERE ${where.sql} AND ${column} >= ? AND ${column} < ?`;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = from + bucket * bucketMs;
    add(counts, bucket, db.number(sql, ...where.values, start, start + bucketMs));
  }
}

function addGroups(
  db: Database,
  column: string,
  { source, where }: Walk,
  { from, bucketMs }: Scale,
  counts: Map<number, number>,
  factor: 1 | -1,
): void {
  // A number that is bound is no integer to the engine, and would divide as it is.
  const bucket = `(${column} - ${from}) / ${bucketMs}`;
  const sql = `SELECT ${bucket} AS bucket, count(*) AS n FROM ${source} WHERE ${where.sql} GROUP BY bucket`;
  for (const row of db.all(sql, ...where.values)) add(counts, Number(row.bucket), factor * Number(row.n));
}

function add(counts: Map<number, number>, bucket: number, count: number): void {
  counts.set(bucket, (counts.get(bucket) ?? 0) + count);
}
