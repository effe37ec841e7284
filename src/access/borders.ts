import { CurfewError } from '../core/errors.ts';
import type { Administrator } from './administrator.ts';
import { type Caller, realmOf } from './caller.ts';
import { groupsCover } from './permissions.ts';

/**
 * What one caller may do to administrators. Three rules keep power from growing:
 * - a realm-bound caller sees and touches only administrators bound to the same realm, and makes only such;
 * - nobody grants an access group that their own do not cover (`administrator` covers all);
 * - nobody changes, removes or sets the password of somebody whose access groups their own do not cover, since that
 *   would be a way to become them.
 */
export function canSee(caller: Caller, realm: string | null): boolean {
  const border = realmOf(caller);
  return border === null || border === realm;
}

/** @throws CurfewError `forbidden` when the caller may not give out these groups for this realm */
export function demandGrant(caller: Caller, groups: readonly string[], realm: string | null): void {
  const border = realmOf(caller);
  if (border !== null && border !== realm) {
    const asked = realm === null ? 'all realms' : `the realm ${JSON.stringify(realm)}`;
    throw forbidden(
      `You are bound to the realm ${JSON.stringify(border)} and cannot make or change an administrator of ${asked}.`,
    );
  }
  const beyond = groups.filter((group) => !groupsCover(groupsOf(caller), group));
  if (beyond.length > 0) {
    throw forbidden(
      `You cannot grant or change what you do not hold: ${beyond.join(', ')}. An administrator with that access, or with administrator, can.`,
    );
  }
}

/** @throws CurfewError `not_found` for one beyond the caller's realm, `forbidden` for one of more power */
export function demandPowerOver(caller: Caller, administrator: Administrator): void {
  if (!canSee(caller, administrator.realm)) throw noSuchAdministrator(administrator.id);
  demandGrant(caller, administrator.accessGroups, administrator.realm);
}

export function noSuchAdministrator(id: number): CurfewError {
  return new CurfewError(
    'not_found',
    `There is no administrator ${id} within your reach; list them to see which there are.`,
  );
}

function groupsOf(caller: Caller): readonly string[] {
  switch (caller.kind) {
    case 'system':
      return ['administrator'];
    case 'administrator':
      return caller.accessGroups;
    case 'key':
    case 'session':
      return [];
  }
}

function forbidden(message: string): CurfewError {
  return new CurfewError('forbidden', message);
}
