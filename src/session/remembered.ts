import type { Clock } from '../core/clock.ts';

interface Kept {
  readonly answer: Promise<unknown>;
  /** Until when it is given again, epoch milliseconds; while it is being made, for ever. */
  until: number;
}

const leastMs = 1000;
/** An answer is given again for so many times as long as it took, so that dear ones are made anew less often. */
const timesWorth = 10;
const mostKept = 64;

/** Answers that many ask for at once: whoever asks the same meanwhile, or shortly after, gets the same. */
export class Remembered {
  readonly #kept = new Map<string, Kept>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The answer under a key, made now unless a recent one is known. One that failed is not kept. */
  get<Result>(key: string, make: () => Promise<Result>): Promise<Result> {
    const known = this.#kept.get(key);
    if (known !== undefined && this.#clock.now() < known.until) return known.answer as Promise<Result>;
    const begun = performance.now();
    const answer = make();
    const kept: Kept = { answer, until: Number.POSITIVE_INFINITY };
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
    answer.then(
      () => {
        const tookMs = performance.now() - begun;
        kept.until = this.#clock.now() + Math.max(leastMs, timesWorth * tookMs);
      },
      () => {
        if (this.#kept.get(key) === kept) this.#kept.delete(key);
      },
    );
    return answer;
  }
}
