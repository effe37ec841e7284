import { uuidToBytes } from '../../core/ids.ts';
import { compileSelector } from '../../session/selector.ts';
import { deadlineOf, type Ending } from '../../session/session.ts';
import type { EndCommand, StoredSession, Touch, UpdateCommand } from '../../session/store.ts';
import { accessFloor } from './accesses.ts';
import type { Database } from './database.ts';
import { deadByLedger, unsweptRevocations } from './deaths.ts';
import { type Snapshot, withEnding } from './query.ts';
import { noDeadline, reasonNumber, revocationOfRow, sessionFacts, sessionOfRow } from './row.ts';

/** Marks one row as ended; gives the session as it is then. A row that is marked already stays as it is. */
export function endRow(db: Database, session: StoredSession, ended: Ending): StoredSession {
  db.run(
    'UPDATE session SET live = 0, end_reason = ?, ended_at = ?, revocation = ? WHERE number = ? AND live = 1',
    reasonNumber(ended.reason),
    ended.at,
    ended.revocation ?? null,
    session.number,
  );
  return { ...session, ended };
}

/** Ends one live session; undefined if it is not live. */
export function endSession(snapshot: Snapshot, { id, reason, now }: EndCommand): StoredSession | undefined {
  const session = findLive(snapshot, id, now);
  return session === undefined ? undefined : endRow(snapshot.db, session, { at: now, reason });
}

/**
 * Refreshes a live session; undefined if it is not live. New rights take the ledger's head as the session's epoch: it
 * is live as of that head, and an earlier cut by rights it did not have then must not reach it now.
 */
export function updateSession(snapshot: Snapshot, command: UpdateCommand): StoredSession | undefined {
  const { db, dictionary } = snapshot;
  const before = findLive(snapshot, command.id, command.now);
  if (before === undefined) return undefined;
  const newRights = command.accessGroups !== undefined || command.adminIds !== undefined;
  const session: StoredSession = {
    ...before,
    accessGroups: command.accessGroups ?? before.accessGroups,
    adminIds: command.adminIds ?? before.adminIds,
    attributes: command.attributes ?? before.attributes,
    lastAccessAt: Math.max(before.lastAccessAt, command.now, accessFloor(db, command.now)),
    epoch: newRights ? db.number('SELECT max(seq) FROM revocation') : before.epoch,
  };
  const realm = dictionary.internRealm(session.realm);
  db.run(
    'UPDATE session SET rights = ?, attributes = ?, last_access_at = ?, deadline = ?, epoch = ? WHERE number = ? AND live = 1',
    dictionary.internRights(realm, session.accessGroups, session.adminIds),
    Object.keys(session.attributes).length === 0 ? null : JSON.stringify(session.attributes),
    session.lastAccessAt,
    deadlineOf(session) ?? noDeadline,
    session.epoch,
    session.number,
  );
  return session;
}

/** Moves last accesses forward, in rows that neither a mark, nor the ledger, nor by then a limit has ended. */
export function touchSessions(snapshot: Snapshot, touches: readonly Touch[]): void {
  const { db, dictionary } = snapshot;
  const dead = deadByLedger(unsweptRevocations(db), db, dictionary);
  const spared = dead.sql === '0' ? '' : `AND NOT (${dead.sql})`;
  const lastCutAt = db.number('SELECT coalesce(max(at), 0) FROM revocation');
  const sql = `UPDATE session SET last_access_at = ?1,
      deadline = min(coalesce(?1 + idle_timeout_ms, ${noDeadline}), coalesce(expires_at, ${noDeadline}))
    WHERE number = ?2 AND live = 1 AND last_access_at < ?1 AND deadline > ?4 AND deadline > ?3 ${spared}`;
  const floor = accessFloor(db, Math.min(...touches.map((touch) => touch.lastAccessAt)));
  for (const { number, lastAccessAt, firstAccessAt = lastAccessAt } of touches) {
    const at = Math.max(lastAccessAt, floor);
    const { changes } = db.run(sql, at, number, lastCutAt, firstAccessAt, ...dead.values);
    if (changes === 0 && !isPassedBy(snapshot, number, lastCutAt)) {
      db.run(sql, at, number, -1, firstAccessAt, ...dead.values);
    }
  }
}

/**
 * Whether a cut named a row when it looked idle, because this access was not written yet: such a cut counted and marked
 * without the row, and its sweep may have ended, so nothing but the ledger itself says that the session is dead.
 */
function isPassedBy({ db, dictionary }: Snapshot, number: number, lastCutAt: number): boolean {
  const row = db.get(
    `SELECT deadline, ${sessionFacts} FROM session WHERE number = ? AND live = 1 AND deadline <= ?`,
    number,
    lastCutAt,
  );
  if (row === undefined) return true;
  const session = sessionOfRow(row, dictionary);
  return db
    .all('SELECT * FROM revocation WHERE seq > ? AND at >= ?', session.epoch, Number(row.deadline))
    .map(revocationOfRow)
    .some(({ selector }) => compileSelector(selector)(session));
}

function findLive({ db, dictionary }: Snapshot, id: string, now: number): StoredSession | undefined {
  const row = db.get(`SELECT ${sessionFacts} FROM session WHERE id = ? AND live = 1`, uuidToBytes(id));
  if (row === undefined) return undefined;
  const session = withEnding(sessionOfRow(row, dictionary), unsweptRevocations(db), now);
  return session.ended === undefined ? session : undefined;
}
