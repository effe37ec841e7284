import type { Clock } from '../core/clock.ts';
import type { Pulse, Store } from '../session/store.ts';
import type { PulseFact } from './facts.ts';

/** Takes the pulse of realms, and says what has changed since the time before. */
export class Pulses {
  readonly #store: Pick<Store, 'pulse'>;
  readonly #clock: Clock;
  readonly #last = new Map<string | null, Pulse>();

  constructor(store: Pick<Store, 'pulse'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The pulse of a realm, or of all for null; undefined when nothing has changed since. The first has no changes in it. */
  async take(realm: string | null): Promise<PulseFact | undefined> {
    const before = this.#last.get(realm);
    const at = this.#clock.now();
    const pulse = await this.#store.pulse({
      ...(realm === null ? {} : { realm }),
      after: before?.newest ?? Number.MAX_SAFE_INTEGER,
      now: at,
    });
    // The newest session may have been deleted, and its number is given to no other.
    this.#last.set(realm, { ...pulse, newest: Math.max(pulse.newest, before?.newest ?? 0) });
    const { live } = pulse;
    if (before === undefined) return { type: 'pulse', realm, at, live, registered: 0, ended: 0, refused: 0 };
    const { registered } = pulse;
    // A session that another node saw used in the last moment may look idle and be live again: nothing ends below zero.
    const ended = Math.max(0, before.live + registered - live);
    const refused = Math.max(0, pulse.refused - before.refused);
    if (live === before.live && registered + ended + refused === 0) return undefined;
    return { type: 'pulse', realm, at, live, registered, ended, refused };
  }

  /** How a realm, or all, fared the last time, with no changes in it; undefined when nobody has asked yet. */
  latest(realm: string | null): PulseFact | undefined {
    const last = this.#last.get(realm);
    if (last === undefined) return undefined;
    const at = this.#clock.now();
    return { type: 'pulse', realm, at, live: last.live, registered: 0, ended: 0, refused: 0 };
  }

  /** Forgets all but these realms. */
  keep(realms: ReadonlySet<string | null>): void {
    for (const realm of this.#last.keys()) if (!realms.has(realm)) this.#last.delete(realm);
  }
}
