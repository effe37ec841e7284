import { z } from 'zod';
import { holds } from '../../access/permissions.ts';
import { CurfewError } from '../../core/errors.ts';
import { deleteOwnSession, deleteOwnSessions, listOwnSessions } from '../../operations/me-sessions.ts';
import { createRevocation } from '../../operations/revocations-create.ts';
import { listSessions } from '../../operations/sessions-list.ts';
import type { Selector } from '../../session/selector.ts';
import { ElementError } from './element-error.ts';
import { authMethodField, clusterAdminIdField, sessionIdField, usernameField } from './fields.ts';
import { type MethodCall, method, type Result } from './method.ts';
import { sessionInfo } from './session-info.ts';
import { endedPages } from './session-pages.ts';
import { forbidden, mayReachOthers, whoseSessions } from './whose-sessions.ts';

const deleteSession = method({
  name: 'DeleteAuthSession',
  params: z.object({ sessionID: sessionIdField }),
  async run({ sessionID: id }, call) {
    const { ask, realm } = call;
    if (!mayReachOthers(call.caller)) return deleteOwn(id, call);
    const selector: Selector = { realm, sessionIds: [id] };
    // Asked first, so that an id which is gone leaves no entry in the ledger.
    const { sessions: live } = await ask(listSessions, selector);
    if (live.length === 0) throw noSuchSession(id);
    const { sessions } = await ask(createRevocation, { selector, reason: 'Element: DeleteAuthSession' });
    return endedOne(id, sessions);
  },
});

async function deleteOwn(id: string, call: MethodCall): Promise<Result> {
  const { ask, realm } = call;
  try {
    const { sessions } = await ask(deleteOwnSession, { id, realm });
    return endedOne(id, sessions);
  } catch (thrown) {
    const isUnknown = thrown instanceof CurfewError && thrown.code === 'session_not_found';
    if (!isUnknown) throw thrown;
    // Whether a session of somebody else exists is told only to whoever may read sessions.
    const isNone =
      holds(call.caller, 'sessions.read') &&
      (await ask(listSessions, { realm, sessionIds: [id] })).sessions.length === 0;
    if (isNone) throw noSuchSession(id);
    throw forbidden('This is no session of yours; others are for the access clusterAdmins or administrator.');
  }
}

const deleteByClusterAdmin = method({
  name: 'DeleteAuthSessionsByClusterAdmin',
  params: z.object({ clusterAdminID: clusterAdminIdField }),
  permission: 'sessions.terminate',
  run({ clusterAdminID }, call) {
    const selector = { realm: call.realm, adminId: clusterAdminID };
    return deleteAll(selector, 'Element: DeleteAuthSessionsByClusterAdmin', call);
  },
});

const deleteByUsername = method({
  name: 'DeleteAuthSessionsByUsername',
  params: z.object({ username: usernameField.optional(), authMethod: authMethodField.optional() }),
  async run(params, call) {
    const { ask, realm } = call;
    const whose = whoseSessions(params, call);
    if (whose !== 'own') return deleteAll(whose, 'Element: DeleteAuthSessionsByUsername', call);
    const termination = await ask(deleteOwnSessions, { realm });
    const revocation = termination.revocation.seq;
    return {
      sessions: endedPages(termination, (place) => ask(listOwnSessions, { realm, revocation, ...place })),
    };
  },
});

/** One entry of the ledger, whatever the number; the answer names all of them. */
async function deleteAll(selector: Selector, reason: string, { ask }: MethodCall): Promise<Result> {
  const termination = await ask(createRevocation, { selector, reason });
  const revocation = termination.revocation.seq;
  return {
    sessions: endedPages(termination, (place) => ask(listSessions, { ...selector, revocation, ...place })),
  };
}

function endedOne(id: string, sessions: readonly Parameters<typeof sessionInfo>[0][]): Result {
  const [session] = sessions;
  if (session === undefined) throw noSuchSession(id);
  return { object: { session: sessionInfo(session) } };
}

function noSuchSession(id: string): ElementError {
  return new ElementError('xAuthSessionDoesNotExist', `There is no live session ${id}.`);
}

/** The methods that end sessions. */
export const deletingMethods = [deleteSession, deleteByClusterAdmin, deleteByUsername];
