import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.ts';

/** How long a verified password need not be verified again. */
const rememberedMs = 60_000;
const mostRemembered = 1000;

interface Remembered {
  readonly adminId: number;
  readonly version: number;
  readonly until: number;
}

/**
 * Passwords verified lately, so that Basic on every call costs one argon2id a minute. Kept is an HMAC under a key that
 * only this process knows, made at its start; from it nobody can guess a password offline. A remembered result names the
 * version of the administrator's record, so that any change of it ends the memory at once.
 */
export class VerifiedPasswords {
  readonly #clock: Clock;
  readonly #key = randomBytes(32);
  readonly #remembered = new Map<string, Remembered>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The name under which it is remembered that a password was right: for the address alone that it came from, for a guess from elsewhere
   * is to cost as much, and to be told as late, as any other. The lengths keep the parts apart.
   */
  nameOf(username: string, password: string, address: string): string {
    const before = [address, username].map((part) => `${Buffer.byteLength(part)}:${part}`);
    return createHmac('sha256', this.#key)
      .update(`${before.join('')}${password}`)
      .digest('base64');
  }

  /** Whether this pair was verified lately against this version of an administrator's record. */
  has(name: string, adminId: number, version: number): boolean {
    const found = this.#remembered.get(name);
    if (found === undefined) return false;
    if (found.until > this.#clock.now() && found.adminId === adminId && found.version === version)
      return true;
    this.#remembered.delete(name);
    return false;
  }

  /** Remembers a pair that was verified; beyond 1,000 the oldest goes. */
  add(name: string, adminId: number, version: number): void {
    this.#remembered.delete(name);
    this.#remembered.set(name, { adminId, version, until: this.#clock.now() + rememberedMs });
    if (this.#remembered.size <= mostRemembered) return;
    const oldest = this.#remembered.keys().next();
    if (!oldest.done) this.#remembered.delete(oldest.value);
  }
}
