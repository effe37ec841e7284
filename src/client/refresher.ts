/** Runs something again and again as others ask for it: so long after its last end at the earliest, and never twice at once. */
export class Refresher {
  readonly #run: () => Promise<void>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How long after the last end it shall run again; undefined while nobody has asked. */
  #wantedMs: number | undefined;
  #endedAt = Number.NEGATIVE_INFINITY;
  #isRunning = false;
  #isStopped = false;

  /** @param run must not throw */
  constructor(run: () => Promise<void>) {
    this.#run = run;
  }

  /** Runs it so many milliseconds after its last end, or now if these have passed. */
  within(leastMs: number): void {
    if (this.#wantedMs !== undefined && this.#wantedMs <= leastMs) return;
    this.#wantedMs = leastMs;
    this.#wait();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #wait(): void {
    if (this.#isStopped || this.#isRunning || this.#wantedMs === undefined) return;
    clearTimeout(this.#timer);
    const waitMs = this.#endedAt + this.#wantedMs - performance.now();
    this.#timer = setTimeout(() => void this.#now(), Math.max(0, waitMs));
  }

  async #now(): Promise<void> {
    this.#wantedMs = undefined;
    this.#isRunning = true;
    await this.#run();
    this.#isRunning = false;
    this.#endedAt = performance.now();
    this.#wait();
  }
}
