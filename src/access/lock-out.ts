import { createHash } from 'node:crypto';
import { addressToBytes } from '../core/address.ts';
import type { Clock } from '../core/clock.ts';
import { CurfewError } from '../core/errors.ts';
import type { Sealer } from '../core/sealing.ts';
import type { AttemptStore } from '../session/attempt-store.ts';
import {
  type AttemptPlace,
  countPlaces,
  type Failed,
  type Lock,
  type LockScope,
  leavesTrace,
  lockScopes,
  opensAt,
  type Standing,
} from '../session/attempts.ts';
import { OwnAttempts, together } from './own-attempts.ts';

/**
 * An attempt to sign in that is allowed to go on. Each way to end it is also the last word on whether its verdict may be told: what others
 * have guessed meanwhile, here or in another process, counts before it. Verdicts are told one after the other, right ones too: were a
 * right one told sooner than wrong ones of the same instant, of many guesses at once the right one would always be told.
 */
export interface Attempt {
  /**
   * The password was right: the account's failures from this address are forgotten.
   * @throws CurfewError `locked_out`, and then nobody may be told that it was right
   */
  succeeded(): Promise<void>;
  /** It was right, and something else must follow: nothing is forgotten. @throws CurfewError `locked_out` */
  confirmed(): Promise<void>;
  /**
   * The password was wrong, which is counted. Gives the locks that this brought into force.
   * @throws CurfewError `locked_out`, and then nobody may be told that it was wrong
   */
  failed(): Promise<readonly Lock[]>;
  /** It could not be found out: nothing is counted. */
  withdrawn(): void;
}

export interface LockOutOptions {
  /** Where failures are counted for all processes. */
  readonly store: AttemptStore;
  readonly clock: Clock;
  /** Under its key accounts and addresses are hashed, since people type passwords into the field of the name too. */
  readonly sealer: Sealer;
  /** Sets accounts and addresses apart from those of other lock-outs in the same store. */
  readonly name?: string;
}

const second = 1000;

/**
 * Slows down and stops the guessing of passwords, without letting a stranger lock an administrator out.
 *
 * Three counts are kept in the store, so that guessing at several nodes gains nothing, and an attempt must pass each:
 * - **account from one address**: two failures are free, the next ones ask for a wait of 1, 2, 4, ... s, ten in a row lock
 *   that account *for that address* for 15 minutes. Success clears it. Who guesses from elsewhere does not lock the
 *   administrator out, who sits at another address.
 * - **account from everywhere**: a hundred failures lock the account for 15 minutes for all addresses **but those from
 *   which it has lately signed in** (the last eight, within thirty days). This is what stops guessing from
 *   many addresses, and even that leaves the administrator's own desk a way in. Success does not clear it from outside.
 * - **address**: fifty failures over all accounts slow an address down, a hundred lock it for 15 minutes. This is what
 *   stops one password tried on many accounts. Success does not clear it: an attacker may own one account.
 *
 * No account is exempt, the one made at first start neither. Accounts that do not exist are counted just the same, so
 * the answer tells nothing. A failure is counted before it is told, in one transaction with the question whether it may be, so
 * that many at once gain nothing; a success costs a look in its turn, and a write only where there is something to clear or the
 * address is new. Attempts that are refused are not counted: a program with an old password does not lengthen its lock. IPv6
 * addresses count as their /64, since one holder has all of it. Names are kept as hashes under the secret key.
 *
 * While the store cannot be written each process counts by itself, on top of what it last read.
 */
export class LockOut {
  readonly #store: AttemptStore;
  readonly #clock: Clock;
  readonly #sealer: Sealer;
  readonly #name: string;
  readonly #own = new OwnAttempts();
  /** How many attempts are under way here, by scope and place: they count as failures until they are found to be none. */
  readonly #underWay = new Map<string, number>();

  constructor({ store, clock, sealer, name = '' }: LockOutOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#sealer = sealer.derived('failed attempts');
    this.#name = name;
  }

  /**
   * Whether an attempt would be let through, changing nothing.
   * @throws CurfewError `locked_out` with `retryAfterSeconds`; `store_unavailable`
   */
  async demandOpen(account: string, ip: string | undefined): Promise<void> {
    const place = this.#placeOf(account, ip);
    await this.#stand(place, (scope) => this.#underWayAt(scope, place));
  }

  /**
   * Begins an attempt, which is under way from this call on, and not only once it is known to be let through.
   * @throws CurfewError `locked_out` with `retryAfterSeconds`; `store_unavailable`
   */
  async begin(account: string, ip: string | undefined): Promise<Attempt> {
    const place = this.#placeOf(account, ip);
    const ahead = new Map(lockScopes.map((scope) => [scope, this.#underWayAt(scope, place)]));
    const aheadOf = (scope: LockScope): number => ahead.get(scope) ?? 0;
    const now = this.#clock.now();
    // Where those ahead are too many by themselves, nothing needs to be asked. Whether the address is known must be.
    demandPast(opensAt({ counts: {}, knownAt: now }, now, aheadOf), now);
    this.#note(place, 1);
    let isOver = false;
    const end = (): void => {
      if (!isOver) this.#note(place, -1);
      isOver = true;
    };
    const before = await this.#stand(place, aheadOf).catch((error: unknown) => {
      end();
      throw error;
    });
    const ending =
      <Result>(work: () => Promise<Result>) =>
      (): Promise<Result> =>
        work().finally(end);
    return {
      succeeded: ending(() => this.#succeed(place)),
      confirmed: ending(() => this.#confirm(place)),
      failed: ending(() => this.#fail(place, before)),
      withdrawn: end,
    };
  }

  async #succeed(place: AttemptPlace): Promise<void> {
    const standing = await this.#stand(place);
    const now = this.#clock.now();
    if (leavesTrace(standing, now) === undefined)
      return this.#inTurn(place, (store) => store.confirm(place, now));
    // A count that stays, or an address that is not known yet, is no reason to turn away who knew the password.
    await this.#inTurn(place, (store) => store.succeed(place, now));
    await this.#own.succeed(place, now);
  }

  async #confirm(place: AttemptPlace): Promise<void> {
    await this.#stand(place);
    await this.#inTurn(place, (store) => store.confirm(place, this.#clock.now()));
  }

  /** Looks behind all failures that are being counted, so that whoever was right is told no sooner than they. */
  async #inTurn(place: AttemptPlace, look: (store: AttemptStore) => Promise<number>): Promise<void> {
    const now = this.#clock.now();
    let opens: number;
    try {
      opens = await look(this.#store);
    } catch (error) {
      if (!isUnwritable(error)) throw error;
      // What could not be counted there was counted here.
      await this.#stand(place);
      return;
    }
    demandPast(opens, now);
  }

  async #fail(place: AttemptPlace, before: Standing): Promise<readonly Lock[]> {
    const now = this.#clock.now();
    const failed = await this.#store.fail(place, now).catch((error: unknown): Failed => {
      if (!isUnwritable(error)) throw error;
      return this.#own.failAfter(place, before, now);
    });
    if (failed.kind === 'counted') return failed.locks;
    throw lockedOut(failed.notBefore, now);
  }

  /** What stands against a place, if it is open; some under way count as failures. */
  async #stand(place: AttemptPlace, underWay?: (scope: LockScope) => number): Promise<Standing> {
    const asked = this.#clock.now();
    const found = await this.#store.standing(place, asked);
    const now = this.#clock.now();
    const standing = together(found, this.#own.standing(place, now));
    demandPast(opensAt(standing, now, underWay), now);
    return standing;
  }

  #underWayAt(scope: LockScope, place: AttemptPlace): number {
    return this.#underWay.get(keyOf(scope, place)) ?? 0;
  }

  #note(place: AttemptPlace, more: 1 | -1): void {
    for (const [scope] of countPlaces(place)) {
      const key = keyOf(scope, place);
      const count = (this.#underWay.get(key) ?? 0) + more;
      if (count === 0) this.#underWay.delete(key);
      else this.#underWay.set(key, count);
    }
  }

  #placeOf(account: string, ip: string | undefined): AttemptPlace {
    return {
      account: this.#hash('account', account),
      address: this.#hash('address', addressKey(ip)),
    };
  }

  #hash(what: string, text: string): string {
    return this.#sealer.hash(JSON.stringify([this.#name, what, text]));
  }
}

/** One holder of addresses: a v4 address, or the /64 of a v6 one. */
export function addressKey(ip: string | undefined): string {
  const bytes = ip === undefined ? undefined : addressToBytes(ip);
  if (bytes === undefined) return 'none';
  return bytes.subarray(0, 1 + (bytes[0] === 6 ? 8 : 4)).toString('hex');
}

/** Names something for the store by a hash; what may be a secret is hashed under a key instead, as `LockOut` does. */
export function digestOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/** Whether an error says that the store cannot be written just now. */
export function isUnwritable(error: unknown): boolean {
  return error instanceof CurfewError && (error.code === 'store_unavailable' || error.code === 'store_full');
}

function keyOf(scope: LockScope, { account, address }: AttemptPlace): string {
  if (scope === 'pair') return `${account} ${address}`;
  return scope === 'account' ? account : ` ${address}`;
}

function demandPast(notBefore: number, now: number): void {
  if (notBefore > now) throw lockedOut(notBefore, now);
}

function lockedOut(notBefore: number, now: number): CurfewError {
  const retryAfterSeconds = Math.ceil((notBefore - now) / second);
  return new CurfewError(
    'locked_out',
    `There were too many failed attempts to sign in with this name or from this address; wait ${retryAfterSeconds} s and try again.`,
    { retryAfterSeconds },
  );
}
