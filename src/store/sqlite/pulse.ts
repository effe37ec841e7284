import type { LedgerEntry, Pulse, PulseQuery } from '../../session/store.ts';
import { deadByLedger, unsweptRevocations } from './deaths.ts';
import { countSessions, type Snapshot } from './query.ts';

/** Up to this many sessions of a revocation are looked up among the refusals; with more it is done the other way round. */
const fewEnded = 10_000;

/** How the sessions of a realm, or of all, fare at an instant. */
export function pulse(snapshot: Snapshot, { realm, after, now }: PulseQuery): Pulse {
  const { db, dictionary } = snapshot;
  const selector = realm === undefined ? { all: true as const } : { all: true as const, realm };
  const live = countSessions(snapshot, { selector, state: 'live', now });
  const newest = db.number('SELECT coalesce(max(number), 0) FROM session');
  if (realm === undefined) {
    const registered = db.number('SELECT count(*) FROM session WHERE number > ?', after);
    const refused = db.number('SELECT coalesce(sum(count), 0) FROM refusal');
    return { live, registered, newest, refused };
  }
  const number = dictionary.findRealm(realm) ?? -1;
  const registered = db.number(
    'SELECT count(*) FROM session NOT INDEXED WHERE number > ? AND realm = ?',
    after,
    number,
  );
  const refused = db.number(
    `SELECT coalesce(sum(count), 0) FROM refusal
     WHERE EXISTS (SELECT 1 FROM session WHERE number = refusal.session AND realm = ?)`,
    number,
  );
  return { live, registered, newest, refused };
}

/** For each revocation: the refused uses of the sessions it ended. */
export function refusedSince(snapshot: Snapshot, revocations: readonly number[]): number[] {
  const unswept = unsweptRevocations(snapshot.db);
  return revocations.map((seq) => {
    const own = unswept.find((entry) => entry.seq === seq);
    return ofMarked(snapshot, seq) + (own === undefined ? 0 : ofUnmarked(snapshot, own, unswept));
  });
}

function ofMarked({ db }: Snapshot, seq: number): number {
  const swept = db.number('SELECT swept FROM revocation WHERE seq = ?', seq);
  if (swept === 0) return 0;
  // Inside the inner question `ip` and the like are those of the session.
  const which =
    swept <= fewEnded
      ? 'session IN (SELECT number FROM session INDEXED BY session_revocation WHERE revocation = ?)'
      : 'EXISTS (SELECT 1 FROM session WHERE number = refusal.session AND revocation = ?)';
  return db.number(`SELECT coalesce(sum(count), 0) FROM refusal WHERE ${which}`, seq);
}

/** Of the rows that look live: those that this revocation named first, within their limits. */
function ofUnmarked({ db, dictionary }: Snapshot, own: LedgerEntry, unswept: readonly LedgerEntry[]): number {
  const named = deadByLedger([own], db, dictionary);
  const before = deadByLedger(
    unswept.filter(({ seq }) => seq < own.seq),
    db,
    dictionary,
  );
  return db.number(
    `SELECT coalesce(sum(count), 0) FROM refusal WHERE EXISTS (SELECT 1 FROM session
       WHERE number = refusal.session AND live = 1 AND deadline > ? AND (${named.sql}) AND NOT (${before.sql}))`,
    own.at,
    ...named.values,
    ...before.values,
  );
}
