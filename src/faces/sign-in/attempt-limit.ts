import { addressKey, digestOf, isUnwritable } from '../../access/lock-out.ts';
import { OwnAttempts } from '../../access/own-attempts.ts';
import type { Clock } from '../../core/clock.ts';
import { CurfewError } from '../../core/errors.ts';
import type { AttemptStore, Tries } from '../../session/attempt-store.ts';

const windowMs = 60_000;
const mostAddresses = 20_000;

export interface AttemptLimitOptions {
  readonly clock: Clock;
  readonly perMinute: number;
  /** Sets its counts apart from those of other limits. */
  readonly name: string;
  /** Where several processes count together; a process that is alone counts in memory. */
  readonly store?: Pick<AttemptStore, 'spend'> | undefined;
}

/** How many sign-ins one address may try in a minute, over all accounts and providers, and over all processes. */
export class AttemptLimit {
  readonly #options: AttemptLimitOptions;
  readonly #own = new OwnAttempts();
  /** Addresses that have tried too often, and until when: they cost no further write. */
  readonly #closed = new Map<string, number>();

  constructor(options: AttemptLimitOptions) {
    this.#options = options;
  }

  /** Counts one. @throws CurfewError `rate_limited` with `retryAfterSeconds` */
  async count(ip: string | undefined): Promise<void> {
    const { clock, name, perMinute } = this.#options;
    const key = digestOf('tries', name, addressKey(ip));
    const now = clock.now();
    const closed = this.#closed.get(key) ?? 0;
    if (closed > now) throw refused(closed - now);
    const { count, until } = await this.#spend(key, now);
    if (count <= perMinute) return;
    this.#closed.delete(key);
    this.#closed.set(key, until);
    if (this.#closed.size > mostAddresses) this.#closed.delete(this.#closed.keys().next().value ?? '');
    throw refused(until - now);
  }

  async #spend(key: string, now: number): Promise<Tries> {
    const { store } = this.#options;
    if (store === undefined) return this.#own.spend(key, windowMs, now);
    try {
      return await store.spend(key, windowMs, now);
    } catch (error) {
      // What follows decides whether a sign-in is possible just now; the limit must not be what lets go of it.
      if (!isUnwritable(error)) throw error;
      return this.#own.spend(key, windowMs, now);
    }
  }
}

function refused(waitMs: number): CurfewError {
  return new CurfewError('rate_limited', 'Too many sign-ins were tried from this address.', {
    retryAfterSeconds: Math.ceil(waitMs / 1000),
  });
}
