import type { Clock } from '../core/clock.ts';

interface Kept {
  readonly answer: Promise<unknown>;
  readonly version: number;
  /** Until when it is given again, and until when to those who know of nothing newer; epoch milliseconds. */
  until: number;
  untilNewer: number;
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

  /**
   * The answer under a key, made now unless a recent one is known. One that was dear is kept for longer, but not for those
   * who come with a greater version. One that failed is not kept.
   */
  get<Result>(key: string, version: number, make: () => Promise<Result>): Promise<Result> {
    const known = this.#kept.get(key);
    if (known !== undefined && this.#isFresh(known, version)) return known.answer as Promise<Result>;
    const begun = performance.now();
    const answer = make();
    const forever = Number.POSITIVE_INFINITY;
    const kept: Kept = { answer, version, until: forever, untilNewer: forever };
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
    answer.then(
      () => {
        const now = this.#clock.now();
        kept.until = now + leastMs;
        kept.untilNewer = now + Math.max(leastMs, timesWorth * (performance.now() - begun));
      },
      () => {
        if (this.#kept.get(key) === kept) this.#kept.delete(key);
      },
    );
    return answer;
  }

  #isFresh(kept: Kept, version: number): boolean {
    const now = this.#clock.now();
    return now < kept.until || (now < kept.untilNewer && version <= kept.version);
  }
}
