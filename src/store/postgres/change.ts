import { compileSelector } from '../../session/selector.ts';
import type { EndCommand, StoredSession, Touch, UpdateCommand } from '../../session/store.ts';
import { deadBy } from './condition.ts';
import type { Ask } from './connection.ts';
import { type Knowledge, sessionOf, sessionsOf } from './parts.ts';
import { noDeadline, reasonNumber, revocationColumns, revocationOfRow, sessionColumns } from './row.ts';
import { type Parameters, type Statement, statement } from './statement.ts';
import { wordNumber, wordsOf } from './words.ts';
import { type Plan, TryAgain, type Write } from './writer.ts';

/** Ends one live session; undefined if it is not live. */
export function endSession(
  command: EndCommand,
  { view, words }: Knowledge,
): Write<StoredSession | undefined> {
  const { id, reason, now } = command;
  return {
    kind: 'shared',
    plan: () => ({
      sessionIds: [id],
      statements: [
        statement(
          (p) => `UPDATE curfew.session SET live = false, end_reason = ${reasonNumber(reason)},
              ended_at = ${p.add(now, 'bigint')}
            WHERE id = ${p.add(id, 'uuid')} AND ${isLive(now, { view, words }, p)} RETURNING ${sessionColumns}`,
        ),
      ],
      read: ([rows = []]) => sessionOf(rows, words),
    }),
  };
}

/**
 * Refreshes a live session; undefined if it is not live. New rights take the ledger's head as the session's epoch: it
 * is live as of that head, and an earlier cut by rights it did not have then must not reach it now.
 */
export function updateSession(
  command: UpdateCommand,
  knowledge: Knowledge,
): Write<StoredSession | undefined> {
  return { kind: 'shared', plan: (ask) => planUpdate(command, knowledge, ask) };
}

async function planUpdate(
  command: UpdateCommand,
  knowledge: Knowledge,
  ask: Ask,
): Promise<Plan<StoredSession | undefined>> {
  const { id, now, accessGroups, adminIds, attributes } = command;
  const { view, words } = knowledge;
  const newRights = accessGroups !== undefined || adminIds !== undefined;
  const present = statement(
    (p) => `SELECT ${sessionColumns} FROM curfew.session WHERE id = ${p.add(id, 'uuid')} AND live`,
  );
  // What is not replaced of the rights stays, so they must be known; another node may change them meanwhile.
  const before = newRights ? await sessionOf(await ask(present), words) : undefined;
  const after = before && wordsOf({ ...before, ...definedRights(command) });
  const statements: Statement[] = after === undefined ? [] : words.writing(after);
  statements.push(
    statement((p) => {
      // An access before the end of a range that a cut has spared this session in would make it fall under the cut.
      const at = p.add(Math.max(now, view.accessFloor), 'bigint');
      const set = [
        `last_access_at = greatest(last_access_at, ${at})`,
        `deadline = greatest(deadline, ${deadlineAfter(at)})`,
      ];
      if (attributes !== undefined) {
        const text = Object.keys(attributes).length === 0 ? null : JSON.stringify(attributes);
        set.push(`attributes = ${p.add(text, 'text')}`);
      }
      if (after !== undefined) {
        set.push(`rights = ${wordNumber('rights', p.add(after.rights.digest, 'bytea'))}`);
        set.push(`epoch = ${p.add(view.head, 'bigint')}`);
      }
      const unchanged =
        before === undefined
          ? `${!newRights}`
          : `rights = ${wordNumber('rights', p.add(wordsOf(before).rights.digest, 'bytea'))}`;
      return `UPDATE curfew.session SET ${set.join(', ')}
        WHERE id = ${p.add(id, 'uuid')} AND ${isLive(now, knowledge, p)} AND ${unchanged} RETURNING ${sessionColumns}`;
    }),
    present,
  );
  return {
    sessionIds: [id],
    statements,
    async read(rows) {
      const [updated = [], still = []] = rows.slice(-2);
      const session = await sessionOf(updated, words);
      if (session !== undefined) {
        if (after !== undefined) words.written(after);
        return session;
      }
      const found = newRights ? await sessionOf(still, words) : undefined;
      const changed =
        found !== undefined &&
        (before === undefined || !wordsOf(found).rights.digest.equals(wordsOf(before).rights.digest));
      if (changed) throw new TryAgain();
      return undefined;
    },
  };
}

function definedRights({ accessGroups, adminIds }: UpdateCommand): Partial<StoredSession> {
  return {
    ...(accessGroups === undefined ? {} : { accessGroups }),
    ...(adminIds === undefined ? {} : { adminIds }),
  };
}

/** Moves last accesses forward, in rows that neither a mark, nor the ledger, nor by then a limit has ended. */
export function touchSessions(touches: readonly Touch[], knowledge: Knowledge): Write<void> {
  return { kind: 'shared', plan: (ask) => planTouches(touches, knowledge, ask) };
}

async function planTouches(
  touches: readonly Touch[],
  knowledge: Knowledge,
  ask: Ask,
): Promise<Plan<undefined>> {
  const { view } = knowledge;
  const numbers = touches.map(({ number }) => number);
  const passedBy = await findPassedBy(touches, knowledge, ask);
  const floor = view.accessFloor;
  const statements = rounds(touches.filter(({ number }) => !passedBy.has(number))).map((round) =>
    statement((p) => {
      const list = (values: number[]): string => p.add(values, 'bigint[]');
      const dead = deadBy(view.unswept(), p);
      return `UPDATE curfew.session SET last_access_at = touch.at,
          deadline = greatest(deadline, ${deadlineAfter('touch.at')})
        FROM unnest(${list(round.map(({ number }) => number))},
          ${list(round.map(({ lastAccessAt }) => Math.max(lastAccessAt, floor)))},
          ${list(round.map(({ firstAccessAt, lastAccessAt }) => firstAccessAt ?? lastAccessAt))})
          AS touch (touched, at, first_at)
        WHERE number = touched AND live AND last_access_at < touch.at AND deadline > first_at AND NOT ${dead}`;
    }),
  );
  return { sessionNumbers: numbers, statements, read: () => undefined };
}

/** Two accesses of the same row cannot be one update; the second one goes into the next round. */
function rounds(touches: readonly Touch[]): Touch[][] {
  const made: Touch[][] = [];
  const times = new Map<number, number>();
  for (const touch of touches) {
    const round = times.get(touch.number) ?? 0;
    times.set(touch.number, round + 1);
    made[round] ??= [];
    made[round]?.push(touch);
  }
  return made;
}

/**
 * The rows that a cut named when they looked idle, because these accesses were not written yet: such a cut counted and marked
 * without them, and its sweep may have ended, so nothing but the ledger itself says that the sessions are dead. That can only
 * be where the limit as it is written had passed at the last cut, which is rare. The written limit only moves on, so what is
 * found harmless here stays so until the row is locked.
 */
async function findPassedBy(
  touches: readonly Touch[],
  { view, words }: Knowledge,
  ask: Ask,
): Promise<ReadonlySet<number>> {
  const earliest = Math.min(...touches.map((touch) => touch.firstAccessAt ?? touch.lastAccessAt));
  // A row whose limit had passed before the access is not touched in any case.
  if (touches.length === 0 || view.end.at < earliest) return new Set();
  const rows = await ask(
    statement(
      (p) => `SELECT ${sessionColumns}, deadline FROM curfew.session
        WHERE number = ANY(${p.add(
          touches.map(({ number }) => number),
          'bigint[]',
        )})
          AND live AND deadline <= ${p.add(view.end.at, 'bigint')} AND deadline > ${p.add(earliest, 'bigint')}`,
    ),
  );
  if (rows.length === 0) return new Set();
  const sessions = await sessionsOf(rows, words);
  const deadlines = rows.map((row) => row.at(-1) as number);
  const cuts = await ask(
    statement(
      (p) => `SELECT ${revocationColumns} FROM curfew.revocation
        WHERE at >= ${p.add(Math.min(...deadlines), 'bigint')} ORDER BY seq`,
    ),
  );
  const entries = cuts.map(revocationOfRow);
  const passedBy = sessions.filter((session, index) =>
    entries.some(
      ({ seq, at, selector }) =>
        seq > session.epoch && at >= (deadlines[index] as number) && compileSelector(selector)(session),
    ),
  );
  return new Set(passedBy.map(({ number }) => number));
}

/** The deadline of a row after an access. */
function deadlineAfter(at: string): string {
  return `least(coalesce(${at} + idle_timeout_ms, ${noDeadline}), coalesce(expires_at, ${noDeadline}))`;
}

/** Whether a row is live, by the marks, the limits and the ledger as it is known. */
function isLive(now: number, { view }: Knowledge, p: Parameters): string {
  return `live AND deadline > ${p.add(now, 'bigint')} AND NOT ${deadBy(view.unswept(), p)}`;
}
