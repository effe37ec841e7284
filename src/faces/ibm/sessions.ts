import type { z } from 'zod';
import { CurfewError } from '../../core/errors.ts';
import { isUuid } from '../../core/ids.ts';
import { admit } from '../../operations/call.ts';
import { revokeByName } from '../../operations/revocations-by-name.ts';
import { createRevocation } from '../../operations/revocations-create.ts';
import type { sessionSchema } from '../../operations/session-form.ts';
import { listSessions } from '../../operations/sessions-list.ts';
import { rereadSession } from '../../operations/sessions-reread.ts';
import { searchSessions } from '../../operations/sessions-search.ts';
import type { Calls } from './calls.ts';

/** A session as operations give it. */
export type SessionFacts = z.output<typeof sessionSchema>;

/** Sessions that were found, and how many match in all. */
export interface Found {
  readonly sessions: readonly SessionFacts[];
  readonly matched: number;
}

/** What an order to end sessions did. */
export interface Cut {
  readonly matched: number;
  /** Numbers of the entries of the ledger; none when there was nothing that an entry could name. */
  readonly revocations: readonly number[];
  /** How many users a pattern named. */
  readonly users?: number;
  /** Why nothing matched. */
  readonly warning?: string;
}

/** A command may be longer than a reason may be. */
const longestReason = 1000;

/** Live sessions whose user name matches, the newest first, at most `most` of them. */
export function findSessions(
  { run }: Calls,
  query: { realm: string; pattern: string; ignoreCase: boolean; most: number },
): Promise<Found> {
  const { realm, pattern, ignoreCase, most } = query;
  return run(searchSessions, { realm, pattern, ignoreCase, limit: most });
}

/** Ends the sessions of one user; the name is exact. */
export function endUser(calls: Calls, realm: string, username: string, reason: string): Promise<Cut> {
  return end(calls, { realm, username }, reason);
}

/** Ends one session. What cannot be a session id names none, and the realm must be that of the session. */
export async function endSession(calls: Calls, realm: string, id: string, reason: string): Promise<Cut> {
  if (isUuid(id)) return end(calls, { realm, sessionIds: [id] }, reason);
  // Whoever may not end sessions learns nothing of which there are.
  admit(createRevocation, calls.caller);
  return { matched: 0, revocations: [], warning: 'What was given is no session id of Curfew.' };
}

/** Ends the sessions of every user whose name matches a pattern that holds a `*`. */
export async function endMatching(
  { run }: Calls,
  realm: string,
  pattern: string,
  reason: string,
): Promise<Cut> {
  const cut = await run(revokeByName, {
    realm,
    pattern,
    ignoreCase: true,
    reason: reason.slice(0, longestReason),
  });
  const { matched, revocations, users } = cut;
  return {
    matched,
    revocations,
    ...(users === null ? {} : { users }),
    ...(matched > 0 ? {} : { warning: 'No user with a live session has a name that matches.' }),
  };
}

/** What reading credentials anew did. */
export interface Refreshed {
  readonly sessions: number;
  /** How many had a credential to be read, and where it was. */
  readonly read: number;
  readonly sources: readonly string[];
}

/** Reads the credential of every live session of a user anew. */
export async function refreshUser(calls: Calls, realm: string, username: string): Promise<Refreshed> {
  let total: Refreshed = { sessions: 0, read: 0, sources: [] };
  let cursor: string | undefined;
  do {
    const page = await calls.run(listSessions, {
      realm,
      username,
      limit: 1000,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { id } of page.sessions) total = joined(total, await refresh(calls, id));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return total;
}

/** Reads the credential of one session anew. */
export async function refreshOne(calls: Calls, realm: string, id: string): Promise<Refreshed> {
  if (!isUuid(id)) return { sessions: 0, read: 0, sources: [] };
  const { sessions } = await calls.run(listSessions, { realm, sessionIds: [id], limit: 1 });
  return sessions.length === 0 ? { sessions: 0, read: 0, sources: [] } : refresh(calls, id);
}

/** A session may end while the others are at work; that is no failure of theirs. */
async function refresh({ run }: Calls, id: string): Promise<Refreshed> {
  try {
    const { source } = await run(rereadSession, { id });
    return source === null
      ? { sessions: 1, read: 0, sources: [] }
      : { sessions: 1, read: 1, sources: [source] };
  } catch (error) {
    const isGone = error instanceof CurfewError && /^session_(ended|not_found)$/.test(error.code);
    if (isGone) return { sessions: 0, read: 0, sources: [] };
    throw error;
  }
}

function joined(one: Refreshed, other: Refreshed): Refreshed {
  return {
    sessions: one.sessions + other.sessions,
    read: one.read + other.read,
    sources: [...new Set([...one.sources, ...other.sources])],
  };
}

async function end({ run }: Calls, selector: object, reason: string): Promise<Cut> {
  const { matched, revocation, warning } = await run(createRevocation, {
    selector,
    reason: reason.slice(0, longestReason),
  });
  return { matched, revocations: [revocation.seq], ...(warning === undefined ? {} : { warning }) };
}
