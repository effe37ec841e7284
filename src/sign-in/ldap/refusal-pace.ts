import { setTimeout as delay } from 'node:timers/promises';

/** How many of the last refusals count. */
const remembered = 16;

/**
 * Answers refusals no sooner than a while after the attempt. An unknown name is found out by a look, a wrong password
 * only by a bind, in which the server computes a hash; without a pause the time would tell one from the other. Where
 * binds take longer than that while, the slowest of the last ones sets the pace.
 */
export class RefusalPace {
  readonly #leastMs: number;
  readonly #last: number[] = [];

  constructor(leastMs: number) {
    this.#leastMs = leastMs;
  }

  /** Does something, and lets the time pass when nothing comes of it. */
  async refuseLate<T>(attempt: () => Promise<T | undefined>): Promise<T | undefined> {
    const start = performance.now();
    const answer = await attempt();
    if (answer !== undefined) return answer;
    const took = performance.now() - start;
    if (took > this.#leastMs) {
      this.#last.push(took);
      if (this.#last.length > remembered) this.#last.shift();
    }
    await delay(Math.max(this.#leastMs, ...this.#last) - took);
    return undefined;
  }
}
