import { CurfewError } from '../core/errors.ts';
import type { RegisterOutcome, StoredSession } from './store.ts';

/**
 * The session of a registration, and whether it is a repeat.
 * @throws CurfewError for what kept it from being made
 */
export function registered(outcome: RegisterOutcome): { session: StoredSession; repeated: boolean } {
  switch (outcome.kind) {
    case 'registered':
      return { session: outcome.session, repeated: false };
    case 'repeated':
      return { session: outcome.session, repeated: true };
    case 'repeated_ended':
      throw new CurfewError(
        'session_ended',
        `The session registered with this idempotency key has ended (${outcome.session.ended?.reason ?? 'unknown'}); sign the user in again and use a new key.`,
      );
    case 'key_reused':
      throw new CurfewError(
        'idempotency_key_reused',
        'This idempotency key was used for a registration with other content; use a new key for each sign-in.',
      );
    case 'revoked':
      throw new CurfewError(
        'revoked_during_sign_in',
        `Revocation ${outcome.revocation} names this user's sessions and was made after the sign-in began; the user must sign in anew.`,
        { facts: { revocation: outcome.revocation } },
      );
    case 'limit_reached':
      throw new CurfewError(
        'session_limit_reached',
        `The user has ${outcome.live} live sessions and the policy allows ${outcome.max}; end one of them, or raise the limit.`,
        { facts: { live: outcome.live, max: outcome.max } },
      );
  }
}
