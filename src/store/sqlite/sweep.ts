import type { LedgerEntry, SliceResult } from '../../session/store.ts';
import { both, conditionOf, resolve } from './condition.ts';
import type { Database } from './database.ts';
import { unsweptRevocations } from './deaths.ts';
import { type Plan, planForSweep } from './plan.ts';
import type { Snapshot } from './query.ts';
import { reasonNumber } from './row.ts';

/** Rows marked in one slice: a few milliseconds, so that a registration in the queue behind it does not feel it. */
const mostMarked = 100;
/** Rows looked at in one slice, where matches lie far apart. */
const mostVisited = 3200;

/** Where the sweep of one revocation stands. Kept in memory: after a restart it walks again, past rows that are marked. */
export interface SweepPlace {
  seq: number;
  /** The way it goes, chosen at the start: words that come into use later belong to rows that are no concern of it. */
  plan: Plan | undefined;
  stream: number;
  createdAt: number;
  number: number;
  visits: number;
}

/** The place before anything was swept. */
export function startOfSweep(): SweepPlace {
  return { seq: 0, plan: undefined, stream: 0, createdAt: -1, number: -1, visits: mostMarked };
}

/**
 * One slice of the oldest unswept revocation. It walks from the oldest row to the newest and meets each once; rows that
 * come meanwhile are no concern of it, for their registration has asked the ledger itself.
 */
export function sweep(snapshot: Snapshot, now: number, place: SweepPlace): SliceResult {
  const { db, dictionary } = snapshot;
  const [entry, ...others] = unsweptRevocations(db);
  if (entry === undefined) return { rows: 0, more: false, completed: [] };
  if (place.seq !== entry.seq) Object.assign(place, startOfSweep(), { seq: entry.seq });
  const resolved = resolve(entry.selector, db, dictionary);
  place.plan ??= planForSweep(resolved);
  const { plan } = place;
  const stream = plan.values[place.stream];
  const start = plan.column === undefined ? 'live = 1' : `${plan.column} = ? AND live = 1`;
  const match = both(
    { sql: 'epoch < ? AND deadline > ?', values: [entry.seq, entry.at] },
    conditionOf(resolved, plan.settled),
  );
  const sql = `SELECT number, created_at, (${match.sql}) AS matches FROM session INDEXED BY ${plan.index}
    WHERE ${start} AND created_at >= ? AND (created_at > ? OR number > ?) ORDER BY created_at, number LIMIT ?`;
  const bound = plan.column === undefined ? [] : [stream ?? null];
  const { createdAt, number, visits } = place;
  const rows =
    stream === undefined ? [] : db.all(sql, ...match.values, ...bound, createdAt, createdAt, number, visits);
  let marked = 0;
  let visited = 0;
  for (const row of rows) {
    if (marked === mostMarked) break;
    visited += 1;
    Object.assign(place, { createdAt: Number(row.created_at), number: Number(row.number) });
    if (row.matches !== 1) continue;
    markRevoked(snapshot, Number(row.number), entry);
    marked += 1;
  }
  // Where matches are rare the next slice looks further; where they are dense it does not look in vain.
  place.visits = marked * 2 < visited ? Math.min(visits * 2, mostVisited) : Math.max(mostMarked, marked * 2);
  if (visited === rows.length && rows.length < visits) {
    Object.assign(place, { stream: place.stream + 1, createdAt: -1, number: -1 });
  }
  const done = place.stream >= plan.values.length;
  if (marked > 0) db.run('UPDATE revocation SET swept = swept + ? WHERE seq = ?', marked, entry.seq);
  if (done) db.run('UPDATE revocation SET swept_at = ? WHERE seq = ?', now, entry.seq);
  return { rows: marked, more: !done || others.length > 0, completed: done ? [entry.seq] : [] };
}

function markRevoked({ db }: Snapshot, number: number, entry: LedgerEntry): void {
  db.run(
    `UPDATE session SET live = 0, end_reason = ${reasonNumber('revoked')}, ended_at = ?, revocation = ? WHERE number = ?`,
    entry.at,
    entry.seq,
    number,
  );
}

/** One slice of marking rows whose limit has passed, unless the ledger ended them before. */
export function expire({ db, dictionary }: Snapshot, now: number): SliceResult {
  const rows = db.all(
    'SELECT number FROM session INDEXED BY session_deadline WHERE live = 1 AND deadline <= ? ORDER BY deadline LIMIT ?',
    now,
    mostMarked,
  );
  const entries = unsweptRevocations(db);
  let marked = 0;
  for (const { number } of rows) {
    // A cut that came before the limit passed keeps its claim; its sweep marks the row.
    const claims = entries.map((entry) => {
      const { sql, values } = conditionOf(resolve(entry.selector, db, dictionary));
      return { sql: `(epoch < ? AND deadline > ? AND ${sql})`, values: [entry.seq, entry.at, ...values] };
    });
    const unclaimed = claims.length === 0 ? '' : `AND NOT (${claims.map(({ sql }) => sql).join(' OR ')})`;
    marked += db.run(
      `UPDATE session SET live = 0, ended_at = deadline,
         end_reason = CASE WHEN expires_at = deadline THEN ${reasonNumber('expired')} ELSE ${reasonNumber('idle')} END
       WHERE number = ? ${unclaimed}`,
      Number(number),
      ...claims.flatMap(({ values }) => values),
    ).changes;
  }
  return { rows: marked, more: marked === mostMarked, completed: [] };
}

/** One slice of deleting what ended before an instant, with the evidence that hangs on it, and keys that are old. */
export function purge({ db }: Snapshot, endedBefore: number, keysBefore = endedBefore): SliceResult {
  const rows = db.all(
    'SELECT number FROM session INDEXED BY session_ended WHERE live = 0 AND ended_at < ? LIMIT ?',
    endedBefore,
    mostMarked,
  );
  for (const { number } of rows) forget(db, Number(number));
  const keys = db.run(
    'DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency WHERE at < ? ORDER BY at LIMIT ?)',
    keysBefore,
    mostMarked,
  ).changes;
  return { rows: rows.length, more: rows.length === mostMarked || keys === mostMarked, completed: [] };
}

/** One slice of deleting what bears an access group in a realm. */
export function erase({ db, dictionary }: Snapshot, realm: string, accessGroup: string): SliceResult {
  const { rights = [] } = resolve({ realm, accessGroup }, db, dictionary);
  const rows = db.all(
    'SELECT number FROM session INDEXED BY session_rights WHERE rights IN (SELECT value FROM json_each(?)) LIMIT ?',
    JSON.stringify(rights),
    mostMarked,
  );
  for (const { number } of rows) forget(db, Number(number));
  return { rows: rows.length, more: rows.length === mostMarked, completed: [] };
}

function forget(db: Database, number: number): void {
  db.run('DELETE FROM refusal WHERE session = ?', number);
  db.run('DELETE FROM session WHERE number = ?', number);
}
