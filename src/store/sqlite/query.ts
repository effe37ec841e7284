import { compileSelector, type Selector } from '../../session/selector.ts';
import { limitPassed } from '../../session/session.ts';
import type {
  LedgerEntry,
  ListOrder,
  ListPosition,
  ListQuery,
  SessionPage,
  SessionQuery,
  StoredSession,
} from '../../session/store.ts';
import { both, type Condition, conditionOf, type Resolved, resolve } from './condition.ts';
import type { Database, Row } from './database.ts';
import { deadByLedger, stateFilter, unsweptRevocations } from './deaths.ts';
import type { Dictionary } from './dictionary.ts';
import { hint, type Plan, planForCount, planForList, planForListByAccess, streamStart } from './plan.ts';
import { sessionFacts, sessionOfRow } from './row.ts';

/** One connection within a transaction: what every query below needs. */
export interface Snapshot {
  readonly db: Database;
  readonly dictionary: Dictionary;
}

/** The order of a list, in the words of the engine. */
interface Order {
  readonly column: 'created_at' | 'last_access_at';
  readonly isAscending: boolean;
}

const orders: Readonly<Record<ListOrder, Order>> = {
  '-createdAt': { column: 'created_at', isAscending: false },
  createdAt: { column: 'created_at', isAscending: true },
  '-lastAccessAt': { column: 'last_access_at', isAscending: false },
  lastAccessAt: { column: 'last_access_at', isAscending: true },
};

/** One page of sessions. */
export function listSessions({ db, dictionary }: Snapshot, query: ListQuery): SessionPage {
  const entries = unsweptRevocations(db);
  const resolved = resolve(query.selector, db, dictionary);
  const filter = stateFilter(query, entries, db, dictionary);
  const order = orders[query.order ?? '-createdAt'];
  const { column, isAscending } = order;
  const planOf = column === 'created_at' ? planForList : planForListByAccess;
  const plan =
    query.revocation === undefined
      ? planOf(resolved, db)
      : revocationPlan(query.revocation, entries, resolved);
  const beyond = after(order, query.after);
  const settled = new Set([...plan.settled, ...boundsBefore(order, query.after, resolved)]);
  const direction = isAscending ? 'ASC' : 'DESC';
  const rows: Row[] = [];
  for (const live of filter.liveValues) {
    const ended = endedBy(query, live, entries, { db, dictionary });
    if (ended === undefined) continue;
    for (const value of plan.values) {
      const where = both(
        streamStart(plan, live, value),
        conditionOf(resolved, settled),
        filter.conditionFor(live),
        ended,
        beyond,
      );
      const sql = `SELECT ${column} AS at, number, ${sessionFacts} FROM session ${hint(plan)} WHERE ${where.sql} ORDER BY ${column} ${direction}, number ${direction} LIMIT ?`;
      rows.push(...db.all(sql, ...where.values, query.limit + 1));
    }
  }
  const sign = isAscending ? 1 : -1;
  rows.sort((a, b) => sign * (Number(a.at) - Number(b.at) || Number(a.number) - Number(b.number)));
  const { asOf, now } = query;
  const sessions = rows.slice(0, query.limit).map((row) => {
    const session = sessionOfRow(row, dictionary);
    return asOf === undefined ? withEnding(session, entries, now) : asItWas(session, entries, asOf);
  });
  const last = rows[query.limit - 1];
  if (rows.length <= query.limit || last === undefined) return { sessions };
  return { sessions, next: { at: Number(last.at), number: Number(last.number) } };
}

/** The exact number of rows over all pages of a list. */
export function countSessions(snapshot: Snapshot, query: SessionQuery): number {
  const { db, dictionary } = snapshot;
  const entries = unsweptRevocations(db);
  const resolved = resolve(query.selector, db, dictionary);
  if (
    query.revocation === undefined &&
    query.state === 'live' &&
    query.asOf === undefined &&
    entries.length === 0
  ) {
    return countLiveByIndex(snapshot, resolved, query.now);
  }
  let count = 0;
  for (const { plan, where } of countingWalks(snapshot, query, entries, resolved)) {
    count += countWhere(db, plan, where);
  }
  return count;
}

/** The walks over all rows of a query, each with its conditions: no row is met twice. */
export function countingWalks(
  snapshot: Snapshot,
  query: SessionQuery,
  entries: readonly LedgerEntry[],
  resolved: Resolved,
): { readonly plan: Plan; readonly where: readonly Condition[] }[] {
  const filter = stateFilter(query, entries, snapshot.db, snapshot.dictionary);
  const plan =
    query.revocation === undefined
      ? planForCount(resolved)
      : revocationPlan(query.revocation, entries, resolved);
  return filter.liveValues.flatMap((live) => {
    const ended = endedBy(query, live, entries, snapshot);
    if (ended === undefined) return [];
    return plan.values.map((value) => ({
      plan,
      where: [
        streamStart(plan, live, value),
        conditionOf(resolved, plan.settled),
        filter.conditionFor(live),
        ended,
      ],
    }));
  });
}

/**
 * Counts rows marked live within an index, then takes off the few whose limit has passed but which are not marked yet:
 * no row is read but those.
 */
function countLiveByIndex({ db }: Snapshot, resolved: Resolved, now: number): number {
  const plan = planForCount(resolved);
  let count = 0;
  for (const value of plan.values) {
    count += countWhere(db, plan, [streamStart(plan, 1, value), conditionOf(resolved, plan.settled)]);
  }
  const { sql, values } = conditionOf(resolved);
  const passed = `SELECT count(*) FROM session INDEXED BY session_deadline WHERE live = 1 AND deadline <= ? AND ${sql}`;
  return count - db.number(passed, now, ...values);
}

function countWhere(db: Database, plan: Plan, conditions: readonly Condition[]): number {
  const where = both(...conditions.filter(({ sql }) => sql !== '1'));
  return db.number(`SELECT count(*) FROM session ${hint(plan)} WHERE ${where.sql}`, ...where.values);
}

/** The live sessions of a selector, the oldest first; for selectors that name few. */
export function liveRows({ db, dictionary }: Snapshot, selector: Selector, now: number): StoredSession[] {
  const resolved = resolve(selector, db, dictionary);
  const plan = planForCount(resolved);
  const dead = deadByLedger(unsweptRevocations(db), db, dictionary);
  const rows = plan.values.flatMap((value) => {
    const where = both(streamStart(plan, 1, value), conditionOf(resolved, plan.settled), {
      sql: `deadline > ? AND NOT (${dead.sql})`,
      values: [now, ...dead.values],
    });
    const sql = `SELECT created_at, number, ${sessionFacts} FROM session ${hint(plan)} WHERE ${where.sql}`;
    return db.all(sql, ...where.values);
  });
  rows.sort((a, b) => Number(a.created_at) - Number(b.created_at) || Number(a.number) - Number(b.number));
  return rows.map((row) => sessionOfRow(row, dictionary));
}

/** Fills in how a row that looks live has ended: by the ledger or by its limits, whichever came first. */
export function withEnding(
  session: StoredSession,
  entries: readonly LedgerEntry[],
  now: number,
): StoredSession {
  if (session.ended !== undefined) return session;
  const limit = limitPassed(session, now);
  const entry = entries.find((one) => one.seq > session.epoch && compileSelector(one.selector)(session));
  if (entry === undefined) return limit === undefined ? session : { ...session, ended: limit };
  // A cut names live sessions, so a limit that passes in the same instant was there before it.
  if (limit !== undefined && limit.at <= entry.at) return { ...session, ended: limit };
  return { ...session, ended: { at: entry.at, reason: 'revoked', revocation: entry.seq } };
}

/** The session with the ending that it had at an instant in the past. */
function asItWas(session: StoredSession, entries: readonly LedgerEntry[], instant: number): StoredSession {
  const { ended, ...unended } = session;
  if (ended !== undefined && ended.at <= instant) return session;
  return withEnding(
    unended,
    entries.filter(({ at }) => at <= instant),
    instant,
  );
}

function after({ column, isAscending }: Order, position: ListPosition | undefined): Condition {
  if (position === undefined) return { sql: '1', values: [] };
  const beyond = isAscending ? '>' : '<';
  return {
    sql: `${column} ${beyond}= ? AND (${column} ${beyond} ? OR number ${beyond} ?)`,
    values: [position.at, position.at, position.number],
  };
}

/**
 * The bound of the selector that lies before the place where a page starts, and so says nothing more. Given both, the engine
 * would start at this one and walk over every page between.
 */
function boundsBefore(
  { column, isAscending }: Order,
  position: ListPosition | undefined,
  { createdFrom, createdTo, lastAccessFrom, lastAccessTo }: Resolved,
): (keyof Resolved)[] {
  if (position === undefined) return [];
  const isCreation = column === 'created_at';
  const [from, to] = isCreation ? [createdFrom, createdTo] : [lastAccessFrom, lastAccessTo];
  if (isAscending) {
    const isBefore = from !== undefined && from <= position.at;
    return isBefore ? [isCreation ? 'createdFrom' : 'lastAccessFrom'] : [];
  }
  const isBefore = to !== undefined && to > position.at;
  return isBefore ? [isCreation ? 'createdTo' : 'lastAccessTo'] : [];
}

/**
 * Rows that one revocation ended by the instant asked for: marked with its number, or not marked yet, named by it first,
 * and within their limits when it was made. Undefined when there can be none: the engine refuses an index for a condition that is never true.
 */
function endedBy(
  { revocation, asOf }: SessionQuery,
  live: 0 | 1,
  entries: readonly LedgerEntry[],
  { db, dictionary }: Snapshot,
): Condition | undefined {
  if (revocation === undefined) return { sql: '1', values: [] };
  if (live === 0) {
    return asOf === undefined
      ? { sql: 'revocation = ?', values: [revocation] }
      : { sql: 'revocation = ? AND ended_at <= ?', values: [revocation, asOf] };
  }
  const own = entries.find((entry) => entry.seq === revocation);
  if (own === undefined || (asOf !== undefined && own.at > asOf)) return undefined;
  const named = deadByLedger([own], db, dictionary);
  const before = deadByLedger(
    entries.filter((entry) => entry.seq < revocation),
    db,
    dictionary,
  );
  return {
    sql: `deadline > ? AND (${named.sql}) AND NOT (${before.sql})`,
    values: [own.at, ...named.values, ...before.values],
  };
}

/** Rows of one revocation are few when it is swept; while it is not, they are found as its selector would find them. */
function revocationPlan(revocation: number, entries: readonly LedgerEntry[], resolved: Resolved): Plan {
  if (entries.some((entry) => entry.seq === revocation)) return planForCount(resolved);
  return {
    index: 'session_revocation',
    column: 'revocation',
    values: [revocation],
    ordered: true,
    settled: new Set(),
  };
}
