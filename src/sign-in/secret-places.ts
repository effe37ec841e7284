import { isDeepStrictEqual } from 'node:util';
import { CurfewError } from '../core/errors.ts';
import type { ProviderKind } from './kind.ts';

type Settings = Readonly<Record<string, unknown>>;

/**
 * Demands that the secrets of a provider are given anew when the place they are sent to changes, for whoever may change a
 * provider must not learn a secret by having it sent to a server of their own.
 * @param kept the names of the secrets that would stay as they are
 * @throws CurfewError `invalid_input`
 */
export function demandSecretsAnew(
  { secretPlace = [] }: Pick<ProviderKind, 'secretPlace'>,
  before: Settings,
  after: Settings,
  kept: readonly string[],
): void {
  const moved = secretPlace.find((name) => !isDeepStrictEqual(before[name], after[name]));
  if (moved === undefined || kept.length === 0) return;
  const faults = kept.map((name) => ({
    path: `secrets.${name}`,
    message: `must be given anew, or taken away by null, since settings.${moved} says where it is sent and changes`,
  }));
  const message = faults.map((fault) => `${fault.path} ${fault.message}`).join('; ');
  throw new CurfewError('invalid_input', `${message}.`, { faults });
}
