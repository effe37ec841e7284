import { CurfewError } from '../core/errors.ts';
import type { Registry } from '../session/registry.ts';

/**
 * Where the configuration lists the realms, nothing is made for another: a key or rule of a misspelt realm would do
 * nothing, silently. Without such a list a realm exists from its first use.
 * @throws CurfewError `realm_unknown`
 */
export function demandKnownRealm(registry: Pick<Registry, 'realms'>, realm: string): void {
  if (registry.realms === undefined || registry.realms.has(realm)) return;
  throw new CurfewError(
    'realm_unknown',
    `The realm ${JSON.stringify(realm)} is not one of the configured ones (${[...registry.realms].join(', ')}); correct it, or add it to "realms" in the configuration.`,
  );
}
