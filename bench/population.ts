import { createHash, randomUUID } from 'node:crypto';
import { hashSecret, sessionTokenPrefix } from '../src/core/tokens.ts';
import type { Selector } from '../src/session/selector.ts';
import type { NewSession, RegisterCommand } from '../src/session/store.ts';

/**
 * The sessions of the full store: an organisation of 400,000 people and one service that signs in all the time. A
 * session follows from its index, so nothing about it has to be kept beside the store.
 */

/** Raised when a session of some index becomes another, so that caches are built anew. */
export const populationVersion = 1;

const minute = 60_000;
const hour = 60 * minute;
const idleTimeoutMs = 30 * minute;
const lifespanMs = 72 * hour;

/** Half of all sessions: the cut that is measured. A twentieth of the partners bears the same provider in another realm. */
export const halfOfAll: Selector = { realm: 'default', provider: { type: 'saml', name: 'corp-sso' } };

/** The service that holds one session in eight. */
export const busyUsername = 'build-agent';

/** A filter of each kind that lists take, with matches enough for a thousand pages of 100. */
export const wideFilters: Readonly<Record<string, Selector>> = {
  provider: { provider: { type: 'saml', name: 'corp-sso' } },
  app: { app: 'mail' },
  username: { username: busyUsername },
  'access group': { accessGroup: 'storage' },
  network: { ip: '10.3.0.0/16' },
};

/** Whether `halfOfAll` names the session of this index. */
export function isInHalf(index: number): boolean {
  return index % 2 === 0;
}

/** The token of a session. Random to anyone who does not know how it is made here. */
export function tokenAt(index: number): string {
  return sessionTokenPrefix + createHash('sha256').update(`session ${index}`).digest('base64url');
}

/** The order that registers the session of an index, as if the store had been filled over the 24 hours before `builtAt`. */
export function registrationAt(index: number, size: number, builtAt: number): RegisterCommand {
  const session = sessionAt(index, size, builtAt);
  return { session, tokenHash: hashSecret(tokenAt(index)), limit: { kind: 'unlimited' }, now: builtAt };
}

/** The session of an index. Its last access lies at most 15 minutes before `builtAt`. */
export function sessionAt(index: number, size: number, builtAt: number): NewSession {
  const chance = mixed(index);
  const createdAt = builtAt - 24 * hour + Math.floor((index * 24 * hour) / size);
  const lastAccessAt = Math.max(createdAt, builtAt - (mixed(index + 1) % (15 * minute)));
  return {
    id: randomUUID(),
    ...identityAt(index, chance),
    accessGroups: groupSets[chance % groupSets.length] as string[],
    adminIds: chance % 500 === 0 ? [chance % 7] : [],
    attributes: chance % 5 === 0 ? { device: `laptop-${chance % 50_000}` } : {},
    client: { ip: addressAt(index), userAgent: userAgents[chance % userAgents.length] as string },
    app: apps[mixed(index + 2) % apps.length] as string,
    createdAt,
    lastAccessAt,
    idleTimeoutMs,
    expiresAt: createdAt + lifespanMs,
    epoch: 0,
    providerConfigVersion: 3,
  };
}

function identityAt(
  index: number,
  chance: number,
): Pick<NewSession, 'realm' | 'username' | 'subject' | 'provider'> {
  const username = `user-${chance % 400_000}`;
  if (isInHalf(index)) {
    return { realm: 'default', username, subject: `${username}@corp.example`, provider: corporate };
  }
  if (index % 8 === 1) {
    return {
      realm: 'default',
      username: busyUsername,
      subject: distinguishedName(busyUsername),
      provider: directory,
    };
  }
  if (index % 8 === 5) {
    return { realm: 'default', username, subject: distinguishedName(username), provider: directory };
  }
  const provider = chance % 20 === 0 ? corporate : { type: 'oidc', name: `partner-${chance % 20}` };
  return { realm: 'partners', username, subject: randomUUID(), provider };
}

const corporate = { type: 'saml', name: 'corp-sso' } as const;
const directory = { type: 'ldap', name: 'directory' } as const;

function distinguishedName(username: string): string {
  return `uid=${username},ou=people,dc=corp,dc=example`;
}

const apps = ['mail', 'wiki', 'files', 'build', 'erp', 'chat', 'tickets', 'storage-console'] as const;

/** Every second set holds `storage`, every one `read`. */
const groupSets = Array.from({ length: 24 }, (_, n) =>
  [
    'read',
    ...(n % 2 === 0 ? ['storage'] : []),
    ...(n % 3 === 0 ? ['volumes'] : []),
    `department-${n}`,
  ].sort(),
);

const userAgents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
] as const;

/** One of eight networks 10.0.0.0/16 to 10.7.0.0/16, for one in twenty an address of IPv6. */
function addressAt(index: number): string {
  const chance = mixed(index + 3);
  if (chance % 20 === 0) return `2001:db8:${(chance >>> 8) % 256}::${(chance >>> 16).toString(16)}`;
  return `10.${(chance >>> 5) % 8}.${(chance >>> 8) % 256}.${(chance >>> 16) % 256}`;
}

/** A number of 32 bits that looks random and is the same for the same index. */
export function mixed(index: number): number {
  let bits = Math.imul(index + 1, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
