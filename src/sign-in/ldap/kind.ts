import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { LockOut } from '../../access/lock-out.ts';
import { CurfewError } from '../../core/errors.ts';
import type { ProviderDefinition, ProviderKind } from '../kind.ts';
import { LdapProvider } from './provider.ts';
import { RefusalPace } from './refusal-pace.ts';
import { Servers } from './servers.ts';
import { type LdapSettings, ldapSecrets, ldapSettings } from './settings.ts';

/** Sign-in by a directory. */
export const ldapKind: ProviderKind<typeof ldapSettings> = {
  type: 'ldap',
  summary: 'Users of a directory: OpenLDAP, Active Directory, 389 Directory Server and others.',
  settings: ldapSettings,
  secrets: ldapSecrets,
  secretPlace: ['servers', 'startTls', 'ca', 'caFile', 'verifyCertificate'],
  create(definition, { clock, log, sealer, store }) {
    const { settings } = definition;
    const account = accountOf(definition);
    demandBases(settings);
    if (!settings.verifyCertificate || sendsInTheClear(settings)) {
      log.warn(
        { provider: definition.name },
        'passwords of the directory can be read by whoever is between; use ldaps:// or startTls, and verifyCertificate',
      );
    }
    const servers = new Servers({
      urls: settings.servers,
      connection: {
        startTls: settings.startTls,
        ca: authoritiesOf(settings),
        verifyCertificate: settings.verifyCertificate,
        connectTimeoutMs: settings.connectTimeout,
        timeoutMs: settings.timeout,
      },
      account,
      connections: settings.connections,
      retryAfterMs: settings.retryAfter,
      clock,
      log,
    });
    const pace = new RefusalPace(settings.refusalDelay);
    const { realm, name } = definition;
    // A directory has accounts of its own, and whoever fails there has not failed elsewhere.
    const lockOut = new LockOut({
      store: store.attempts,
      clock,
      sealer,
      name: JSON.stringify(['ldap', realm, name]),
    });
    return new LdapProvider({ definition, servers, pace, lockOut, store, clock, log });
  },
};

function sendsInTheClear({ servers, startTls }: LdapSettings): boolean {
  return !startTls && servers.some((url) => !url.toLowerCase().startsWith('ldaps:'));
}

function accountOf({ settings, secrets }: ProviderDefinition<LdapSettings>) {
  const { bindDn: dn } = settings;
  const { bindPassword: password } = secrets;
  if (dn === undefined && password === undefined) return undefined;
  if (dn === undefined) throw wrong('bindDn', 'is missing beside bindPassword');
  // A bind without a password is one without a name, which would search with the rights of nobody and say nothing of it.
  if (password === undefined || password === '') throw wrong('bindPassword', 'is missing beside bindDn');
  return { dn, password };
}

function demandBases({ userDn, userBase, groupsFrom, nestedGroups, groupBase }: LdapSettings): void {
  if (userDn === undefined && userBase === undefined) {
    throw wrong('userBase', 'is missing: below it users are searched for, unless userDn says where they are');
  }
  const needsBase = groupsFrom === 'search' || (groupsFrom !== 'none' && nestedGroups === 'chain');
  if (needsBase && groupBase === undefined) {
    throw wrong('groupBase', 'is missing: below it groups are searched for');
  }
}

/** The certificates of the authorities, in PEM. */
function authoritiesOf({ ca, caFile }: LdapSettings): string | undefined {
  if (ca !== undefined && caFile !== undefined) throw wrong('caFile', 'stands in place of ca, not beside it');
  if (ca === undefined && caFile === undefined) return undefined;
  try {
    const pem = ca ?? readFileSync(caFile as string, 'utf8');
    // Reads the first one; TLS would leave out in silence what is none.
    new X509Certificate(pem);
    return pem;
  } catch {
    // Whoever may add a provider over the API must not learn by it which files there are.
    throw caFile === undefined
      ? wrong('ca', 'holds no certificate in PEM')
      : wrong('caFile', 'cannot be read, or holds no certificate in PEM');
  }
}

function wrong(path: string, message: string): CurfewError {
  return new CurfewError('invalid_input', `${path}: ${message}`, { faults: [{ path, message }] });
}
