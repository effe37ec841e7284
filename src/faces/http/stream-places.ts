import { actorOf, type Caller, realmOf } from '../../access/caller.ts';
import { CurfewError } from '../../core/errors.ts';

const mostStreams = 256;
/** The rest is for those who may reach every realm or hold `administrator`: nobody below them can shut them out. */
const mostForOthers = 192;
const mostPerPerson = 16;
/** A place is given back when somebody closes a window, not a moment later by itself. */
const retryAfterSeconds = 15;

/** How many streams of events there are, and how many were refused because one person or key, or this process, has no room. */
export interface StreamCounts {
  readonly open: number;
  readonly refused: Readonly<Record<'caller' | 'node', number>>;
}

/** The places for streams of events of this process, in all and of each person or key. */
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
    const key = whose(caller);
    const own = this.#taken.get(key) ?? 0;
    if (own >= mostPerPerson)
      throw this.#full(
        'caller',
        `You follow ${own} streams already, in all your sessions together; close one of them.`,
      );
    if (this.#open >= (mayUseReserve(caller) ? mostStreams : mostForOthers))
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

/**
 * Whose place it is, however many sessions that person has. A session made with a password that is kept here belongs to its
 * administrator, who may come with that password too; of a directory or provider one record can stand for a whole group, so
 * there the user counts.
 */
function whose(caller: Caller): string {
  const { kind, id } = actorOf(caller);
  const session = 'session' in caller ? caller.session : undefined;
  if (session === undefined) return JSON.stringify([kind, id]);
  const { realm, username, provider } = session;
  const isOfRecord = caller.kind === 'administrator' && caller.adminId >= 0 && provider.type === 'basic';
  return JSON.stringify(isOfRecord ? [kind, id] : ['user', realm, username]);
}

function mayUseReserve(caller: Caller): boolean {
  if (realmOf(caller) === null) return true;
  return caller.kind === 'administrator' && caller.accessGroups.includes('administrator');
}
