import type { Clock } from '../../src/core/clock.ts';

/** An instant that tests start at: 2030-01-01T00:00:00Z, whole seconds so that texts of instants are short. */
export const startOfTime = Date.UTC(2030, 0, 1);

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;

/** A clock that stands still until a test moves it. It keeps the promise of a clock: it is never moved back. */
export class ManualClock implements Clock {
  #now: number;

  constructor(now: number = startOfTime) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** Moves the clock forward. */
  advance(ms: number): void {
    if (ms < 0) throw new RangeError(`a clock never goes back, not by ${-ms} ms either`);
    this.#now += ms;
  }
}

/** The ISO text of an instant, as selectors hold it. */
export function iso(instant: number): string {
  return new Date(instant).toISOString();
}
