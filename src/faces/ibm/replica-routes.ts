import { CurfewError } from '../../core/errors.ts';
import { type Calls, ownCalls } from './calls.ts';
import { maxSessionList } from './dsc-config.ts';
import type { Answer } from './exchange.ts';
import { readQuery } from './paths.ts';
import { membersOf } from './place-commands.ts';
import type { ReplicaSet } from './replica-sets.ts';
import { type Cut, endSession, endUser, findSessions, type SessionFacts } from './sessions.ts';
import type { ShellParts } from './shell.ts';

/** `GET .../replicas`: the replica sets within the caller's reach. */
export async function listSets(calls: Calls, parts: ShellParts): Promise<Answer> {
  return { status: 200, body: await parts.replicaSets.list(calls) };
}

/** `GET .../replicas/{set}/servers`. */
export async function listMembers(calls: Calls, parts: ShellParts, name: string): Promise<Answer> {
  const set = await parts.replicaSets.named(calls, name);
  return { status: 200, body: membersOf(parts).map((member) => ({ ...member, replica_set: set.name })) };
}

/**
 * `GET .../replicas/{set}/sessions?user=<pattern>&max=<n>`. Case counts here, as it does when a user's sessions are
 * deleted: clients search for a name and, when they find it, delete by it.
 */
export async function searchSet(
  calls: Calls,
  parts: ShellParts,
  name: string,
  query: string,
): Promise<Answer> {
  const { user = '*', max } = readQuery(query, ['user', 'max']);
  const most = await maxSessionList(ownCalls(parts.services));
  const set = await parts.replicaSets.named(calls, name);
  const { sessions, matched } = await findSessions(calls, {
    realm: set.realm,
    pattern: user,
    ignoreCase: false,
    most: max === undefined ? most : Math.min(most, readMax(max)),
  });
  const shown = sessions.map((session) => sessionBody(session, set));
  return { status: 200, body: { matched_sessions: shown, matched, returned: shown.length } };
}

/** `DELETE .../replicas/{set}/sessions/session/{id}`. */
export async function deleteSession(
  calls: Calls,
  parts: ShellParts,
  name: string,
  id: string,
): Promise<Answer> {
  const { realm } = await parts.replicaSets.named(calls, name);
  return cutAnswer(
    await endSession(calls, realm, id, `dsc: the session was deleted in the replica set ${name}`),
  );
}

/** `DELETE .../replicas/{set}/sessions/user/{user}`: the name is exact, a `*` in it is a letter. */
export async function deleteUser(
  calls: Calls,
  parts: ShellParts,
  name: string,
  user: string,
): Promise<Answer> {
  const { realm } = await parts.replicaSets.named(calls, name);
  return cutAnswer(
    await endUser(calls, realm, user, `dsc: the user's sessions were deleted in the replica set ${name}`),
  );
}

/** What has gone already is gone; who wants to know reads the number. */
function cutAnswer({ matched }: Cut): Answer {
  return { status: 204, headers: { 'x-curfew-matched': String(matched) } };
}

function sessionBody(session: SessionFacts, set: ReplicaSet): Record<string, unknown> {
  return {
    session: session.id,
    user: session.username,
    replica_set: set.name,
    realm: set.realm,
    client_ip: session.client.ip ?? null,
    created: session.createdAt,
    last_access: session.lastAccessAt,
    expires: session.expiresAt,
  };
}

function readMax(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw new CurfewError('invalid_input', 'max: expected a whole number from 1 on.');
}
