/**
 * How failed attempts to sign in are counted: what is kept of them, and what follows from it. Everything here is arithmetic over
 * plain data, so that each store does the same in its own transaction.
 */

const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;

/** Failures of one kind of thing: how many are free, how many lock. */
interface Measure {
  /** So many cost no waiting; from then on the wait doubles with each, beginning with a second. */
  readonly free: number;
  /** So many in a row lock; each further one locks anew. */
  readonly locks: number;
}

const measures = {
  pair: { free: 2, locks: 10 },
  account: { free: 99, locks: 100 },
  address: { free: 50, locks: 100 },
} as const satisfies Record<string, Measure>;

/** What a lock is put on: an account for one address, an account for all, an address. */
export type LockScope = keyof typeof measures;
export const lockScopes = Object.keys(measures) as readonly LockScope[];

const lockMs = 15 * minute;
/** Without a failure for so long (or so long after a lock), what came before is forgotten. */
const forgottenAfterMs = 60 * minute;
/**
 * No clock that is right says to wait for longer than a lock, and the clocks of nodes lie no further apart than this. What was said
 * by one that was set wrong must not shut people out until that time comes.
 */
export const clocksApartMs = 5 * minute;
/** An address is known for so long after the last sign-in from it. */
export const knownForMs = 30 * day;
/** Of the addresses of an account so many are known, the latest ones. */
export const mostKnownAddresses = 8;
/** A sign-in from an address that was noted within this time need not be noted again. */
const knownAgainMs = day;

/** Whose attempt it is and where it comes from, both as hashes: no table and no message tells names by them. */
export interface AttemptPlace {
  readonly account: string;
  readonly address: string;
}

/** Failures of one place as they are counted. Instants are epoch milliseconds. */
export interface AttemptCount {
  readonly failures: number;
  readonly notBefore: number;
  readonly forgottenAt: number;
}

/** What is kept of a place and not forgotten yet. */
export interface Standing {
  readonly counts: Readonly<Partial<Record<LockScope, AttemptCount>>>;
  /** When the account was last noted to have signed in from the address; undefined when it is not known there. */
  readonly knownAt?: number | undefined;
}

/** A lock that came into force. */
export interface Lock {
  readonly scope: LockScope;
  readonly failures: number;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** The verdict on a failure: it is told and counted, or not told because others have closed the place meanwhile. */
export type Failed =
  | {
      readonly kind: 'counted';
      readonly counts: Readonly<Record<LockScope, AttemptCount>>;
      readonly locks: readonly Lock[];
    }
  | { readonly kind: 'closed'; readonly notBefore: number };

/**
 * From when on an attempt is let through, counting some under way as failures.
 * @returns an instant; not later than `now` when it is let through at once
 */
export function opensAt(
  { counts, knownAt }: Standing,
  now: number,
  underWay: (scope: LockScope) => number = () => 0,
): number {
  let opens = 0;
  for (const scope of lockScopes) {
    // Guessing from elsewhere must not lock somebody out at their own desk.
    if (scope === 'account' && knownAt !== undefined) continue;
    const { failures = 0 } = counts[scope] ?? {};
    const notBefore = saidOf(counts[scope], now);
    const others = underWay(scope);
    const waits = others === 0 ? 0 : waitMs(failures + others, measures[scope]);
    opens = Math.max(opens, notBefore, waits === 0 ? 0 : now + waits);
  }
  return opens;
}

/** Counts a failure on top of what stands, unless the place is closed by now. */
export function withFailure(standing: Standing, now: number): Failed {
  const notBefore = opensAt(standing, now);
  if (notBefore > now) return { kind: 'closed', notBefore };
  const counted = lockScopes.map((scope) => {
    const failures = (standing.counts[scope]?.failures ?? 0) + 1;
    const waits = waitMs(failures, measures[scope]);
    // Clocks of nodes differ; none shortens what another has said. Where nothing is to be waited for no instant is noted at all:
    // who has asked a moment before, or by a clock that is behind, would have to wait for it.
    const opens = Math.max(saidOf(standing.counts[scope], now), waits === 0 ? 0 : now + waits);
    return [
      scope,
      { failures, notBefore: opens, forgottenAt: Math.max(now, opens) + forgottenAfterMs },
    ] as const;
  });
  const locks = counted
    .filter(([scope, { failures }]) => failures >= measures[scope].locks)
    .map(([scope, { failures, notBefore: until }]) => ({ scope, failures, until }));
  return { kind: 'counted', counts: Object.fromEntries(counted) as Record<LockScope, AttemptCount>, locks };
}

/** Whether a success leaves something to write: a count to be cleared, or an address to be noted. */
export function leavesTrace({ counts, knownAt }: Standing, now: number): 'count' | 'address' | undefined {
  if (counts.pair !== undefined) return 'count';
  return knownAt === undefined || now - knownAt > knownAgainMs ? 'address' : undefined;
}

/** When a count opens, unless a clock that was wrong has said so; the failures count all the same. */
function saidOf(count: AttemptCount | undefined, now: number): number {
  const { notBefore = 0 } = count ?? {};
  return notBefore > now + lockMs + clocksApartMs ? 0 : notBefore;
}

/** Whether a window of time for tries is going on: it has not ended, nor was it begun by a clock that was far ahead. */
export function isWindow(until: number, windowMs: number, now: number): boolean {
  return until > now && until <= now + windowMs + clocksApartMs;
}

function waitMs(failures: number, { free, locks }: Measure): number {
  if (failures >= locks) return lockMs;
  return failures <= free ? 0 : Math.min(second * 2 ** (failures - free - 1), lockMs);
}

/** Where a count is kept: the scope, and of account and address those that it is about. */
export function countPlaces({
  account,
  address,
}: AttemptPlace): readonly (readonly [LockScope, account: string, address: string])[] {
  return [
    ['pair', account, address],
    ['account', account, ''],
    ['address', '', address],
  ];
}

/** A row as a store keeps it: a count of a scope, or an address that is known. */
export type AttemptRow = readonly [scope: string, failures: number, notBefore: number, forgottenAt: number];

/** What rows of one place say together. */
export function standingOf(rows: readonly AttemptRow[]): Standing {
  const counts: Partial<Record<LockScope, AttemptCount>> = {};
  let knownAt: number | undefined;
  for (const [scope, failures, notBefore, forgottenAt] of rows) {
    const lockScope = lockScopes.find((one) => one === scope);
    if (lockScope === undefined) knownAt = notBefore;
    else counts[lockScope] = { failures, notBefore, forgottenAt };
  }
  return { counts, knownAt };
}
