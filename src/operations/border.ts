import { type Caller, realmOf } from '../access/caller.ts';
import { CurfewError } from '../core/errors.ts';
import type { Selector } from '../session/selector.ts';

/**
 * The realm a caller means: the one named, else the only one the caller may reach, else undefined for every realm.
 * @throws CurfewError `forbidden` when it names a realm that the caller may not reach. Reading and terminating follow
 * the same rule: a clear refusal rather than an empty list, which would pass for "nobody is signed in there".
 */
export function reachableRealm(caller: Caller, named: string | undefined): string | undefined {
  const only = realmOf(caller);
  if (only === null) return named;
  if (named === undefined || named === only) return only;
  throw new CurfewError(
    'forbidden',
    `The caller is bound to the realm ${JSON.stringify(only)} and may not reach ${JSON.stringify(named)}.`,
    { facts: { realm: named } },
  );
}

/** The realm for something that is in one realm always: as `reachableRealm`, and `default` where none is named. */
export function realmFor(caller: Caller, named: string | undefined): string {
  return reachableRealm(caller, named) ?? 'default';
}

/**
 * The selector narrowed to what the caller may reach.
 * @throws CurfewError `forbidden` when it names another realm
 */
export function withinBorder(caller: Caller, selector: Selector): Selector {
  const realm = reachableRealm(caller, selector.realm);
  return realm === undefined ? selector : { ...selector, realm };
}

/** Whether a caller may see something of a realm. What may not be seen is answered as if it did not exist. */
export function mayReach(caller: Caller, realm: string): boolean {
  const only = realmOf(caller);
  return only === null || only === realm;
}

/** @throws CurfewError `forbidden` when the caller is bound to a realm; `what` says why that is not enough */
export function demandEveryRealm(caller: Caller, what: string): void {
  const only = realmOf(caller);
  if (only === null) return;
  throw new CurfewError(
    'forbidden',
    `${what}, and the caller is bound to ${JSON.stringify(only)}; ask an administrator of all realms.`,
  );
}
