import type { StoredSession } from '../../session/store.ts';
import { headerList, headerPair, headerText } from './header-text.ts';

/** A power of two: so many sessions have their headers kept at most, about a kilobyte each. */
const places = 16_384;

/** The flat list of headers that say who a session is, as `writeHead` takes it. */
function headersOf(session: StoredSession): string[] {
  return [
    'Remote-User',
    headerText(session.username),
    'Remote-Groups',
    headerList(session.accessGroups),
    'Remote-Realm',
    headerText(session.realm),
    'Remote-Provider',
    headerPair(session.provider.type, session.provider.name),
    'Session-Id',
    session.id,
    'Cache-Control',
    'no-store',
  ];
}

/**
 * The headers of sessions that are checked again and again: making them takes longer than everything else of a check. They
 * belong to one reading of a row, so they are given again only for the very same object; a store that reads a row anew
 * makes another.
 */
export class LiveHeaders {
  readonly #seen = new Uint32Array(places);
  readonly #sessions = new Array<StoredSession | undefined>(places).fill(undefined);
  readonly #headers = new Array<readonly string[]>(places).fill([]);

  /** The headers of a session; not to be changed. */
  of(session: StoredSession): readonly string[] {
    const { number } = session;
    const place = number & (places - 1);
    if (this.#sessions[place] === session) return this.#headers[place] as readonly string[];
    const headers = headersOf(session);
    // Where every request is of another session, keeping would only cost.
    if (this.#seen[place] === number >>> 0) {
      this.#sessions[place] = session;
      this.#headers[place] = headers;
    } else this.#seen[place] = number;
    return headers;
  }
}
