/** What the beats of processes tell of them. */
export interface HeartbeatsOptions {
  /** Told of every process that is stuck, or is no more, whenever that changes. */
  readonly onStuck: (numbers: readonly number[]) => void;
  /** Told once of a process that has stood still for too long. */
  readonly onLost: (number: number) => void;
  readonly stuckAfter?: number;
  readonly lostAfter?: number;
}

/** How often a process lets its heart be heard, and how often it is listened for, in milliseconds. */
export const beatMs = 1000;
/** Seconds without a beat after which a process is said to be stuck. */
const stuckAfterBeats = 5;
/** Seconds without a beat after which it is given up: longer than any pause that a process comes back from by itself. */
export const lostAfterBeats = 20;

/**
 * Listens for the beats of several processes. Turns without a beat are counted, and not the time that has passed: where this
 * process itself stood still, or the whole machine, nobody else is at fault.
 */
export class Heartbeats {
  readonly #options: HeartbeatsOptions;
  readonly #missed = new Map<number, number>();
  #stuck: readonly number[] = [];

  constructor(options: HeartbeatsOptions) {
    this.#options = options;
  }

  /** The processes that are stuck now. */
  get stuck(): readonly number[] {
    return this.#stuck;
  }

  /** A process was heard; from its first beat on it is listened for. */
  heard(number: number): void {
    this.#missed.set(number, 0);
    this.#tell();
  }

  /** A process is no more. */
  forget(number: number): void {
    this.#missed.delete(number);
    this.#tell();
  }

  /** To be called once in `beatMs`. */
  turn(): void {
    const { onLost, lostAfter = lostAfterBeats } = this.#options;
    for (const [number, missed] of this.#missed) {
      this.#missed.set(number, missed + 1);
      if (missed + 1 === lostAfter) onLost(number);
    }
    this.#tell();
  }

  #tell(): void {
    const { onStuck, stuckAfter = stuckAfterBeats } = this.#options;
    const stuck = [...this.#missed].filter(([, missed]) => missed >= stuckAfter).map(([number]) => number);
    if (stuck.join() === this.#stuck.join()) return;
    this.#stuck = stuck;
    onStuck(stuck);
  }
}
