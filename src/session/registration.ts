import { randomUUID } from 'node:crypto';
import { CurfewError } from '../core/errors.ts';
import type { ActiveLedger } from './ledger.ts';
import type { EffectivePolicy } from './policy.ts';
import type { Client, Provider } from './session.ts';
import type { NewSession, RegisterCommand } from './store.ts';

/** What an application or a sign-in says of a user who has just authenticated. Instants are epoch milliseconds. */
export interface Registration {
  readonly realm: string;
  readonly username: string;
  /** The provider's own id; without it the username for `basic`, else a random UUID. */
  readonly subject?: string | undefined;
  readonly provider: Provider;
  /** The provider's own key of its session; see `Session`. */
  readonly providerSession?: string | undefined;
  readonly accessGroups?: readonly string[] | undefined;
  readonly adminIds?: readonly number[] | undefined;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  readonly client?: Client | undefined;
  readonly app?: string | undefined;
  readonly providerConfigVersion?: number | undefined;
  /** The ledger's head when authentication began, as `GET /v1/ledger` gave it. */
  readonly epoch?: number | undefined;
  /** When authentication began; an alternative to `epoch`. Without either: now. */
  readonly authenticatedAt?: number | undefined;
  /** May shorten what the policy allows, never lengthen it. */
  readonly idleTimeoutMs?: number | undefined;
  readonly lifespanMs?: number | undefined;
  readonly idempotency?: RegisterCommand['idempotency'];
}

/** How far the clocks of an application and of Curfew may differ. */
const clockToleranceMs = 60_000;

/**
 * The epoch of a registration.
 * @throws CurfewError `sign_in_too_old` when it began longer ago than a sign-in may take, `epoch_unknown` when its epoch is
 * none that the ledger has come to, `invalid_input` when both `epoch` and `authenticatedAt` are given or the latter lies in
 * the future
 */
export function startOf(
  request: Registration,
  ledger: ActiveLedger,
  now: number,
  maxSignInAgeMs: number,
): number {
  const { epoch, authenticatedAt } = request;
  if (epoch !== undefined && authenticatedAt !== undefined) {
    throw invalid('epoch', 'give either epoch or authenticatedAt, not both');
  }
  if (epoch !== undefined) {
    if (epoch > ledger.head) {
      throw new CurfewError(
        'epoch_unknown',
        `The epoch ${epoch} is beyond the ledger's head ${ledger.head}: it was not taken from GET /v1/ledger when the sign-in began, or the database was set back since, by a failover that lost entries or a restored backup. Begin the sign-in again.`,
        {
          faults: [{ path: 'epoch', message: `is beyond the head ${ledger.head}` }],
          facts: { epoch, head: ledger.head },
        },
      );
    }
    if (epoch === ledger.head) return epoch;
    // What is no longer active was made more than maxSignInAge ago, so a gap after the epoch means a stale sign-in.
    const next = ledger.firstAfter(epoch);
    if (next === undefined || next.seq !== epoch + 1 || next.at < now - maxSignInAgeMs)
      throw tooOld(maxSignInAgeMs);
    return epoch;
  }
  if (authenticatedAt === undefined) return ledger.head;
  if (authenticatedAt > now + clockToleranceMs) {
    throw invalid(
      'authenticatedAt',
      `lies ${Math.round((authenticatedAt - now) / 1000)} s in the future; check the clock of the application`,
    );
  }
  if (authenticatedAt < now - maxSignInAgeMs) throw tooOld(maxSignInAgeMs);
  return ledger.epochAt(authenticatedAt);
}

/** The session that a registration makes under a policy. */
export function sessionFor(
  request: Registration,
  { id, epoch, now, policy }: { id: string; epoch: number; now: number; policy: EffectivePolicy },
): NewSession {
  const lifespanMs = shorter(request.lifespanMs, policy.lifespanMs);
  return {
    id,
    realm: request.realm,
    username: request.username,
    subject: request.subject ?? (request.provider.type === 'basic' ? request.username : randomUUID()),
    provider: request.provider,
    ...(request.providerSession === undefined ? {} : { providerSession: request.providerSession }),
    accessGroups: [...new Set(request.accessGroups ?? [])].sort(),
    adminIds: [...new Set(request.adminIds ?? [])].sort((a, b) => a - b),
    attributes: request.attributes ?? {},
    client: request.client ?? {},
    ...(request.app === undefined ? {} : { app: request.app }),
    createdAt: now,
    lastAccessAt: now,
    idleTimeoutMs: shorter(request.idleTimeoutMs, policy.idleTimeoutMs),
    expiresAt: lifespanMs === null ? null : now + lifespanMs,
    epoch,
    providerConfigVersion: request.providerConfigVersion ?? 0,
  };
}

function shorter(asked: number | undefined, allowed: number | null): number | null {
  if (asked === undefined) return allowed;
  return allowed === null ? asked : Math.min(asked, allowed);
}

function invalid(path: string, message: string): CurfewError {
  return new CurfewError('invalid_input', `${path}: ${message}`, { faults: [{ path, message }] });
}

function tooOld(maxSignInAgeMs: number): CurfewError {
  return new CurfewError(
    'sign_in_too_old',
    `The sign-in began more than ${Math.round(maxSignInAgeMs / 60_000)} minutes ago, too long to tell whether it was revoked; the user must sign in anew.`,
  );
}

/** The error of a sign-in for a realm that is none of those there may be. */
export function unknownRealm(realm: string, realms: ReadonlySet<string>): CurfewError {
  return new CurfewError(
    'realm_unknown',
    `The realm ${JSON.stringify(realm)} is not one of the configured ones (${[...realms].join(', ')}); correct it, or add it to "realms" in the configuration.`,
  );
}
