import type { LedgerEntry, SliceResult, StoreStatistics } from '../../session/store.ts';
import { deadBy, matching } from './condition.ts';
import type { Connection } from './connection.ts';
import { isLedgerMoved } from './errors.ts';
import type { LedgerView } from './ledger-view.ts';
import { lockLedger } from './locks.ts';
import { countSessions, type Snapshot } from './query.ts';
import { reasonNumber } from './row.ts';
import { type Parameters, type Statement, statement } from './statement.ts';

/** Rows marked or deleted in one slice: some milliseconds. */
const mostMarked = 200;
/** Rows that a slice of a sweep looks at, where matches lie far apart. */
const mostVisited = 5000;

/**
 * One slice of the oldest unswept revocation. Whichever node comes first locks its entry and goes on where the last slice
 * ended; the others pass by. The place stands in the entry and moves in the transaction that marks the rows, so a node that
 * dies in the middle leaves nothing behind, and no row is met twice. Rows that the ledger names are changed by nobody else.
 */
export async function sweep(connection: Connection, view: LedgerView, now: number): Promise<SliceResult> {
  await view.catchUp();
  await view.refreshUnswept();
  const [entry, ...others] = view.unswept();
  if (entry === undefined) return nothingDone;
  const [, rows = []] = await connection.transaction([inOrder, sliceOf(entry, now)]);
  if (rows[0] === undefined) return nothingDone;
  const [marked, done] = rows[0] as unknown as [number, boolean];
  if (done) view.noteSwept(entry.seq);
  return { rows: marked, more: !done || others.length > 0, completed: done ? [entry.seq] : [] };
}

const nothingDone: SliceResult = { rows: 0, more: false, completed: [] };

/** The way along an index by age can stop after a slice; any other would sort all that is left, each time. */
const inOrder = { text: "SELECT set_config('enable_sort', 'off', true)", values: [] };

function sliceOf(entry: LedgerEntry, now: number): Statement {
  return statement((p) => {
    const seq = p.add(entry.seq, 'bigint');
    const at = p.add(entry.at, 'bigint');
    const isNamed = `live AND epoch < ${seq} AND deadline > ${at} AND ${matching(entry.selector, p)}`;
    return `WITH entry AS MATERIALIZED (SELECT place_created_at, place_number FROM curfew.revocation
        WHERE seq = ${seq} AND swept_at IS NULL FOR NO KEY UPDATE SKIP LOCKED),
      visited AS MATERIALIZED (SELECT number, created_at, (${isNamed}) AS named FROM curfew.session
        WHERE ${walkOf(entry, p)} AND (created_at, number) >
          ((SELECT place_created_at FROM entry), (SELECT place_number FROM entry))
        ORDER BY created_at, number LIMIT ${mostVisited}),
      counted AS MATERIALIZED (SELECT number, created_at, named,
        count(*) FILTER (WHERE named) OVER (ORDER BY created_at, number) AS so_far FROM visited),
      slice AS MATERIALIZED (SELECT number, created_at, named FROM counted WHERE so_far <= ${mostMarked}),
      locked AS MATERIALIZED (SELECT number FROM curfew.session
        WHERE number = ANY(ARRAY(SELECT number FROM slice WHERE named)) ORDER BY number FOR NO KEY UPDATE),
      marked AS (UPDATE curfew.session SET live = false, end_reason = ${reasonNumber('revoked')}, ended_at = ${at},
          revocation = ${seq}
        WHERE live AND number = ANY(ARRAY(SELECT number FROM locked)) RETURNING number),
      last AS (SELECT created_at, number FROM slice ORDER BY created_at DESC, number DESC LIMIT 1),
      result AS (SELECT (SELECT count(*) FROM marked) AS marked,
        (SELECT count(*) FROM visited) < ${mostVisited} AND (SELECT count(*) FROM visited) = (SELECT count(*) FROM slice)
          AS done),
      progress AS (UPDATE curfew.revocation SET swept = swept + result.marked,
          place_created_at = coalesce((SELECT created_at FROM last), place_created_at),
          place_number = coalesce((SELECT number FROM last), place_number),
          swept_at = CASE WHEN result.done THEN ${p.add(now, 'bigint')} END
        FROM result WHERE seq = ${seq} AND EXISTS (SELECT FROM entry))
      SELECT result.marked, result.done FROM result WHERE EXISTS (SELECT FROM entry)`;
  });
}

/** The condition that chooses the way of a sweep: the one that leaves fewest rows to look at. */
function walkOf({ selector }: LedgerEntry, p: Parameters): string {
  const { realm, username, subject, provider, app, sessionIds, adminId, accessGroup } = selector;
  const scope = realm === undefined ? {} : { realm };
  if (username !== undefined) return matching({ username }, p);
  if (subject !== undefined) return matching({ subject }, p);
  if (sessionIds !== undefined) return matching({ sessionIds }, p);
  if (app !== undefined) return matching({ ...scope, app }, p);
  if (provider !== undefined) return matching({ ...scope, provider }, p);
  if (adminId !== undefined) return matching({ ...scope, adminId }, p);
  if (accessGroup !== undefined) return matching({ ...scope, accessGroup }, p);
  return matching(scope, p);
}

/**
 * One slice of marking rows whose limit has passed, unless a cut ended them before: that keeps its claim, and its sweep marks
 * the row. A row whose limit has moved since it was looked at last is put off to the new one.
 */
export async function expire(connection: Connection, view: LedgerView, now: number): Promise<SliceResult> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const demand = statement((p) => `SELECT curfew.demand_head(${p.add(view.head, 'bigint')})`);
    try {
      const [, , rows = []] = await connection.transaction([lockLedger(false), demand, expiring(view, now)]);
      const [marked, due] = rows[0] as unknown as [number, number];
      return { rows: marked, more: due === mostMarked, completed: [] };
    } catch (error) {
      if (!isLedgerMoved(error)) throw error;
      await view.catchUp();
    }
  }
  // Where cuts come one upon the other there is time enough to mark those that idle out.
  return nothingDone;
}

function expiring(view: LedgerView, now: number): Statement {
  return statement((p) => {
    const nowPlace = p.add(now, 'bigint');
    const claims = view
      .unswept()
      .map((entry) => `(deadline > ${p.add(entry.at, 'bigint')} AND ${deadBy([entry], p)})`);
    const isClaimed = claims.length === 0 ? 'false' : `(${claims.join(' OR ')})`;
    return `WITH due AS MATERIALIZED (SELECT number FROM curfew.session
        WHERE live AND due_at <= ${nowPlace} AND NOT (deadline <= ${nowPlace} AND ${isClaimed})
        ORDER BY due_at LIMIT ${mostMarked} FOR NO KEY UPDATE SKIP LOCKED),
      marked AS (UPDATE curfew.session SET live = false, ended_at = deadline,
          end_reason = CASE WHEN expires_at = deadline THEN ${reasonNumber('expired')} ELSE ${reasonNumber('idle')} END
        WHERE number IN (SELECT number FROM due) AND live AND deadline <= ${nowPlace} RETURNING number),
      put_off AS (UPDATE curfew.session SET due_at = deadline
        WHERE number IN (SELECT number FROM due) AND live AND deadline > ${nowPlace})
      SELECT (SELECT count(*) FROM marked), (SELECT count(*) FROM due)`;
  });
}

/** One slice of deleting what ended before an instant, with the evidence that hangs on it, and keys that are old. */
export async function purge(
  connection: Connection,
  endedBefore: number,
  keysBefore = endedBefore,
): Promise<SliceResult> {
  const [[found] = []] = await connection.transaction([
    statement((p) => {
      const before = p.add(endedBefore, 'bigint');
      return `WITH old AS MATERIALIZED (SELECT number FROM curfew.session WHERE NOT live AND ended_at < ${before}
          LIMIT ${mostMarked} FOR UPDATE SKIP LOCKED),
        keys AS MATERIALIZED (SELECT key FROM curfew.idempotency WHERE at < ${p.add(keysBefore, 'bigint')} ORDER BY at LIMIT ${mostMarked}
          FOR UPDATE SKIP LOCKED),
        refusals AS (DELETE FROM curfew.refusal WHERE session IN (SELECT number FROM old)),
        deleted AS (DELETE FROM curfew.session WHERE number IN (SELECT number FROM old) RETURNING number),
        forgotten AS (DELETE FROM curfew.idempotency WHERE key IN (SELECT key FROM keys) RETURNING key)
      SELECT (SELECT count(*) FROM deleted), (SELECT count(*) FROM forgotten)`;
    }),
  ]);
  const [sessions, keys] = found as unknown as [number, number];
  return { rows: sessions, more: sessions === mostMarked || keys === mostMarked, completed: [] };
}

/** One slice of deleting what bears an access group in a realm. */
export async function erase(
  connection: Connection,
  realm: string,
  accessGroup: string,
): Promise<SliceResult> {
  const [[found] = []] = await connection.transaction([
    statement(
      (p) => `WITH found AS MATERIALIZED (SELECT number FROM curfew.session
          WHERE ${matching({ realm, accessGroup }, p)} LIMIT ${mostMarked}),
        locked AS MATERIALIZED (SELECT number FROM curfew.session
          WHERE number = ANY(ARRAY(SELECT number FROM found)) ORDER BY number FOR UPDATE),
        refusals AS (DELETE FROM curfew.refusal WHERE session IN (SELECT number FROM locked)),
        deleted AS (DELETE FROM curfew.session WHERE number IN (SELECT number FROM locked) RETURNING number)
      SELECT (SELECT count(*) FROM deleted), (SELECT count(*) FROM found)`,
    ),
  ]);
  const [rows, seen] = found as unknown as [number, number];
  return { rows, more: seen === mostMarked, completed: [] };
}

export async function statistics(snapshot: Snapshot, now: number): Promise<StoreStatistics> {
  const { ask } = snapshot;
  const [row] = await ask({
    text: `SELECT (SELECT count(*) FROM curfew.revocation WHERE swept_at IS NULL),
      (SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
        WHERE relnamespace = 'curfew'::regnamespace AND relkind = 'r')`,
    values: [],
  });
  const [unswept, sizeBytes] = row as [number, number];
  return {
    live: await countSessions(snapshot, { selector: { all: true }, state: 'live', now }),
    unswept,
    sizeBytes,
  };
}
