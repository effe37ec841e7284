import { CurfewError } from '../core/errors.ts';
import type { Caller, KeyScope } from './caller.ts';

/**
 * What an operation asks of its caller. `own` is what everybody may do who is a user here: the user of a session, and
 * every administrator. `admins.self` is what every administrator may do to their own record; everything else is granted by access group or key scope in the tables below, and nowhere else.
 */
export const permissions = [
  'sessions.register',
  'sessions.check',
  'sessions.read',
  'sessions.terminate',
  'sessions.import',
  'ledger.read',
  'journal.read',
  'admins.read',
  'admins.write',
  'admins.self',
  'keys.read',
  'keys.write',
  'policy.read',
  'policy.write',
  'providers.read',
  'providers.write',
  'users.read',
  'users.write',
  'store.backup',
  'system.write',
  'own',
] as const;
export type Permission = (typeof permissions)[number];

const reading: readonly Permission[] = ['sessions.read', 'ledger.read', 'policy.read'];
const clusterAdmins: readonly Permission[] = [
  ...reading,
  'sessions.check',
  'sessions.terminate',
  'journal.read',
  'admins.read',
  'admins.write',
  'keys.read',
  'providers.read',
  'users.read',
  'users.write',
];

const byAccessGroup: ReadonlyMap<string, readonly Permission[]> = new Map([
  ['read', reading],
  ['clusterAdmins', clusterAdmins],
]);

const byScope: Readonly<Record<KeyScope, readonly Permission[]>> = {
  register: ['sessions.register'],
  check: ['sessions.check'],
  list: ['sessions.read', 'ledger.read'],
  terminate: ['sessions.read', 'sessions.terminate', 'ledger.read'],
};

/** Whether a caller holds a permission. `administrator` and the system hold all. */
export function holds(caller: Caller, permission: Permission): boolean {
  switch (caller.kind) {
    case 'system':
      return true;
    case 'administrator':
      if (permission === 'own' || permission === 'admins.self') return true;
      if (caller.accessGroups.includes('administrator')) return true;
      return caller.accessGroups.some((group) => byAccessGroup.get(group)?.includes(permission) ?? false);
    case 'key':
      return (
        caller.scopes.some((scope) => byScope[scope].includes(permission)) || permission === 'ledger.read'
      );
    case 'session':
      return permission === 'own';
  }
}

/**
 * Whether holders of some access groups may give out a group: they hold it, hold `administrator`, or hold one with all
 * the rights it has here. A group that means nothing to Curfew is covered by itself and `administrator` alone.
 */
export function groupsCover(held: readonly string[], group: string): boolean {
  if (held.includes(group) || held.includes('administrator')) return true;
  const rights = byAccessGroup.get(group);
  return rights?.every((right) => held.some((own) => byAccessGroup.get(own)?.includes(right))) ?? false;
}

/** Every permission that a caller holds. */
export function permissionsOf(caller: Caller): Permission[] {
  return permissions.filter((permission) => holds(caller, permission));
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
  if (permission === 'own') return 'Call it with the token of a session, or as an administrator.';
  if (permission === 'admins.self') return 'Call it as an administrator.';
  if (caller.kind === 'key') {
    const scopes = (Object.keys(byScope) as KeyScope[]).filter((scope) =>
      byScope[scope].includes(permission),
    );
    return scopes.length > 0
      ? `A key with the scope ${scopes.join(' or ')} has it.`
      : 'No key has it; use an administrator.';
  }
  const groups = [...byAccessGroup.keys()].filter((group) => byAccessGroup.get(group)?.includes(permission));
  return `The access groups ${[...groups, 'administrator'].join(', ')} have it.`;
}
