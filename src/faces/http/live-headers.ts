import type { StoredSession } from '../../session/store.ts';

/** So many sessions have their headers kept at least, and twice as many at most, about a kilobyte each. */
const generationSize = 16_384;

interface Kept {
  readonly session: StoredSession;
  readonly headers: readonly string[];
}

/**
 * The headers of sessions that are checked again and again: making them takes longer than everything else of a check. They
 * belong to one reading of a row, so they are given again only for the very same object; a store that reads a row anew
 * makes another.
 */
export class LiveHeaders {
  /** The row numbers seen last, each in the place of its remainder. */
  readonly #seen = new Uint32Array(4 * generationSize);
  readonly #make: (session: StoredSession) => readonly string[];
  #young = new Map<number, Kept>();
  #old = new Map<number, Kept>();

  /** @param make writes the headers of a session, names and values in turn, from nothing but that session */
  constructor(make: (session: StoredSession) => readonly string[]) {
    this.#make = make;
  }

  /** The headers of a session; not to be changed. */
  of(session: StoredSession): readonly string[] {
    const { number } = session;
    const young = this.#young.get(number);
    if (young?.session === session) return young.headers;
    const old = this.#old.get(number);
    if (old?.session === session) {
      this.#put(number, old);
      return old.headers;
    }
    const headers = this.#make(session);
    // Where every request is of another session, keeping would only cost.
    const place = number % this.#seen.length;
    if (this.#seen[place] === number) this.#put(number, { session, headers });
    else this.#seen[place] = number;
    return headers;
  }

  /** What was not asked for while a whole generation grew up is forgotten with the one before. */
  #put(number: number, kept: Kept): void {
    if (this.#young.size >= generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(number, kept);
  }
}
