import { smallCut } from '../../session/revocation.ts';
import { limitPassed } from '../../session/session.ts';
import type { RevokeCommand, RevokeOutcome, SessionPage, StoredSession } from '../../session/store.ts';
import type { ChangeNotice, ReaderCalls, WriterCalls } from './calls.ts';
import type { Thread } from './thread.ts';

interface Threads {
  readonly writer: Pick<Thread<WriterCalls>, 'call'>;
  readonly reader: Pick<Thread<ReaderCalls>, 'call'>;
}

/**
 * Makes cuts, and tells a wide one with the first sessions that it ended. The writer has enough to do with counting them, so
 * another thread reads the first page at the same time. What was read so belongs to the answer only if no commit up to that
 * of the cut has changed one of its rows and no other cut came between; else the page is read anew, from what the cut ended.
 */
export class Cuts {
  readonly #threads: Threads;
  /** Where other processes write too, nobody says what they change. */
  readonly #hearsChanges: boolean;
  readonly #changedSince = new Set<Set<number>>();

  constructor(threads: Threads, hearsChanges: boolean) {
    this.#threads = threads;
    this.#hearsChanges = hearsChanges;
  }

  /** To be told of every commit, before the answers of its calls come. */
  note({ rows }: ChangeNotice): void {
    for (const changed of this.#changedSince) for (const number of rows) changed.add(number);
  }

  /** Carries out a cut. `head` is the number of the last one known here. */
  async revoke(command: RevokeCommand, head: number): Promise<RevokeOutcome> {
    const { writer, reader } = this.#threads;
    const { selector, now, tell = smallCut } = command;
    const changed = new Set<number>();
    this.#changedSince.add(changed);
    try {
      const cut = writer.call('revoke', command);
      const page =
        this.#hearsChanges && tell > 0
          ? reader.call('list', { selector, state: 'live', now, limit: tell }).catch(() => undefined)
          : undefined;
      const outcome = await cut;
      if (outcome.kind !== 'revoked' || outcome.revocation.matched <= smallCut) return outcome;
      if (tell === 0) return outcome;
      const isNext = outcome.revocation.seq === head + 1;
      const read = isNext ? await page : undefined;
      return {
        ...outcome,
        sessions: endedIn(read, outcome, changed, tell) ?? (await this.#reread(outcome, tell)),
      };
    } finally {
      this.#changedSince.delete(changed);
    }
  }

  /** The cut is committed and final, so what is told of it beside cannot make it fail any more. */
  async #reread({ revocation }: Revoked, limit: number): Promise<readonly StoredSession[]> {
    const { selector, at, seq } = revocation;
    const query = { selector, state: 'any', now: at, revocation: seq, limit } as const;
    const page = await this.#threads.reader.call('list', query).catch(() => undefined);
    return page?.sessions ?? [];
  }
}

type Revoked = Extract<RevokeOutcome, { kind: 'revoked' }>;

/** The sessions of a page as the cut ended them; undefined unless it ended every one of them. */
function endedIn(
  page: SessionPage | undefined,
  { revocation: { at, seq } }: Revoked,
  changed: ReadonlySet<number>,
  asked: number,
): StoredSession[] | undefined {
  // The page may have been read after the cut; whoever signed in since is not named by it.
  const isEnded = (session: StoredSession): boolean =>
    !changed.has(session.number) && session.epoch < seq && limitPassed(session, at) === undefined;
  if (page === undefined || page.sessions.length < asked || !page.sessions.every(isEnded)) return undefined;
  return page.sessions.map((session) => ({ ...session, ended: { at, reason: 'revoked', revocation: seq } }));
}
