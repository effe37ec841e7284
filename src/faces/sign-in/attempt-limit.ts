import { addressKey } from '../../access/lock-out.ts';
import type { Clock } from '../../core/clock.ts';
import { CurfewError } from '../../core/errors.ts';

const windowMs = 60_000;
const mostAddresses = 20_000;

/** How many sign-ins one address may try in a minute, over all accounts and providers. */
export class AttemptLimit {
  readonly #clock: Clock;
  readonly #perMinute: number;
  readonly #counts = new Map<string, { count: number; readonly until: number }>();

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  /** Counts one. @throws CurfewError `rate_limited` with `retryAfterSeconds` */
  count(ip: string | undefined): void {
    const now = this.#clock.now();
    const key = addressKey(ip);
    const found = this.#counts.get(key);
    if (found === undefined || found.until <= now) {
      this.#counts.delete(key);
      this.#counts.set(key, { count: 1, until: now + windowMs });
      if (this.#counts.size > mostAddresses) this.#counts.delete(this.#counts.keys().next().value ?? '');
      return;
    }
    found.count++;
    if (found.count <= this.#perMinute) return;
    throw new CurfewError('rate_limited', 'Too many sign-ins were tried from this address.', {
      retryAfterSeconds: Math.ceil((found.until - now) / 1000),
    });
  }
}
