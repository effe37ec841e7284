import { createHash, randomBytes } from 'node:crypto';
import type { Access } from '../access/access.ts';
import type { Administrator } from '../access/administrator.ts';
import type { Credential } from '../access/credentials.ts';
import type { Clock } from '../core/clock.ts';
import { CurfewError } from '../core/errors.ts';
import type { Registry } from '../session/registry.ts';
import type { Client } from '../session/session.ts';
import type { StoredSession } from '../session/store.ts';
import type { Attempt } from './attempt.ts';
import { administratorsOf } from './mapping.ts';
import type { SignedInUser } from './provider.ts';
import type { UsedProvider } from './providers.ts';

export interface RegisteringParts {
  readonly registry: Pick<Registry, 'register'>;
  readonly access: Pick<Access, 'administrators'>;
  readonly clock: Clock;
}

/**
 * Makes the session of a user whom a provider has authenticated. Its token is always a fresh one; its epoch is that of
 * the sign-in's start, so that a cut made meanwhile refuses it.
 * @throws CurfewError as `Registry.register`; `sign_in_refused` when the same answer has made a session before
 */
export async function registerSignIn(
  user: SignedInUser,
  { attempt, used, client }: { attempt: Attempt; used: UsedProvider; client: Client },
  { registry, access, clock }: RegisteringParts,
): Promise<{ session: StoredSession; token: string }> {
  const { type, realm, name, configVersion } = used.provider;
  const lifespanMs = user.endsAt === undefined ? undefined : user.endsAt - clock.now();
  if (lifespanMs !== undefined && lifespanMs <= 0) {
    throw new CurfewError('sign_in_refused', 'The provider has let the session end already; sign in again.');
  }
  const rights = rightsFrom(user, used, access);
  try {
    return await registry.register({
      realm,
      username: user.username,
      subject: user.subject,
      provider: { type, name },
      providerSession: user.providerSession,
      accessGroups: rights.accessGroups,
      adminIds: rights.adminIds,
      attributes: user.attributes,
      client,
      providerConfigVersion: configVersion,
      epoch: attempt.epoch,
      lifespanMs,
      idempotency: {
        key: sha256('sign-in', realm, name, user.answerId ?? attempt.id),
        // Never the same twice: a second use of the key must be refused, not answered with the first session.
        request: randomBytes(32),
      },
    });
  } catch (error) {
    const isRepeat = error instanceof CurfewError && error.code === 'idempotency_key_reused';
    if (!isRepeat) throw error;
    throw new CurfewError('sign_in_refused', 'This sign-in has been completed already; begin it anew.');
  }
}

/**
 * The rights of a user: what the provider gives, and what the administrators' records hold that stand for the user.
 */
export function rightsFrom(
  user: SignedInUser,
  { provider, reachesAllRealms }: Pick<UsedProvider, 'provider' | 'reachesAllRealms'>,
  { administrators }: Pick<Access, 'administrators'>,
): Required<Pick<Credential, 'accessGroups' | 'adminIds'>> {
  if (provider.type === 'basic') {
    return { accessGroups: user.accessGroups, adminIds: user.adminIds ?? [] };
  }
  const everyone: Administrator[] = administrators.list({ kind: 'system', name: 'sign-in' });
  const found = administratorsOf(
    { subject: user.subject, claims: user.claims ?? {} },
    { authMethod: provider.type === 'ldap' ? 'Ldap' : 'Idp', realm: provider.realm, reachesAllRealms },
    everyone,
  );
  return {
    accessGroups: [...new Set([...user.accessGroups, ...found.flatMap(({ accessGroups }) => accessGroups)])],
    adminIds: found.map(({ id }) => id),
  };
}

function sha256(...parts: readonly string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}
