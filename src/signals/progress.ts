import type { Clock } from '../core/clock.ts';
import type { Store } from '../session/store.ts';
import type { SweepFact } from './facts.ts';

/** The newest revocations that are followed: those unswept, and those made within the hour. */
const mostFollowed = 20;
const followedMs = 3_600_000;

/** Follows how far the newest revocations have come, and how often what they ended is used since. */
export class Progress {
  readonly #store: Pick<Store, 'revocations' | 'refusedSince'>;
  readonly #clock: Clock;
  #current: readonly SweepFact[] = [];

  constructor(store: Pick<Store, 'revocations' | 'refusedSince'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** What has changed since the time before, up to a revocation, the oldest first; at first, all that is followed. */
  async changes(upTo: number): Promise<SweepFact[]> {
    const since = this.#clock.now() - followedMs;
    const newest = await this.#store.revocations({ limit: mostFollowed, before: upTo + 1 });
    const followed = newest.filter(({ sweptAt, at }) => sweptAt === null || at >= since).reverse();
    const counts = await this.#store.refusedSince(followed.map(({ seq }) => seq));
    const facts = followed.map((entry, index): SweepFact => {
      return { type: 'sweep', entry, refused: counts[index] ?? 0 };
    });
    const told = new Map(this.#current.map((fact) => [fact.entry.seq, textOf(fact)]));
    this.#current = facts;
    return facts.filter((fact) => told.get(fact.entry.seq) !== textOf(fact));
  }

  /** How all that is followed stood the last time. */
  get current(): readonly SweepFact[] {
    return this.#current;
  }

  /** Forgets what was told. */
  forget(): void {
    this.#current = [];
  }
}

function textOf({ entry, refused }: SweepFact): string {
  return `${entry.swept} ${entry.sweptAt} ${refused}`;
}
