import type { Clock } from '../core/clock.ts';
import type { Lock } from '../session/attempts.ts';
import type { Origin } from '../session/revocation.ts';
import type { RecordStore } from '../session/store.ts';

/** Where it is written down that somebody was locked out. */
export interface LockEvidence {
  readonly store: Pick<RecordStore, 'changeRecords'>;
  readonly clock: Clock;
}

export interface LockedOut {
  readonly realm: string;
  /** Undefined when there is no such account: people type passwords into that field. */
  readonly username?: string | undefined;
  /** The provider where the account is, unless it is one of Curfew's own users. */
  readonly provider?: string;
  readonly ip: string | undefined;
}

/** Writes locks that have come into force into the journal, where every node shows them. */
export async function noteLocks(
  locks: readonly Lock[],
  { realm, username, provider, ip }: LockedOut,
  { store, clock }: LockEvidence,
): Promise<void> {
  for (const { scope, failures, until } of locks) {
    await store.changeRecords({
      ...signInOrigin(ip),
      writes: [],
      event: 'user.locked_out',
      detail: {
        // An unknown account of Curfew's own may be of any realm, for all that is known of it.
        realm: username === undefined && provider === undefined ? null : realm,
        username: username ?? null,
        ...(provider === undefined ? {} : { provider }),
        scope,
        failures,
        until,
      },
      now: clock.now(),
    });
  }
}

/** How what happens during a sign-in is recorded. */
export function signInOrigin(ip: string | undefined): Origin {
  return {
    by: { kind: 'system', id: 'sign-in', name: 'sign-in' },
    face: 'sign-in',
    ...(ip === undefined ? {} : { from: ip }),
  };
}
