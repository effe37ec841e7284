import type { AuthMethod } from '../../access/administrator.ts';
import type { Caller } from '../../access/caller.ts';
import { holds } from '../../access/permissions.ts';
import { CurfewError } from '../../core/errors.ts';
import type { Selector } from '../../session/selector.ts';
import type { MethodCall } from './method.ts';
import { providerOf } from './session-info.ts';

/** The parameters of the two methods that name a user. */
export interface UserParams {
  readonly username?: string | undefined;
  readonly authMethod?: AuthMethod | undefined;
}

/** Whether a caller may see and end the sessions of others: Element's ClusterAdmins and Administrator. */
export function mayReachOthers(caller: Caller): boolean {
  return holds(caller, 'sessions.terminate');
}

/**
 * Whose sessions the parameters mean: the caller's own, or those of a selector. Listing and deleting by the same
 * parameters mean the same sessions, so this is decided here for both.
 * @throws CurfewError `forbidden` for others' sessions
 */
export function whoseSessions({ username, authMethod }: UserParams, call: MethodCall): 'own' | Selector {
  if (!mayReachOthers(call.caller)) {
    if (authMethod !== undefined) {
      throw forbidden('authMethod is for callers with the access clusterAdmins or administrator.');
    }
    if (username !== undefined && username !== ownName(call.caller)) {
      throw forbidden(
        'The sessions of others are for callers with the access clusterAdmins or administrator.',
      );
    }
    return 'own';
  }
  if (username === undefined && authMethod === undefined) return 'own';
  return {
    realm: call.realm,
    ...(username === undefined ? {} : { subject: username }),
    ...(authMethod === undefined ? {} : { provider: providerOf(authMethod) }),
  };
}

/** The caller's username as Element knows it. */
function ownName(caller: Caller): string | undefined {
  switch (caller.kind) {
    case 'session':
      return caller.session.subject;
    case 'administrator':
      return caller.session?.subject ?? caller.username;
    case 'key':
    case 'system':
      return undefined;
  }
}

export function forbidden(message: string): CurfewError {
  return new CurfewError('forbidden', message);
}
