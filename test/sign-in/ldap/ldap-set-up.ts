import { PassThrough } from 'node:stream';
import type { TestContext } from 'node:test';
import { OwnAttempts } from '../../../src/access/own-attempts.ts';
import { createLog } from '../../../src/core/log.ts';
import type { StoredSession } from '../../../src/session/store.ts';
import type { ProviderParts } from '../../../src/sign-in/kind.ts';
import { ldapKind } from '../../../src/sign-in/ldap/kind.ts';
import type { PasswordProvider, SignedInUser } from '../../../src/sign-in/provider.ts';
import { isChallenge } from '../../../src/sign-in/provider.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { aSealer } from '../../support/opened-access.ts';
import { aStoredSession } from '../../support/sessions.ts';
import { type EntryAttributes, type RunningSlapd, suffix } from '../../support/slapd.ts';

export const people = `ou=people,${suffix}`;
export const groups = `ou=groups,${suffix}`;

/** The account by which Curfew searches in tests. */
export const searcher = { dn: `cn=curfew,${suffix}`, password: 'a password of the searcher' } as const;

/** The attributes of a person. */
export function person(uid: string, more: EntryAttributes = {}): EntryAttributes {
  return {
    objectClass: ['inetOrgPerson', 'extensibleObject'],
    uid,
    cn: uid,
    sn: uid,
    userPassword: `password of ${uid}`,
    ...more,
  };
}

/** Adds the account that searches, and people of these names. */
export async function populate(slapd: RunningSlapd, ...uids: readonly string[]): Promise<void> {
  await slapd.add(searcher.dn, {
    objectClass: ['organizationalRole', 'simpleSecurityObject'],
    cn: 'curfew',
    userPassword: searcher.password,
  });
  for (const uid of uids) await slapd.add(`uid=${uid},${people}`, person(uid));
}

/** Adds a group; its members are named by their whole names. */
export function addGroup(slapd: RunningSlapd, name: string, ...members: readonly string[]): Promise<void> {
  return slapd.add(`cn=${name},${groups}`, { objectClass: 'groupOfNames', cn: name, member: members });
}

export interface ProviderUnderTest {
  readonly provider: PasswordProvider;
  readonly clock: ManualClock;
  /** What was logged so far. */
  readonly logged: () => string;
  /** Signs in with the password that `person` gives; undefined when it is refused. */
  signIn(username: string, password?: string, ip?: string): Promise<SignedInUser | undefined>;
}

/** A session that such a provider made. */
export function aSessionOf(username: string, subject = `uid=${username},${people}`): StoredSession {
  return aStoredSession({ username, subject, provider: { type: 'ldap', name: 'corp' } });
}

/** Settings with which Curfew searches for users in a directory, over StartTLS. */
export function searching(slapd: RunningSlapd, ...others: readonly RunningSlapd[]): Record<string, unknown> {
  return {
    servers: [slapd, ...others].map(({ url }) => url),
    ca: slapd.authority.pem,
    bindDn: searcher.dn,
    userBase: people,
    groupBase: groups,
    refusalDelay: '0s',
  };
}

/** A provider as the configuration would make it. It is closed with the test. */
export function ldapProvider(
  t: Pick<TestContext, 'after'>,
  settings: Readonly<Record<string, unknown>>,
  secrets: Readonly<Record<string, string>> = { bindPassword: searcher.password },
): ProviderUnderTest {
  const clock = new ManualClock();
  let attempts = 0;
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  const store = { attempts: new OwnAttempts(), changeRecords: async () => undefined };
  const parts = {
    clock,
    log: createLog('debug', stream),
    sealer: aSealer,
    store,
  } as unknown as ProviderParts;
  const provider = ldapKind.create(
    {
      type: 'ldap',
      name: 'corp',
      realm: 'default',
      title: 'Example',
      configVersion: 3,
      settings: ldapKind.settings.parse(settings),
      secrets,
    },
    parts,
  ) as PasswordProvider;
  t.after(() => provider.close());
  return {
    provider,
    clock,
    logged: () => text,
    async signIn(
      username,
      password = `password of ${username}`,
      ip = `10.0.${attempts >> 8}.${attempts & 255}`,
    ) {
      // Each attempt from another address, so that none is slowed down by those before it.
      attempts++;
      const outcome = await provider.verify({ username, password, ip });
      if (outcome !== undefined && isChallenge(outcome)) throw new Error('a directory challenges nobody');
      return outcome;
    },
  };
}
