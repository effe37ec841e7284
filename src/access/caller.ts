import type { Actor } from '../session/revocation.ts';
import type { StoredSession } from '../session/store.ts';

/** Rights an application key may carry. */
export const keyScopes = ['register', 'check', 'list', 'terminate'] as const;
export type KeyScope = (typeof keyScopes)[number];

/** Access groups that mean something to Curfew itself; a session or caller may hold any other text too. */
export type AccessGroup = 'administrator' | 'clusterAdmins' | 'read' | (string & {});

/** A signed-in administrator, by Basic or by the token of a session that carries administrative access groups. */
export interface AdministratorCaller {
  readonly kind: 'administrator';
  /** The number of the administrator's record; -1 when the rights come from a session alone. */
  readonly adminId: number;
  readonly username: string;
  readonly accessGroups: readonly AccessGroup[];
  /** The only realm the caller may reach, or null for every realm. */
  readonly realm: string | null;
  /** Set when the caller came with a session's token. */
  readonly session?: StoredSession;
}

export interface KeyCaller {
  readonly kind: 'key';
  readonly keyId: string;
  readonly name: string;
  readonly realm: string;
  readonly scopes: readonly KeyScope[];
}

/** The user of a session without administrative rights: may see and end own sessions only. */
export interface SessionCaller {
  readonly kind: 'session';
  readonly session: StoredSession;
}

/** Curfew itself, for what it does unasked. Never made from a request. */
export interface SystemCaller {
  readonly kind: 'system';
  readonly name: string;
}

/** Whoever calls an operation. */
export type Caller = AdministratorCaller | KeyCaller | SessionCaller | SystemCaller;

/** How the caller appears in the ledger and the journal. */
export function actorOf(caller: Caller): Actor {
  switch (caller.kind) {
    case 'administrator':
      return { kind: 'administrator', id: String(caller.adminId), name: caller.username };
    case 'key':
      return { kind: 'key', id: caller.keyId, name: caller.name };
    case 'session':
      return { kind: 'session', id: caller.session.id, name: caller.session.username };
    case 'system':
      return { kind: 'system', id: caller.name, name: caller.name };
  }
}

/** The only realm a caller may reach, or null for every realm. */
export function realmOf(caller: Caller): string | null {
  switch (caller.kind) {
    case 'administrator':
    case 'key':
      return caller.realm;
    case 'session':
      return caller.session.realm;
    case 'system':
      return null;
  }
}
