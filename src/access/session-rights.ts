import { CurfewError } from '../core/errors.ts';
import type { StoredSession } from '../session/store.ts';
import type { Administrator } from './administrator.ts';
import { demandPowerOver, noSuchAdministrator } from './borders.ts';
import type { AdministratorCaller, Caller } from './caller.ts';
import { groupsCover } from './permissions.ts';

/** Access groups that give rights over Curfew; without one of them a session is its user's and no more. */
const administrativeGroups: readonly string[] = ['administrator', 'clusterAdmins', 'read'];

/**
 * The administrative power of a session, or undefined when it has none.
 *
 * What a session says of itself proves nothing: an application's key with the scope `register` may register sessions
 * with any access groups, `administrator` among them, for its own use. Power comes from **administrator records that the
 * session is bound to by `adminIds`**, and those are set by Curfew's own sign-in, or by an administrator who has power
 * over each of them (see `demandBinding`); never by a key.
 *
 * - The groups are those the records hold **now**: what is taken from a record is gone from its sessions at once. Of
 *   these, a session has those that it claims, so that one made with `read` for an administrator stays with `read`.
 * - A record bound to a realm counts in sessions of that realm only.
 * - The power ends at the session's realm, unless a record of all realms covers every group and the session comes from
 *   that record's own way of signing in (`Cluster` = basic, `Ldap` = ldap, `Idp` = all others).
 */
export function rightsOf(
  session: StoredSession,
  recordOf: (id: number) => Administrator | undefined,
): AdministratorCaller | undefined {
  const records = session.adminIds
    .map(recordOf)
    .filter((record) => record !== undefined)
    .filter((record) => record.realm === null || record.realm === session.realm);
  const granted = (from: readonly Administrator[]): string[] =>
    session.accessGroups.filter((group) => from.some((record) => groupsCover(record.accessGroups, group)));
  const accessGroups = granted(records);
  if (!accessGroups.some((group) => administrativeGroups.includes(group))) return undefined;
  const unbound = records.filter((record) => record.realm === null && isOwnMethod(record, session));
  const reachesAll = granted(unbound).length === accessGroups.length;
  const bearer = records.find((record) => granted([record]).length > 0);
  return {
    kind: 'administrator',
    adminId: bearer?.id ?? -1,
    username: session.username,
    accessGroups,
    realm: reachesAll ? null : session.realm,
    session,
  };
}

/**
 * Whether a caller may bind a session to administrators when registering, importing or changing it. To be asked by every
 * operation that takes `adminIds` from outside.
 * @throws CurfewError `forbidden` for keys and sessions' users, and for an administrator without power over one of
 * them; `not_found` for one who does not exist within the caller's reach
 */
export function demandBinding(
  caller: Caller,
  adminIds: readonly number[],
  recordOf: (id: number) => Administrator | undefined,
): void {
  if (adminIds.length === 0 || caller.kind === 'system') return;
  if (caller.kind !== 'administrator') {
    throw new CurfewError(
      'forbidden',
      'adminIds: only an administrator may bind a session to administrators, since that gives it rights over Curfew; leave the field out.',
      { facts: { field: 'adminIds' } },
    );
  }
  for (const id of adminIds) {
    const record = recordOf(id);
    if (record === undefined) throw noSuchAdministrator(id);
    demandPowerOver(caller, record);
  }
}

function isOwnMethod(record: Administrator, session: StoredSession): boolean {
  const { type } = session.provider;
  switch (record.authMethod) {
    case 'Cluster':
      return type === 'basic';
    case 'Ldap':
      return type === 'ldap';
    case 'Idp':
      return type !== 'basic' && type !== 'ldap';
  }
}
