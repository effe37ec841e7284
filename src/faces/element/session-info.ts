import type { z } from 'zod';
import type { AuthMethod } from '../../access/administrator.ts';
import { localTypes } from '../../access/identity-provider.ts';
import type { sessionSchema } from '../../operations/session-form.ts';
import type { Selector } from '../../session/selector.ts';

/** A session as Element's clients see it: every member is there, always. Instants are in UTC with whole seconds. */
export interface AuthSessionInfo {
  readonly accessGroupList: readonly string[];
  readonly authMethod: AuthMethod;
  readonly clusterAdminIDs: readonly number[];
  readonly finalTimeout: string;
  readonly idpConfigVersion: number;
  readonly lastAccessTimeout: string;
  readonly sessionCreationTime: string;
  readonly sessionID: string;
  readonly username: string;
}

/** What stands for the end of a session without one: the wire has no way to say "never". */
const never = '9999-12-31T23:59:59Z';

/** The Element form of a session. */
export function sessionInfo(session: z.output<typeof sessionSchema>): AuthSessionInfo {
  const { expiresAt, idleTimeoutMs, lastAccessAt } = session;
  const final = expiresAt === null ? undefined : Date.parse(expiresAt);
  const idle = idleTimeoutMs === null ? undefined : Date.parse(lastAccessAt) + idleTimeoutMs;
  return {
    accessGroupList: session.accessGroups,
    authMethod: authMethodOf(session.provider.type),
    clusterAdminIDs: session.adminIds,
    finalTimeout: timeOf(final),
    idpConfigVersion: session.providerConfigVersion,
    lastAccessTimeout: timeOf(earlier(idle, final)),
    sessionCreationTime: timeOf(Date.parse(session.createdAt)),
    sessionID: session.id,
    username: session.subject,
  };
}

/** The authentication method that a type of provider stands for. */
export function authMethodOf(providerType: string): AuthMethod {
  switch (providerType) {
    case 'basic':
      return 'Cluster';
    case 'ldap':
      return 'Ldap';
    default:
      return 'Idp';
  }
}

/** The providers that an authentication method stands for. */
export function providerOf(method: AuthMethod): NonNullable<Selector['provider']> {
  switch (method) {
    case 'Cluster':
      return { type: 'basic' };
    case 'Ldap':
      return { type: 'ldap' };
    case 'Idp':
      return { notTypes: [...localTypes] };
  }
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}

function timeOf(at: number | undefined): string {
  return at === undefined ? never : `${new Date(at).toISOString().slice(0, 19)}Z`;
}
