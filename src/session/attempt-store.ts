import type { AttemptPlace, Failed, Standing } from './attempts.ts';
import type { Eventually, SliceResult } from './store.ts';

/** So many tries within one window of time. */
export interface Tries {
  /** This one too. */
  readonly count: number;
  /** Epoch milliseconds: when the window ends, and counting begins anew. */
  readonly until: number;
}

/**
 * What all processes that share a store know of failed attempts to sign in. It is neither a session nor evidence: nothing of it
 * stands in the journal, and it is forgotten by itself. What is told has been counted durably.
 */
export interface AttemptStore {
  /** What stands against a place, whoever counted it. @throws CurfewError `store_unavailable` */
  standing(place: AttemptPlace, now: number): Eventually<Standing>;
  /** Counts a failure unless the place is closed by then, all in one transaction. @throws CurfewError `store_unavailable`, `store_full` */
  fail(place: AttemptPlace, now: number): Promise<Failed>;
  /**
   * Clears the failures of the account at the address, and notes the address as known to the account; in one transaction, and
   * nothing of it when the place is closed by then.
   * @returns from when on it is open; not later than `now` when it was done
   */
  succeed(place: AttemptPlace, now: number): Promise<number>;
  /**
   * From when on a place is open, looked at in its turn: after every failure that others have begun to count by now. So a
   * verdict that changes nothing is told in the same order as those that do. @throws CurfewError `store_unavailable`, `store_full`
   */
  confirm(place: AttemptPlace, now: number): Promise<number>;
  /**
   * Counts a try of something that is limited for a window of time, which begins with the first. Of tries alone the last ones may be forgotten
   * when the store breaks down. @throws CurfewError `store_unavailable` also where there are too many at once
   */
  spend(key: string, windowMs: number, now: number): Promise<Tries>;
  /** Deletes what is forgotten by an instant. */
  forget(now: number): Promise<SliceResult>;
}
