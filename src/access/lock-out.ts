import { createHash } from 'node:crypto';
import { addressToBytes } from '../core/address.ts';
import type { Clock } from '../core/clock.ts';
import { CurfewError } from '../core/errors.ts';

const second = 1000;
const minute = 60 * second;

/** Failures of one kind of thing: how many are free, how many lock, for how long. */
interface Measure {
  /** So many cost no waiting; from then on the wait doubles with each, beginning with a second. */
  readonly free: number;
  /** So many in a row lock; each further one locks anew. */
  readonly locks: number;
}

const lockMs = 15 * minute;
/** Without a failure for so long (or so long after a lock), what came before is forgotten. */
const forgottenAfterMs = 60 * minute;
const mostEntries = 20_000;
const mostKnownAddresses = 8;

const measures = {
  pair: { free: 2, locks: 10 },
  account: { free: 99, locks: 100 },
  address: { free: 50, locks: 100 },
} as const satisfies Record<string, Measure>;

/** What a lock was put on. */
export type LockScope = keyof typeof measures;

/** A lock that came into force. */
export interface Lock {
  readonly scope: LockScope;
  readonly failures: number;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** An attempt to sign in that is allowed to go on. It counts as a failure until it is said to be something else. */
export interface Attempt {
  /** The password was right: the account's failures from this address are forgotten. */
  succeeded(): void;
  /** The password was wrong: the failure stays counted. Gives the locks that this brought into force. */
  failed(): readonly Lock[];
  /** It could not be found out: nothing is counted. */
  withdrawn(): void;
}

interface Entry {
  readonly failures: number;
  readonly notBefore: number;
  readonly forgottenAt: number;
}

/** A failure as it was counted, with what stood there before. */
interface Counted {
  readonly scope: LockScope;
  readonly key: string;
  readonly entry: Entry;
  readonly before: Entry | undefined;
}

/**
 * Slows down and stops the guessing of passwords, without letting a stranger lock an administrator out.
 *
 * Three counts are kept, all in memory, and an attempt must pass each:
 * - **account from one address**: two failures are free, the next ones ask for a wait of 1, 2, 4, ... s, ten in a row lock
 *   that account *for that address* for 15 minutes. Success clears it. Who guesses from elsewhere does not lock the
 *   administrator out, who sits at another address.
 * - **account from everywhere**: a hundred failures lock the account for 15 minutes for all addresses **but those from
 *   which it has lately signed in** (the last eight, since the start of the process). This is what stops guessing from
 *   many addresses, and even that leaves the administrator's own desk a way in. Success does not clear it from outside.
 * - **address**: fifty failures over all accounts slow an address down, a hundred lock it for 15 minutes. This is what
 *   stops one password tried on many accounts. Success does not clear it: an attacker may own one account.
 *
 * No account is exempt, the one made at first start neither. Accounts that do not exist are counted just the same, so
 * the answer tells nothing. An attempt counts as failed from its start, so that many at once gain nothing. Attempts that
 * are refused are not verified and not counted: a program with an old password does not lengthen its lock. IPv6
 * addresses count as their /64, since one holder has all of it. Names are kept as hashes, at most 20,000 entries a count; beyond,
 * the one that failed least recently goes.
 */
export class LockOut {
  readonly #clock: Clock;
  readonly #entries: Record<LockScope, Map<string, Entry>> = {
    pair: new Map(),
    account: new Map(),
    address: new Map(),
  };
  readonly #knownAddresses = new Map<string, string[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Whether an attempt would be let through, changing nothing.
   * @throws CurfewError `locked_out` with `retryAfterSeconds`
   */
  demandOpen(account: string, ip: string | undefined): void {
    const now = this.#clock.now();
    let notBefore = 0;
    for (const [scope, key] of this.#placesOf(account, ip)) {
      if (scope === 'account' && this.#isKnown(account, ip)) continue;
      notBefore = Math.max(notBefore, this.#current(scope, key, now)?.notBefore ?? 0);
    }
    if (notBefore <= now) return;
    const retryAfterSeconds = Math.ceil((notBefore - now) / second);
    throw new CurfewError(
      'locked_out',
      `There were too many failed attempts to sign in with this name or from this address; wait ${retryAfterSeconds} s and try again.`,
      { retryAfterSeconds },
    );
  }

  /** Begins an attempt. @throws CurfewError `locked_out` with `retryAfterSeconds` */
  begin(account: string, ip: string | undefined): Attempt {
    this.demandOpen(account, ip);
    const now = this.#clock.now();
    const counted: Counted[] = [];
    const locks: Lock[] = [];
    for (const [scope, key] of this.#placesOf(account, ip)) {
      const count = this.#count(scope, key, now);
      counted.push(count);
      const { failures, notBefore } = count.entry;
      if (failures >= measures[scope].locks) locks.push({ scope, failures, until: notBefore });
    }
    const takeBack = (): void => {
      for (const count of counted) this.#takeBack(count);
    };
    return {
      succeeded: () => {
        takeBack();
        this.#entries.pair.delete(pairKey(account, ip));
        this.#remember(account, ip);
      },
      failed: () => locks,
      withdrawn: takeBack,
    };
  }

  #placesOf(account: string, ip: string | undefined): [LockScope, string][] {
    return [
      ['pair', pairKey(account, ip)],
      ['account', accountKey(account)],
      ['address', addressKey(ip)],
    ];
  }

  #current(scope: LockScope, key: string, now: number): Entry | undefined {
    const entry = this.#entries[scope].get(key);
    return entry === undefined || entry.forgottenAt <= now ? undefined : entry;
  }

  #count(scope: LockScope, key: string, now: number): Counted {
    const before = this.#current(scope, key, now);
    const failures = (before?.failures ?? 0) + 1;
    const notBefore = now + waitMs(failures, measures[scope]);
    const entry: Entry = { failures, notBefore, forgottenAt: notBefore + forgottenAfterMs };
    // Deleting first moves the entry to the end, which keeps the map in the order of the last failure.
    this.#entries[scope].delete(key);
    this.#entries[scope].set(key, entry);
    dropOldest(this.#entries[scope]);
    return { scope, key, entry, before };
  }

  #takeBack({ scope, key, entry, before }: Counted): void {
    const entries = this.#entries[scope];
    const present = entries.get(key);
    if (present === undefined) return;
    if (present === entry && before !== undefined) entries.set(key, before);
    else if (present === entry || present.failures === 1) entries.delete(key);
    // Others were counted meanwhile, on top of this one.
    else entries.set(key, { ...present, failures: present.failures - 1 });
  }

  #isKnown(account: string, ip: string | undefined): boolean {
    return this.#knownAddresses.get(accountKey(account))?.includes(addressKey(ip)) ?? false;
  }

  /** Only who knew the password comes here, so a stranger cannot push an administrator's addresses out. */
  #remember(account: string, ip: string | undefined): void {
    const key = accountKey(account);
    const address = addressKey(ip);
    const others = (this.#knownAddresses.get(key) ?? []).filter((known) => known !== address);
    this.#knownAddresses.delete(key);
    this.#knownAddresses.set(key, [address, ...others].slice(0, mostKnownAddresses));
    dropOldest(this.#knownAddresses);
  }
}

function waitMs(failures: number, { free, locks }: Measure): number {
  if (failures >= locks) return lockMs;
  return failures <= free ? 0 : Math.min(second * 2 ** (failures - free - 1), lockMs);
}

function dropOldest(map: Map<string, unknown>): void {
  if (map.size <= mostEntries) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}

function pairKey(account: string, ip: string | undefined): string {
  return `${accountKey(account)} ${addressKey(ip)}`;
}

function accountKey(account: string): string {
  return createHash('sha256').update(account).digest('base64');
}

/** One holder of addresses: a v4 address, or the /64 of a v6 one. */
export function addressKey(ip: string | undefined): string {
  const bytes = ip === undefined ? undefined : addressToBytes(ip);
  if (bytes === undefined) return 'none';
  return bytes.subarray(0, 1 + (bytes[0] === 6 ? 8 : 4)).toString('hex');
}
