import { actorOf, type Caller } from '../../access/caller.ts';
import { CurfewError } from '../../core/errors.ts';

const mostStreams = 256;
const mostPerCaller = 16;
/** A place is given back when somebody closes a window, not a moment later by itself. */
const retryAfterSeconds = 15;

/** How many streams of events there are, and how many were refused because one caller, or this process, has no room. */
export interface StreamCounts {
  readonly open: number;
  readonly refused: Readonly<Record<'caller' | 'node', number>>;
}

/** The places for streams of events of this process, in all and of each caller. */
export class StreamPlaces {
  readonly #taken = new Map<string, number>();
  readonly #refused = { caller: 0, node: 0 };
  #open = 0;

  /** As they stand when they are read. */
  get counts(): StreamCounts {
    return { open: this.#open, refused: this.#refused };
  }

  /**
   * Takes a place.
   * @returns what gives it back
   * @throws CurfewError `rate_limited`, whose fact `full` says what has no room: the `caller` or the `node`
   */
  take(caller: Caller): () => void {
    const { kind, id } = actorOf(caller);
    const key = 'session' in caller && caller.session !== undefined ? caller.session.id : `${kind} ${id}`;
    const own = this.#taken.get(key) ?? 0;
    if (own >= mostPerCaller)
      throw this.#full('caller', `The caller follows ${own} streams already; close one of them.`);
    if (this.#open >= mostStreams)
      throw this.#full('node', 'This node has no room for another stream; ask another node.');
    this.#taken.set(key, own + 1);
    this.#open += 1;
    return () => {
      this.#open -= 1;
      const left = (this.#taken.get(key) ?? 1) - 1;
      if (left > 0) this.#taken.set(key, left);
      else this.#taken.delete(key);
    };
  }

  #full(full: 'caller' | 'node', message: string): CurfewError {
    this.#refused[full] += 1;
    return new CurfewError('rate_limited', message, { retryAfterSeconds, facts: { full } });
  }
}
