import { compileSelector } from '../../session/selector.ts';
import { limitPassed } from '../../session/session.ts';
import type { LedgerEntry, SessionQuery, StoredSession } from '../../session/store.ts';
import { deadBy } from './condition.ts';
import type { Parameters } from './statement.ts';

/** Which rows have the state asked for at the instant asked for; `entries` are the unswept ones of the same snapshot. */
export function stateIs(query: SessionQuery, entries: readonly LedgerEntry[], p: Parameters): string {
  const { asOf, state } = query;
  const at = p.add(asOf ?? query.now, 'bigint');
  const made = asOf === undefined ? 'true' : `created_at <= ${at}`;
  if (state === 'any') return made;
  const dead = deadBy(asOf === undefined ? entries : entries.filter((entry) => entry.at <= asOf), p);
  const alive = `(live AND deadline > ${at} AND NOT ${dead})`;
  // Of a marked row the end is known, so the past can be told.
  const isLive = asOf === undefined ? alive : `(${alive} OR (NOT live AND ended_at > ${at}))`;
  return `${made} AND ${state === 'live' ? isLive : `NOT ${isLive}`}`;
}

/**
 * Rows that one revocation ended by the instant asked for: marked with its number, or not marked yet and named by it
 * first, within their limits.
 */
export function endedBy(
  { revocation, asOf }: SessionQuery & { readonly revocation: number },
  entries: readonly LedgerEntry[],
  p: Parameters,
): string {
  const number = `revocation = ${p.add(revocation, 'bigint')}`;
  const marked = asOf === undefined ? number : `(${number} AND ended_at <= ${p.add(asOf, 'bigint')})`;
  const own = entries.find((entry) => entry.seq === revocation);
  if (own === undefined || (asOf !== undefined && own.at > asOf)) return marked;
  const before = entries.filter((entry) => entry.seq < revocation);
  return `(${marked} OR (live AND deadline > ${p.add(own.at, 'bigint')} AND ${deadBy([own], p)} AND NOT ${deadBy(before, p)}))`;
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
export function asItWas(
  session: StoredSession,
  entries: readonly LedgerEntry[],
  instant: number,
): StoredSession {
  const { ended, ...unended } = session;
  if (ended !== undefined && ended.at <= instant) return session;
  return withEnding(
    unended,
    entries.filter(({ at }) => at <= instant),
    instant,
  );
}
