import { signal } from '@preact/signals';
import { call, type Inputs, isAbort } from '../../api.ts';
import { AskedAgain } from '../../asked-again.ts';
import type { Session } from './view.ts';

/** A page of the list. Its rows are dropped when it lies far from what is seen, and fetched anew by its cursor. */
interface Page {
  readonly cursor: string | undefined;
  rows: readonly Session[] | undefined;
  length: number;
}

export const pageSize = 200;
/** Rows are fetched when the reader is so near to the end of what is there. */
const ahead = 2 * pageSize;
/** Pages whose rows are kept on either side of what is seen. */
const keptPages = 8;

/**
 * The rows of one list, page by page. A place in the list is a cursor, so that far pages cost as much as near ones; rows that
 * nobody sees are let go, and their place is kept.
 */
export class SessionPages {
  /** Every row so far; undefined where one was let go. */
  readonly rows = signal<readonly (Session | undefined)[]>([]);
  readonly isLoading = signal(true);
  /** Sessions that were in the list and have left it since: their rows stay where they are. */
  readonly gone = signal<ReadonlySet<string>>(new Set());
  readonly #input: Inputs['sessions.list'];
  readonly #stop = new AbortController();
  #pages: Page[] = [];
  #next: string | undefined;
  #isComplete = false;
  #fetching = new Set<string | undefined>();
  #view = { first: 0, last: 0 };
  readonly #again = new AskedAgain(() => this.#goOn());
  /** What the list met last; undefined while all is well. */
  readonly error = this.#again.error;

  constructor(input: Inputs['sessions.list']) {
    this.#input = input;
    void this.#append();
  }

  /** Whether the end of the list is among the rows. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Gives up what is under way; the list is not shown any more. */
  close(): void {
    this.#stop.abort();
    this.#again.close();
  }

  /** Asks again at once for what could not be had. */
  retry(): void {
    this.#again.now();
  }

  /** Asks again at once where the server may be there again. */
  hurry(): void {
    this.#again.hurry();
  }

  /** Says which rows are seen: pages near them are fetched, those far away let go. */
  see(first: number, last: number): void {
    this.#view = { first, last };
    if (last + ahead > this.rows.value.length) void this.#append();
    let start = 0;
    let isChanged = false;
    for (const page of this.#pages) {
      const end = start + page.length;
      const far = keptPages * pageSize;
      if (page.rows === undefined && start < last + pageSize && end > first - pageSize)
        void this.#refill(page);
      else if (page.rows !== undefined && (end < first - far || start > last + far)) {
        page.rows = undefined;
        isChanged = true;
      }
      start = end;
    }
    if (isChanged) this.#publish();
  }

  /** Begins anew from the first page, which takes the place of all rows when it is there. */
  async reload(): Promise<void> {
    const page = await this.#fetch(undefined);
    if (page === undefined) return;
    this.#pages = [{ cursor: undefined, rows: page.sessions, length: page.sessions.length }];
    this.#next = page.nextCursor;
    this.#isComplete = page.nextCursor === undefined;
    this.gone.value = new Set();
    this.#publish();
  }

  /**
   * Looks again at the rows that are seen. What has left the list stays where it is and is marked; what has changed is shown.
   */
  async lookAgain(): Promise<void> {
    if (this.#again.isHeld) return;
    let start = 0;
    for (const page of [...this.#pages]) {
      const isSeen = start < this.#view.last && start + page.length > this.#view.first;
      start += page.length;
      if (isSeen && page.rows !== undefined) await this.#compare(page);
    }
  }

  /** How many came to the top of the list since; `pageSize` stands for as many or more. */
  async countNew(): Promise<number> {
    if (this.#again.isHeld) return 0;
    const known = new Set(this.#pages[0]?.rows?.map(({ id }) => id));
    const page = await this.#fetch(undefined, { quiet: true });
    if (page === undefined) return 0;
    const at = page.sessions.findIndex(({ id }) => known.has(id));
    return at < 0 ? page.sessions.length : at;
  }

  /**
   * Finds out whether sessions that have left the list are there no more at all, as samples are that were removed. What a cut
   * has ended is still there.
   */
  async hasRemoved(): Promise<boolean> {
    const ids = [...this.gone.value].slice(0, pageSize);
    if (ids.length === 0 || this.#again.isHeld) return false;
    const { realm } = this.#input;
    try {
      const { sessions } = await call(
        'sessions.list',
        { sessionIds: ids, state: 'any', limit: pageSize, ...(realm === undefined ? {} : { realm }) },
        { signal: this.#stop.signal, quiet: true },
      );
      return sessions.length < ids.length;
    } catch (thrown) {
      if (!isAbort(thrown)) this.#again.failed(thrown);
      return false;
    }
  }

  /** Takes up the work where a failure has stopped it. */
  async #goOn(): Promise<void> {
    if (this.#pages.length === 0) return this.#append();
    if (this.rows.value.length === 0) return this.reload();
    await this.lookAgain();
    this.see(this.#view.first, this.#view.last);
  }

  async #compare(page: Page): Promise<void> {
    const before = page.rows ?? [];
    const answer = await this.#fetch(page.cursor, { quiet: true });
    if (answer === undefined || page.rows !== before) return;
    const now = new Map(answer.sessions.map((session) => [session.id, session]));
    const gone = new Set(this.gone.value);
    // Newer rows may have pushed the last ones off the page; they need not have left the list.
    const lastKnown = before.findLastIndex(({ id }) => now.has(id));
    for (const [index, { id }] of before.entries()) {
      if (now.has(id)) gone.delete(id);
      else if (index < lastKnown || answer.nextCursor === undefined) gone.add(id);
    }
    page.rows = before.map((session) => now.get(session.id) ?? session);
    this.gone.value = gone;
    this.#publish();
  }

  async #append(): Promise<void> {
    if (this.#isComplete || this.#again.isHeld || this.#fetching.has(this.#next)) return;
    const cursor = this.#next;
    if (this.#pages.length > 0 && cursor === undefined) return;
    const page = await this.#fetch(cursor);
    this.isLoading.value = false;
    if (page === undefined) return;
    this.#pages.push({ cursor, rows: page.sessions, length: page.sessions.length });
    this.#next = page.nextCursor;
    this.#isComplete = page.nextCursor === undefined;
    this.#publish();
  }

  async #refill(page: Page): Promise<void> {
    if (this.#again.isHeld) return;
    const answer = await this.#fetch(page.cursor);
    if (answer === undefined || page.rows !== undefined) return;
    const next = this.#pages[this.#pages.indexOf(page) + 1]?.rows?.[0]?.id;
    // Where sessions have left the list meanwhile, the page reaches into the one after it.
    const end = answer.sessions.findIndex(({ id }) => id === next);
    page.rows = answer.sessions.slice(0, end < 0 ? page.length : end);
    page.length = page.rows.length;
    this.#publish();
  }

  async #fetch(cursor: string | undefined, { quiet = false } = {}) {
    if (this.#fetching.has(cursor)) return undefined;
    this.#fetching.add(cursor);
    try {
      const place = cursor === undefined ? {} : { cursor };
      const { signal } = this.#stop;
      const page = await call(
        'sessions.list',
        { ...this.#input, ...place, limit: pageSize },
        { signal, quiet },
      );
      this.#again.answered();
      return page;
    } catch (thrown) {
      if (!isAbort(thrown)) this.#again.failed(thrown);
      return undefined;
    } finally {
      this.#fetching.delete(cursor);
    }
  }

  #publish(): void {
    this.rows.value = this.#pages.flatMap(
      ({ rows, length }): readonly (Session | undefined)[] =>
        rows ?? Array<undefined>(length).fill(undefined),
    );
  }
}
