import { randomUUID } from 'node:crypto';
import { hashSecret, newSessionToken } from '../../src/core/tokens.ts';
import type { SessionLimit } from '../../src/session/policy.ts';
import type { Registration } from '../../src/session/registration.ts';
import type { Origin } from '../../src/session/revocation.ts';
import type { Selector } from '../../src/session/selector.ts';
import type { Session } from '../../src/session/session.ts';
import type { NewSession, RegisterCommand, RevokeCommand, StoredSession } from '../../src/session/store.ts';
import { hour, minute, startOfTime } from './manual-clock.ts';

/** Who gives the orders of a test. */
export const anOrigin: Origin = {
  by: { kind: 'administrator', id: '1', name: 'admin' },
  face: 'http',
  from: '192.0.2.9',
};

/** A session of `ann` at the provider `basic/main` in the realm `default`, made at the start of time, with changes. */
export function aSession(changes: Partial<NewSession> = {}): NewSession {
  const createdAt = changes.createdAt ?? startOfTime;
  return {
    id: randomUUID(),
    realm: 'default',
    username: 'ann',
    subject: changes.username ?? 'ann',
    provider: { type: 'basic', name: 'main' },
    accessGroups: [],
    adminIds: [],
    attributes: {},
    client: {},
    createdAt,
    lastAccessAt: createdAt,
    idleTimeoutMs: 30 * minute,
    expiresAt: createdAt + 72 * hour,
    epoch: 0,
    providerConfigVersion: 0,
    ...changes,
  };
}

/** The same session as a store would give it, with a row number. */
export function aStoredSession(changes: Partial<StoredSession> = {}): StoredSession {
  return { ...aSession(changes), number: 1, ...changes };
}

/** An order to register a session at its `createdAt`, with a new token and no limit of sessions. */
export function toRegister(
  changes: Partial<NewSession> = {},
  rest: Partial<Omit<RegisterCommand, 'session'>> = {},
): RegisterCommand {
  const session = aSession(changes);
  const limit: SessionLimit = { kind: 'unlimited' };
  return { session, tokenHash: hashSecret(newSessionToken()), limit, now: session.createdAt, ...rest };
}

/** An order to revoke at the start of time. */
export function toRevoke(selector: Selector, rest: Partial<RevokeCommand> = {}): RevokeCommand {
  return { ...anOrigin, selector, reason: 'a test', now: startOfTime, ...rest };
}

/** What an application says after a login of `ann` at `basic/main`, with changes. */
export function aRegistration(changes: Partial<Registration> = {}): Registration {
  return { realm: 'default', username: 'ann', provider: { type: 'basic', name: 'main' }, ...changes };
}

/** A session as plain data without its row number: what can be compared, whichever engine gave it. */
export function plain(session: Session): Session {
  const { id, realm, username, subject, provider, providerSession, accessGroups, adminIds } = session;
  const { attributes, client, app } = session;
  const { createdAt, lastAccessAt, idleTimeoutMs, expiresAt, epoch, providerConfigVersion, ended } = session;
  return {
    id,
    realm,
    username,
    subject,
    provider: { type: provider.type, name: provider.name },
    ...(providerSession === undefined ? {} : { providerSession }),
    accessGroups: [...accessGroups],
    adminIds: [...adminIds],
    attributes: { ...attributes },
    client: { ...client },
    ...(app === undefined ? {} : { app }),
    createdAt,
    lastAccessAt,
    idleTimeoutMs,
    expiresAt,
    epoch,
    providerConfigVersion,
    ...(ended === undefined ? {} : { ended: { ...ended } }),
  };
}
