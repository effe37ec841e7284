import { setTimeout as delay } from 'node:timers/promises';

/** How many of the last refusals count. */
const remembered = 16;

/** Time as it passes within the process. */
export interface Pausing {
  /** Milliseconds since any instant. */
  now(): number;
  pause(ms: number): Promise<unknown>;
}

/**
 * Answers refusals no sooner than a while after the attempt. An unknown name is found out by a look, a wrong password
 * only by a bind, in which the server computes a hash; without a pause the time would tell one from the other. Where
 * binds take longer than that while, the slowest of the last ones sets the pace.
 */
export class RefusalPace {
  readonly #leastMs: number;
  readonly #time: Pausing;
  readonly #last: number[] = [];

  constructor(leastMs: number, time: Pausing = { now: () => performance.now(), pause: delay }) {
    this.#leastMs = leastMs;
    this.#time = time;
  }

  /** Does something, and lets the time pass when nothing comes of it. */
  async refuseLate<T>(attempt: () => Promise<T | undefined>): Promise<T | undefined> {
    const start = this.#time.now();
    const answer = await attempt();
    if (answer !== undefined) return answer;
    const took = this.#time.now() - start;
    if (took > this.#leastMs) {
      this.#last.push(took);
      if (this.#last.length > remembered) this.#last.shift();
    }
    await this.#time.pause(Math.max(this.#leastMs, ...this.#last) - took);
    return undefined;
  }
}
