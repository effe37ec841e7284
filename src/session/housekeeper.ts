import type { Clock } from '../core/clock.ts';
import type { Registry } from './registry.ts';
import type { SliceResult, Store } from './store.ts';

/** The pieces of background work, as logs and metrics name them. */
export type HousekeepingTask = 'sweep' | 'expire' | 'purge' | 'touches' | 'refusals' | 'retire';

/** Told what the background work meets. It must not throw. */
export interface HousekeepingObserver {
  /** A sweep came to its end, so many seconds after its revocation was made. */
  swept(seq: number, seconds: number): void;
  /** A task fails that did not before. */
  failed(task: HousekeepingTask, error: unknown): void;
  /** A task works again. */
  recovered(task: HousekeepingTask): void;
}

export interface HousekeeperOptions {
  readonly registry: Registry;
  readonly store: Store;
  readonly clock: Clock;
  readonly observer: HousekeepingObserver;
  /** How long ended sessions are kept. */
  readonly historyMs: number;
  /** False where another process marks and deletes rows; what lies in memory is looked after all the same. */
  readonly tendsStore?: boolean;
  /** Whether other processes write accesses too, which may be under way to the store. */
  readonly isShared?: boolean;
  /** How often it looks for work. */
  readonly intervalMs?: number;
}

const purgeEveryMs = 60_000;
/** The clocks of nodes and of those who sign people in may differ by so much. */
const keysBeyondMs = 300_000;
/**
 * Where several processes note accesses, a row is marked as idle only so long after its limit, since an access of the last
 * moment may be on its way from another. The session is dead from its limit on all the same.
 */
const othersAccessMs = 5000;

/**
 * The background work: sweeps what revocations ended, marks what has idled out or expired, writes what is gathered in
 * memory, deletes history that is too old, and lets go of revocations that can matter no longer. Work comes in slices,
 * and between two slices everybody else has a turn.
 */
export class Housekeeper {
  readonly #options: HousekeeperOptions;
  readonly #failing = new Set<HousekeepingTask>();
  /** Active revocations whose sweep has ended here, with the instant they were made. */
  readonly #sweptAt = new Map<number, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  #stopped = false;
  #purgedAt = Number.NEGATIVE_INFINITY;

  constructor(options: HousekeeperOptions) {
    this.#options = options;
  }

  /** Starts to look for work in intervals. A long sweep does not hold up the rest. */
  start(): void {
    this.#repeat(() => this.#sweepUp());
    this.#repeat(() => this.#keepUp());
  }

  /** Ends after the slices under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#running);
  }

  /** Does everything there is to do, once. */
  async tidy(): Promise<void> {
    await this.#keepUp();
    await this.#sweepUp();
  }

  async #sweepUp(): Promise<void> {
    const { store, clock, tendsStore = true } = this.#options;
    if (tendsStore) await this.#attempt('sweep', () => this.#slices(() => store.sweep(clock.now())));
    await this.#attempt('retire', () => this.#retire());
  }

  async #keepUp(): Promise<void> {
    const { registry, store, clock, historyMs, tendsStore = true, isShared = false } = this.#options;
    // Rows are marked as idle for the instant at which every access that could save one is written.
    const now = clock.now();
    const areWritten = await this.#attempt('touches', () => registry.touches.flushDue(now));
    await this.#attempt('refusals', () => registry.refusals.flush());
    if (!tendsStore) return;
    const idleBefore = isShared ? now - othersAccessMs : now;
    if (areWritten) await this.#attempt('expire', () => this.#slices(() => store.expire(idleBefore)));
    if (now - this.#purgedAt < purgeEveryMs) return;
    this.#purgedAt = now;
    await this.#attempt('purge', async () => {
      // However little history is kept, a sign-in must not be used twice: neither that of an application, nor an answer of a provider.
      const keysForMs = Math.max(historyMs, registry.maxSignInAgeMs + keysBeyondMs);
      await this.#slices(() => store.purge(now - historyMs, now - keysForMs));
      await this.#slices(() => store.attempts.forget(now));
    });
  }

  #repeat(work: () => Promise<void>, delayMs = 0): void {
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const turn = work().finally(() => {
        this.#running.delete(turn);
        this.#repeat(work, this.#options.intervalMs ?? 1000);
      });
      this.#running.add(turn);
    }, delayMs);
    this.#timers.add(timer.unref());
  }

  async #slices(next: () => Promise<SliceResult>): Promise<void> {
    while (!this.#stopped) {
      const { more, completed } = await next();
      for (const seq of completed) await this.#noteSwept(seq);
      if (!more) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #noteSwept(seq: number): Promise<void> {
    const { store, clock, observer } = this.#options;
    const [entry] = await store.revocations({ after: seq - 1, limit: 1 });
    if (entry === undefined) return;
    this.#sweptAt.set(seq, entry.at);
    observer.swept(seq, Math.max(0, clock.now() - entry.at) / 1000);
  }

  /**
   * Lets go of the oldest active revocations: those that are swept, and older than a sign-in may be. The ledger in
   * memory must stay a suffix of the whole one, so it stops at the first that is needed still.
   */
  async #retire(): Promise<void> {
    const { registry, store, clock } = this.#options;
    const before = clock.now() - registry.maxSignInAgeMs;
    let last = 0;
    for (const seq of registry.ledger.activeSeqs()) {
      const at = this.#sweptAt.get(seq) ?? (await sweptEntryAt(store, seq));
      if (at === undefined || at >= before) break;
      last = seq;
    }
    if (last === 0) return;
    registry.ledger.retireUpTo(last);
    for (const seq of this.#sweptAt.keys()) if (seq <= last) this.#sweptAt.delete(seq);
  }

  /**
   * What fails is tried again at the next turn; it is told once when it starts to fail, and once when it is well again.
   * @returns whether it went well
   */
  async #attempt(task: HousekeepingTask, run: () => Promise<void>): Promise<boolean> {
    if (this.#stopped) return false;
    try {
      await run();
      if (this.#failing.delete(task)) this.#options.observer.recovered(task);
      return true;
    } catch (error) {
      if (!this.#failing.has(task)) this.#options.observer.failed(task, error);
      this.#failing.add(task);
      return false;
    }
  }
}

/** When a revocation was made, if its sweep has ended: before this start, or on another node. */
async function sweptEntryAt(store: Store, seq: number): Promise<number | undefined> {
  const [entry] = await store.revocations({ after: seq - 1, limit: 1 });
  return entry?.seq === seq && entry.sweptAt !== null ? entry.at : undefined;
}
