import { touchIntervalMs } from './session.ts';
import type { StoredSession, Touch } from './store.ts';

/** Accesses in one portion. */
const mostAtOnce = 5000;

interface PendingTouch {
  readonly firstAccessAt: number;
  lastAccessAt: number;
  /** When it must be written at the latest. */
  dueAt: number;
}

/**
 * Last accesses seen but not yet written. An access moves in memory and reaches the store at most once per touch
 * interval; one that keeps alive a session whose written limit is near is urgent, so that whoever reads the store
 * finds it live.
 */
export class Touches {
  readonly #pending = new Map<number, PendingTouch>();
  readonly #urgent = new Set<number>();
  /** No access that waits is due before this instant. */
  #nothingDueBefore = Number.POSITIVE_INFINITY;
  readonly #write: (touches: readonly Touch[]) => Promise<void>;
  readonly #onUrgent: () => void;

  /** `onUrgent` is told when an access becomes urgent that was not. */
  constructor(write: (touches: readonly Touch[]) => Promise<void>, onUrgent: () => void = () => {}) {
    this.#write = write;
    this.#onUrgent = onUrgent;
  }

  /** How many accesses wait to be written. */
  get size(): number {
    return this.#pending.size;
  }

  /** The last access known of a session: the written one or a later one that waits. */
  lastAccessAt(session: StoredSession): number {
    const pending = this.#pending.get(session.number);
    return pending !== undefined && pending.lastAccessAt > session.lastAccessAt
      ? pending.lastAccessAt
      : session.lastAccessAt;
  }

  /** Notes an access. Several within the touch interval become one write. */
  note(session: StoredSession, now: number): void {
    const pending = this.#pending.get(session.number);
    if (pending === undefined) {
      if (now <= session.lastAccessAt) return;
      const dueAt = now + touchIntervalMs(session.idleTimeoutMs);
      this.#pending.set(session.number, { firstAccessAt: now, lastAccessAt: now, dueAt });
      this.#nothingDueBefore = Math.min(this.#nothingDueBefore, dueAt);
    } else if (now > pending.lastAccessAt) {
      pending.lastAccessAt = now;
    }
    const { idleTimeoutMs } = session;
    if (
      idleTimeoutMs !== null &&
      session.lastAccessAt + idleTimeoutMs - now < 2 * touchIntervalMs(idleTimeoutMs)
    ) {
      if (this.#urgent.has(session.number)) return;
      this.#urgent.add(session.number);
      this.#onUrgent();
    }
  }

  /** Writes what is due by `now`, and everything urgent. */
  async flushDue(now: number): Promise<void> {
    const due: Touch[] = [];
    for (const [number, pending] of this.#pending) {
      if (pending.dueAt <= now || this.#urgent.has(number)) due.push(touchOf(number, pending));
    }
    await this.#flush(due);
    let earliest = Number.POSITIVE_INFINITY;
    for (const { dueAt } of this.#pending.values()) if (dueAt < earliest) earliest = dueAt;
    this.#nothingDueBefore = earliest;
  }

  /**
   * Writes the accesses that decide whether a written row is live at `now`. To be awaited before the store is asked for
   * live rows. An access that was not urgent when it was noted decides too once it is overdue, as after a machine slept
   * or a disk was full: its row looks idle, and a cut would pass by the row without a mark.
   */
  async flushUrgent(now: number): Promise<void> {
    if (now >= this.#nothingDueBefore) return this.flushDue(now);
    const due: Touch[] = [];
    for (const number of this.#urgent) {
      const pending = this.#pending.get(number);
      if (pending !== undefined) due.push(touchOf(number, pending));
    }
    await this.#flush(due);
  }

  /** Writes everything, in one call of the store before anything is awaited, so that whatever is called next finds it. */
  async flushAll(): Promise<void> {
    await this.#flush(this.#all());
  }

  /**
   * Writes everything that is gathered by now, in portions, since whatever is decided by the ledger waits for the commit of
   * one. To be awaited before the store is asked about last accesses.
   */
  async flushInPortions(): Promise<void> {
    const all = this.#all();
    for (let from = 0; from < all.length; from += mostAtOnce)
      await this.#flush(all.slice(from, from + mostAtOnce));
  }

  #all(): Touch[] {
    return [...this.#pending].map(([number, pending]) => touchOf(number, pending));
  }

  async #flush(touches: readonly Touch[]): Promise<void> {
    if (touches.length === 0) return;
    await this.#write(touches);
    // Only what was written leaves; an access that came meanwhile stays, and stays urgent.
    for (const { number, lastAccessAt } of touches) {
      if (this.#pending.get(number)?.lastAccessAt !== lastAccessAt) continue;
      this.#pending.delete(number);
      this.#urgent.delete(number);
    }
  }
}

function touchOf(number: number, { firstAccessAt, lastAccessAt }: PendingTouch): Touch {
  return { number, lastAccessAt, ...(firstAccessAt === lastAccessAt ? {} : { firstAccessAt }) };
}
