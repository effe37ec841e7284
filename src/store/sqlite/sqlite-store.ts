import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CurfewError } from '../../core/errors.ts';
import type { AttemptStore } from '../../session/attempt-store.ts';
import type { Histogram, HistogramQuery } from '../../session/histogram.ts';
import type { SharedWords } from '../../session/overview.ts';
import type { LedgerHead } from '../../session/revocation.ts';
import type { Selector } from '../../session/selector.ts';
import type { RefusedUses, RefusedUsesQuery } from '../../session/statistics-store.ts';
import type {
  EndCommand,
  JournalEntry,
  LedgerEntry,
  LedgerQuery,
  ListQuery,
  Lookup,
  Pulse,
  PulseQuery,
  RecordChange,
  RecordKind,
  RecordQuery,
  Refusal,
  RegisterCommand,
  RegisterOutcome,
  RevokeCommand,
  RevokeOutcome,
  SessionPage,
  SessionQuery,
  SliceResult,
  Store,
  StoredRecord,
  StoredSession,
  StoreStatistics,
  StoreVersions,
  Summary,
  Touch,
  UpdateCommand,
} from '../../session/store.ts';
import type { Suggestions, SuggestQuery } from '../../session/suggestions.ts';
import type { Survey, SurveyQuery } from '../../session/survey.ts';
import type { TimelineQuery, TimelineSeries } from '../../session/timeline.ts';
import { attemptsOf } from './attempt-calls.ts';
import type { ReaderCalls, WriterCalls } from './calls.ts';
import { type ConnectionPragmas, createPrivately, Database } from './database.ts';
import { holdDirectory, joinDirectory } from './hold.ts';
import { KeptSessions } from './kept-sessions.ts';
import { Lookups } from './lookup.ts';
import { demandNotMoved } from './move-note.ts';
import { Surveyor } from './surveyor.ts';
import { Thread } from './thread.ts';
import { Cuts } from './wide-cut.ts';

/** The file of the database within its folder. */
export const databaseFile = 'curfew.db';

export interface SqliteStoreOptions {
  /** The folder of the data; made if need be. */
  readonly directory: string;
  /** Whether this is one of several processes on the same data; another process holds the folder for all of them. */
  readonly isShared?: boolean;
  /** Whether to open data too that has moved to another store, as somebody does who knows. */
  readonly evenIfMoved?: boolean;
  /** Called once when a thread of the store has stopped by itself; nothing can be known from then on. */
  readonly onFailure?: (error: CurfewError) => void;
}

const cache = { lookups: 48 * 1024, writer: 48 * 1024, reader: 16 * 1024 };

/**
 * The embedded store: one thread writes and commits in groups, one answers longer questions, and the calling thread
 * reads single rows itself.
 * @throws CurfewError `data_in_use`, `store_unavailable`, `store_full`, `conflict` when the data has moved elsewhere
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { directory, isShared = false } = options;
  const hold = await (isShared ? joinDirectory(directory) : holdDirectory(directory));
  const path = join(directory, databaseFile);
  const started: { close(): Promise<void> | void }[] = [];
  try {
    const state: { lookups?: Lookups; cuts?: Cuts } = {};
    const begunCommits = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const kept = new KeptSessions(() => Atomics.load(begunCommits, 0));
    const onFailure = options.onFailure ?? (() => {});
    const writer = await Thread.start<WriterCalls>(
      'writer',
      { path, cacheKiB: cache.writer, isShared, begunCommits },
      {
        beforeAnswers: () => state.lookups?.settle(),
        onNotice: (notice) => {
          kept.release(notice);
          state.cuts?.note(notice);
        },
        onFailure,
      },
    );
    started.push(writer);
    const reader = await Thread.start<ReaderCalls>(
      'reader',
      { path, cacheKiB: cache.reader },
      // Its answer may be of a later commit than the snapshot of this tick, and no check goes back behind what a list has shown.
      { beforeAnswers: () => state.lookups?.leave(), onFailure },
    );
    started.push(reader);
    const hot = await Database.open(path, { readOnly: true, cacheKiB: cache.lookups });
    started.push(hot);
    if (options.evenIfMoved !== true) demandNotMoved(hot, directory);
    const lookups = new Lookups(hot, kept, isShared);
    state.lookups = lookups;
    state.cuts = new Cuts({ writer, reader }, !isShared);
    const version = String(hot.get('SELECT sqlite_version() AS version')?.version);
    const head = (await reader.call('head')).seq;
    const description = `SQLite ${version} in ${directory}`;
    return new SqliteStore({
      path,
      writer,
      reader,
      lookups,
      surveyor: new Surveyor(path, () => lookups.leave()),
      cuts: state.cuts,
      hot,
      description,
      head,
      isShared,
      release: () => hold.release(),
    });
  } catch (error) {
    for (const part of started.reverse()) await part.close();
    hold.release();
    throw error;
  }
}

/**
 * Holds a folder for several processes that open it with `isShared`. Released when all have closed, it puts everything into
 * the one file, as a store that is closed alone does.
 * @throws CurfewError `data_in_use`, `store_unavailable`
 */
export async function holdForWorkers(directory: string): Promise<{ release(): Promise<void> }> {
  const hold = await holdDirectory(directory);
  return {
    async release() {
      try {
        const db = await Database.open(join(directory, databaseFile), { cacheKiB: 1024 });
        db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
        db.close();
      } finally {
        hold.release();
      }
    },
  };
}

interface Parts {
  readonly path: string;
  readonly writer: Thread<WriterCalls>;
  readonly reader: Thread<ReaderCalls>;
  readonly lookups: Lookups;
  readonly cuts: Cuts;
  readonly surveyor: Surveyor;
  readonly hot: Database;
  readonly description: string;
  readonly head: number;
  readonly isShared: boolean;
  release(): void;
}

/** The store port over SQLite; see `openSqliteStore`. */
export class SqliteStore implements Store {
  readonly description: string;
  readonly attempts: AttemptStore;
  readonly #parts: Parts;
  #head: number;
  #closed: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#head = parts.head;
    this.description = parts.description;
    this.attempts = attemptsOf(parts);
  }

  lookup(tokenHash: Buffer): Lookup {
    if (this.#closed !== undefined || this.#parts.writer.failure !== undefined) throw this.#unavailable();
    const { head } = this.versions();
    return { session: this.#parts.lookups.find(tokenHash), head };
  }

  /** Where one process holds the data nobody else changes a record, and every cut is one of its own. */
  versions(): StoreVersions {
    const { lookups, isShared } = this.#parts;
    if (this.#closed !== undefined) throw this.#unavailable();
    return isShared ? lookups.versions() : { head: this.#head, records: 0 };
  }

  find(id: string, now: number): Promise<StoredSession | undefined> {
    return this.#parts.reader.call('find', id, now);
  }

  list(query: ListQuery): Promise<SessionPage> {
    const { reader, surveyor } = this.#parts;
    // No other list meets rows in an order that has nothing to do with where they lie.
    const byAccess = query.order === '-lastAccessAt' || query.order === 'lastAccessAt';
    return byAccess ? surveyor.ask('list', query) : reader.call('list', query);
  }

  count(query: SessionQuery): Promise<number> {
    return this.#parts.reader.call('count', query);
  }

  realms(): Promise<string[]> {
    return this.#parts.reader.call('realms');
  }

  histogram(query: HistogramQuery): Promise<Histogram> {
    return this.#parts.surveyor.ask('histogram', query);
  }

  suggest(query: SuggestQuery): Promise<Suggestions> {
    return this.#parts.reader.call('suggest', query);
  }

  words(realm?: string): Promise<SharedWords> {
    return this.#parts.reader.call('words', realm);
  }

  summarise(selector: Selector, now: number): Promise<Summary> {
    return this.#parts.surveyor.ask('summarise', selector, now);
  }

  survey(query: SurveyQuery): Promise<Survey> {
    return this.#parts.surveyor.ask('survey', query);
  }

  register(command: RegisterCommand): Promise<RegisterOutcome> {
    return this.#parts.writer.call('register', command);
  }

  update(command: UpdateCommand): Promise<StoredSession | undefined> {
    return this.#parts.writer.call('update', command);
  }

  touch(touches: readonly Touch[]): Promise<void> {
    return this.#parts.writer.call('touch', touches);
  }

  end(command: EndCommand): Promise<StoredSession | undefined> {
    return this.#parts.writer.call('end', command);
  }

  async revoke(command: RevokeCommand): Promise<RevokeOutcome> {
    const outcome = await this.#parts.cuts.revoke(command, this.#head);
    if (outcome.kind === 'revoked') this.#head = Math.max(this.#head, outcome.revocation.seq);
    return outcome;
  }

  revocations(query: LedgerQuery): Promise<LedgerEntry[]> {
    return this.#parts.reader.call('revocations', query);
  }

  activeRevocations(since: number): Promise<LedgerEntry[]> {
    return this.#parts.reader.call('activeRevocations', since);
  }

  head(): Promise<LedgerHead> {
    return this.#parts.reader.call('head');
  }

  pulse(query: PulseQuery): Promise<Pulse> {
    return this.#parts.reader.call('pulse', query);
  }

  sweep(now: number): Promise<SliceResult> {
    return this.#parts.writer.call('sweep', now);
  }

  expire(now: number): Promise<SliceResult> {
    return this.#parts.writer.call('expire', now);
  }

  purge(endedBefore: number, keysBefore?: number): Promise<SliceResult> {
    return this.#parts.writer.call('purge', endedBefore, keysBefore);
  }

  erase(realm: string, accessGroup: string): Promise<SliceResult> {
    return this.#parts.writer.call('erase', realm, accessGroup);
  }

  statistics(now: number): Promise<StoreStatistics> {
    return this.#parts.reader.call('statistics', now);
  }

  timeline(query: TimelineQuery): Promise<TimelineSeries[]> {
    return this.#parts.surveyor.ask('timeline', query);
  }

  refusedUses(query: RefusedUsesQuery): Promise<RefusedUses> {
    return this.#parts.surveyor.ask('refusedUses', query);
  }

  records(kind: RecordKind): Promise<StoredRecord[]> {
    return this.#parts.reader.call('records', kind);
  }

  record(kind: RecordKind, id: string): Promise<StoredRecord | undefined> {
    return this.#parts.reader.call('record', kind, id);
  }

  recordPage(query: RecordQuery): Promise<StoredRecord[]> {
    return this.#parts.reader.call('recordPage', query);
  }

  changeRecords(change: RecordChange): Promise<JournalEntry> {
    return this.#parts.writer.call('changeRecords', change);
  }

  journal(after: number, limit: number): Promise<JournalEntry[]> {
    return this.#parts.reader.call('journal', after, limit);
  }

  addRefusals(refusals: readonly Refusal[]): Promise<void> {
    return this.#parts.writer.call('addRefusals', refusals);
  }

  refusals(sessionNumber: number): Promise<Refusal[]> {
    return this.#parts.reader.call('refusals', sessionNumber);
  }

  refusedSince(revocations: readonly number[]): Promise<number[]> {
    return this.#parts.reader.call('refusedSince', revocations);
  }

  noteNode(name: string, body: { readonly seenAt: number } | undefined, forgetBefore: number): Promise<void> {
    return this.#parts.writer.call('noteNode', name, body, forgetBefore);
  }

  async warnings(): Promise<readonly string[]> {
    return [];
  }

  /** Copies the database in a thread of its own, so that lists are answered meanwhile; the copy is on disk when it ends. */
  async backup(path: string): Promise<void> {
    const copier = await Thread.start<ReaderCalls>('reader', {
      path: this.#parts.path,
      cacheKiB: cache.reader,
    });
    try {
      createPrivately(path, 'wx');
      await copier.call('backup', path).catch((error: unknown) => {
        rmSync(path, { force: true });
        throw error;
      });
    } finally {
      await copier.close();
    }
    const file = openSync(path, 'r');
    fsyncSync(file);
    closeSync(file);
  }

  async ping(): Promise<void> {
    await Promise.all([this.#parts.writer.call('probe'), this.#parts.reader.call('head')]);
  }

  /** The settings of every connection, as the engine reports them. */
  async pragmas(): Promise<ConnectionPragmas[]> {
    const { writer, reader, hot } = this.#parts;
    return [await writer.call('pragmas'), await reader.call('pragmas'), hot.pragmas()];
  }

  close(): Promise<void> {
    this.#closed ??= this.#shut();
    return this.#closed;
  }

  async #shut(): Promise<void> {
    const { reader, writer, lookups, surveyor, release } = this.#parts;
    await Promise.all([reader.close(), surveyor.close()]);
    lookups.close();
    // The writer closes last: when nobody reads any more it folds the write-ahead log into the database.
    await writer.close();
    release();
  }

  #unavailable(): CurfewError {
    return this.#parts.writer.failure ?? new CurfewError('store_unavailable', 'The store is closed.');
  }
}
