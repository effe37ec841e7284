import type { CurfewError } from '../../core/errors.ts';

const firstPauseMs = 50;
const longestPauseMs = 2000;

/**
 * What the connections of one store know together of a database that cannot be reached: one of them tries, the others do not
 * try at the same instant again, and when one gets through all may. So a node answers again all at once, and does not say
 * now yes and now no while each of its connections waits for the end of a pause of its own.
 */
export class Outage {
  /** The place of the server that could be written the last time. */
  way = 0;
  #failures = 0;
  #until = 0;
  #failure: CurfewError | undefined;

  /** Why nobody is to try now; undefined when somebody may. */
  get failure(): CurfewError | undefined {
    return performance.now() < this.#until ? this.#failure : undefined;
  }

  /** Begins a pause, which grows and is drawn by lot, so that many nodes do not come back at the same instant. */
  begin(failure: CurfewError): void {
    this.#failure = failure;
    // Attempts that ran beside the first one are the same failure.
    if (performance.now() < this.#until) return;
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#failures);
    this.#failures += 1;
    this.#until = performance.now() + pauseMs * (0.5 + Math.random() / 2);
  }

  /** Ends it: somebody got through. */
  end(): void {
    this.#failures = 0;
    this.#until = 0;
    this.#failure = undefined;
  }
}
