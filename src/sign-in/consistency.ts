import { CurfewError, type InputFault } from '../core/errors.ts';
import type { ConfiguredProvider } from './provider-settings.ts';
import type { SignInSettings } from './settings.ts';

interface Settings {
  readonly signIn: SignInSettings;
  readonly providers?: readonly ConfiguredProvider[] | undefined;
  readonly realms?: readonly string[] | undefined;
}

/**
 * Holds settings of the sign-in against each other.
 * @throws CurfewError `config_invalid` for a cookie that browsers would not take, or a realm that there may not be
 */
export function demandConsistent({ signIn, providers = [], realms }: Settings): void {
  const faults: InputFault[] = [];
  const { publicUrl, cookieDomain } = signIn;
  if (cookieDomain !== undefined) {
    const host = publicUrl === undefined ? undefined : new URL(publicUrl).hostname;
    const holdsHost = host === cookieDomain || host?.endsWith(`.${cookieDomain}`) === true;
    if (!holdsHost) {
      const message = 'must hold the host of signIn.publicUrl; browsers would not take the cookie';
      faults.push({ path: 'signIn.cookieDomain', message });
    }
  }
  for (const [index, { realm }] of providers.entries()) {
    if (realms === undefined || realms.includes(realm)) continue;
    const message = `is not one of realms (${realms.join(', ')})`;
    faults.push({ path: `providers.${index}.realm`, message });
  }
  if (faults.length === 0) return;
  const message = faults.map((fault) => `${fault.path}: ${fault.message}`).join('\n');
  throw new CurfewError('config_invalid', message, { faults });
}

/** The realm that `/sign-in` is for: where `default` is none of the configured realms, the first of them is. */
export function signInRealm({ signIn: { realm }, realms }: Settings): string {
  if (realms === undefined || realms.includes(realm)) return realm;
  return realms[0] ?? realm;
}
