import type { StoredSession } from '../../session/store.ts';
import type { ChangeNotice } from './calls.ts';

/** So many sessions are kept at least, and twice as many at most: a few megabytes. */
const generationSize = 16_384;

/**
 * The sessions found lately, by the hash of their token, so that the many requests of one page read a row once. A session is
 * given from here only while its row is known to be as it was read: before the writer commits it counts the commit in
 * memory that both threads see, and sends the numbers of the rows that it changed. Between the two nothing is given, and a
 * row that was named is not kept again before the answers of that commit have come.
 */
export class KeptSessions {
  readonly #begunCommits: () => number;
  #notedCommits = 0;
  readonly #changing = new Set<number>();
  #young = new Generation();
  #old = new Generation();
  /** The row numbers seen last, each in the place of its remainder. */
  readonly #seen = new Uint32Array(2 * generationSize);

  /** `begunCommits` reads the number of the last commit that was begun, 0 before the first. */
  constructor(begunCommits: () => number) {
    this.#begunCommits = begunCommits;
  }

  /** The session of a token hash, if it is kept and its row is unchanged. */
  find(hash: string): StoredSession | undefined {
    if (this.#begunCommits() !== this.#notedCommits) return undefined;
    const young = this.#young.sessions.get(hash);
    if (young !== undefined) return young;
    const old = this.#old.sessions.get(hash);
    if (old !== undefined) this.#put(hash, old);
    return old;
  }

  /**
   * Keeps a session whose row was just read, if it is not the first time of late: where every request is of another
   * session, keeping would only cost.
   */
  keep(hash: string, session: StoredSession): void {
    const { number } = session;
    const place = number % this.#seen.length;
    if (this.#seen[place] !== number) {
      this.#seen[place] = number;
      return;
    }
    // The row may have been read before a commit that has begun since.
    if (this.#begunCommits() === this.#notedCommits && !this.#changing.has(number)) this.#put(hash, session);
  }

  /** Lets go of the rows that a commit is about to change. */
  release({ commit, rows }: ChangeNotice): void {
    for (const number of rows) {
      this.#changing.add(number);
      this.#young.delete(number);
      this.#old.delete(number);
    }
    this.#notedCommits = commit;
  }

  /** Lets go of everything. */
  clear(): void {
    this.#young = new Generation();
    this.#old = new Generation();
  }

  /** To be called when the answers of a commit have come and no snapshot from before it is open. */
  settle(): void {
    this.#changing.clear();
  }

  /** What was not asked for while a whole generation grew up is forgotten with the one before. */
  #put(hash: string, session: StoredSession): void {
    if (this.#young.sessions.size >= generationSize) {
      this.#old = this.#young;
      this.#young = new Generation();
    }
    this.#young.sessions.set(hash, session);
    this.#young.hashes.set(session.number, hash);
  }
}

class Generation {
  readonly sessions = new Map<string, StoredSession>();
  readonly hashes = new Map<number, string>();

  delete(number: number): void {
    const hash = this.hashes.get(number);
    if (hash === undefined) return;
    this.hashes.delete(number);
    this.sessions.delete(hash);
  }
}
