import { CurfewError } from '../core/errors.ts';
import type { Caller, KeyScope } from './caller.ts';

/**
 * What an operation asks of its caller. `own` is for sessions' own users (and administrators who came with a session);
 * everything else is granted by access group or key scope in the tables below, and nowhere else.
 */
export type Permission =
  | 'sessions.register'
  | 'sessions.check'
  | 'sessions.read'
  | 'sessions.terminate'
  | 'sessions.import'
  | 'ledger.read'
  | 'journal.read'
  | 'admins.read'
  | 'admins.write'
  | 'keys.read'
  | 'keys.write'
  | 'policy.read'
  | 'policy.write'
  | 'store.backup'
  | 'own';

const reading: readonly Permission[] = ['sessions.read', 'ledger.read', 'policy.read'];
const clusterAdmins: readonly Permission[] = [
  ...reading,
  'sessions.check',
  'sessions.terminate',
  'journal.read',
  'admins.read',
  'admins.write',
  'keys.read',
];

const byAccessGroup: Readonly<Record<string, readonly Permission[]>> = { read: reading, clusterAdmins };

const byScope: Readonly<Record<KeyScope, readonly Permission[]>> = {
  register: ['sessions.register'],
  check: ['sessions.check'],
  list: ['sessions.read', 'ledger.read'],
  terminate: ['sessions.read', 'sessions.terminate', 'ledger.read'],
};

/** Whether a caller holds a permission. `administrator` and the system hold all but `own`, which needs a session. */
export function holds(caller: Caller, permission: Permission): boolean {
  switch (caller.kind) {
    case 'system':
      return true;
    case 'administrator':
      if (permission === 'own') return caller.session !== undefined;
      if (caller.accessGroups.includes('administrator')) return true;
      return caller.accessGroups.some((group) => byAccessGroup[group]?.includes(permission) ?? false);
    case 'key':
      return (
        caller.scopes.some((scope) => byScope[scope].includes(permission)) || permission === 'ledger.read'
      );
    case 'session':
      return permission === 'own';
  }
}

/** @throws CurfewError `forbidden` naming the permission and who grants it. */
export function demand(caller: Caller, permission: Permission): void {
  if (holds(caller, permission)) return;
  throw new CurfewError(
    'forbidden',
    `${describe(caller)} does not have the right ${permission}. ${remedy(caller, permission)}`,
    {
      facts: { permission },
    },
  );
}

function describe(caller: Caller): string {
  switch (caller.kind) {
    case 'administrator':
      return `The administrator ${caller.username}, with access ${caller.accessGroups.join(', ') || 'none'},`;
    case 'key':
      return `The key ${caller.name}, with scopes ${caller.scopes.join(', ') || 'none'},`;
    case 'session':
      return 'A session without administrative access groups';
    case 'system':
      return 'The system';
  }
}

function remedy(caller: Caller, permission: Permission): string {
  if (permission === 'own') return 'Call it with the token of a session.';
  if (caller.kind === 'key') {
    const scopes = (Object.keys(byScope) as KeyScope[]).filter((scope) =>
      byScope[scope].includes(permission),
    );
    return scopes.length > 0
      ? `A key with the scope ${scopes.join(' or ')} has it.`
      : 'No key has it; use an administrator.';
  }
  const groups = Object.keys(byAccessGroup).filter((group) => byAccessGroup[group]?.includes(permission));
  return `The access groups ${[...groups, 'administrator'].join(', ')} have it.`;
}
