import { whereOf } from '../../core/database-url.ts';
import { CurfewError } from '../../core/errors.ts';
import type { AttemptStore } from '../../session/attempt-store.ts';
import type { Histogram, HistogramQuery } from '../../session/histogram.ts';
import type { SharedWords } from '../../session/overview.ts';
import { type LedgerHead, smallCut } from '../../session/revocation.ts';
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
import { Admission } from './admission.ts';
import { PostgresAttempts } from './attempts.ts';
import { endSession, touchSessions, updateSession } from './change.ts';
import { Connection } from './connection.ts';
import { histogram } from './histogram.ts';
import { readActive, readHead, readRevocations } from './ledger.ts';
import { LedgerView } from './ledger-view.ts';
import { Lineage } from './lineage.ts';
import { Lookups } from './lookups.ts';
import { migrate } from './migrate.ts';
import { Outage } from './outage.ts';
import type { Knowledge } from './parts.ts';
import { pulse, refusedSince } from './pulse.ts';
import { countSessions, findSession, inSnapshot, listSessions, type Snapshot } from './query.ts';
import {
  addRefusals,
  changeRecords,
  noteNode,
  readJournal,
  readRefusals,
  recordOf,
  recordOfRow,
  recordPageOf,
  recordsOf,
} from './records.ts';
import { refusedUses } from './refused-uses.ts';
import { register } from './register.ts';
import { replicationWarnings } from './replication.ts';
import { revoke } from './revoke.ts';
import { sharedWords } from './shared-words.ts';
import { suggest } from './suggest.ts';
import { summarise, unknownNames } from './summarise.ts';
import { survey } from './survey.ts';
import { erase, expire, purge, statistics, sweep } from './sweep.ts';
import { timeline } from './timeline.ts';
import { Words } from './words.ts';
import { Writer } from './writer.ts';

export interface PostgresStoreOptions {
  /** The way to the database: `postgres://user:password@host:port/database`. Shown nowhere. */
  readonly url: string;
  /** Whether to open data too that has moved to another store, as somebody does who knows. */
  readonly evenIfMoved?: boolean;
  /** How long a check may wait for its answer, in milliseconds. */
  readonly checkDeadlineMs?: number;
  /** How many checks may wait at once. */
  readonly mostChecksWaiting?: number;
}

const lookupConnections = 2;
const readConnections = 3;

/**
 * The store that several nodes share: the database is the truth, and is asked for every answer.
 * @throws CurfewError `store_unavailable` when it cannot be reached, or has the schema of a newer version
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { url, checkDeadlineMs = 2000, mostChecksWaiting = 20_000 } = options;
  const where = whereOf(url);
  const made: Connection[] = [];
  const lineage = new Lineage(where);
  const outage = new Outage();
  const admission = new Admission(where, lineage, options);
  const connect = (name: string): Connection => {
    const connection = new Connection({ url, where, name: `curfew ${name}`, admission, outage });
    made.push(connection);
    return connection;
  };
  const side = connect('side');
  try {
    const [row] = await side.query({ text: "SELECT current_setting('server_version')", values: [] });
    await migrate(side, where);
    await admission.open((one) => side.query(one));
    const words = new Words((one) => side.query(one));
    const view = new LedgerView((one) => side.query(one), lineage);
    await view.open();
    const lookups = new Lookups(
      Array.from({ length: lookupConnections }, () => connect('check')),
      words,
      { deadlineMs: checkDeadlineMs, mostWaiting: mostChecksWaiting },
    );
    const writing = connect('write');
    return new PostgresStore({
      knowledge: { view, words },
      lineage,
      admission,
      lookups,
      writer: new Writer(writing, view),
      readers: Array.from({ length: readConnections }, () => connect('read')),
      statistics: connect('statistics'),
      records: connect('records'),
      attempts: connect('attempts'),
      housekeeping: connect('housekeeping'),
      connections: made,
      // Distributions put their own name behind the number.
      description: `PostgreSQL ${String(row?.[0]).split(' ')[0]} at ${where}`,
    });
  } catch (error) {
    await Promise.all(made.map((connection) => connection.close()));
    throw error;
  }
}

interface Parts {
  readonly knowledge: Knowledge;
  readonly lineage: Lineage;
  readonly admission: Admission;
  readonly lookups: Lookups;
  readonly writer: Writer;
  readonly readers: readonly Connection[];
  readonly statistics: Connection;
  readonly records: Connection;
  /** Apart from all others: a flood of sign-ins must hold up neither cuts nor what administrators change. */
  readonly attempts: Connection;
  readonly housekeeping: Connection;
  readonly connections: readonly Connection[];
  readonly description: string;
}

/** The store port over PostgreSQL; see `openPostgresStore`. */
export class PostgresStore implements Store {
  readonly description: string;
  readonly attempts: AttemptStore;
  readonly #parts: Parts;
  #closed: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.description = parts.description;
    const { attempts: writing, housekeeping } = parts;
    this.attempts = new PostgresAttempts({ reader: () => this.#reader(), writing, housekeeping });
  }

  lookup(tokenHash: Buffer): Promise<Lookup> {
    return this.#parts.lookups.find(tokenHash);
  }

  versions(): Promise<StoreVersions> {
    return this.#parts.lookups.find(undefined);
  }

  find(id: string, now: number): Promise<StoredSession | undefined> {
    return this.#inSnapshot((snapshot) => findSession(snapshot, id, now));
  }

  list(query: ListQuery): Promise<SessionPage> {
    return this.#inSnapshot((snapshot) => listSessions(snapshot, query));
  }

  count(query: SessionQuery): Promise<number> {
    return this.#inSnapshot((snapshot) => countSessions(snapshot, query));
  }

  async realms(): Promise<string[]> {
    const rows = await this.#reader().query({
      text: 'SELECT name FROM curfew.realm ORDER BY id',
      values: [],
    });
    return rows.map(([name]) => name as string);
  }

  histogram(query: HistogramQuery): Promise<Histogram> {
    return this.#inSnapshot((snapshot) => histogram(snapshot, query));
  }

  suggest(query: SuggestQuery): Promise<Suggestions> {
    return this.#inSnapshot((snapshot) => suggest(snapshot, query));
  }

  words(realm?: string): Promise<SharedWords> {
    return sharedWords((one) => this.#reader().query(one), realm);
  }

  summarise(selector: Selector, now: number): Promise<Summary> {
    return this.#inSnapshot((snapshot) => summarise(snapshot, selector, now));
  }

  survey(query: SurveyQuery): Promise<Survey> {
    return this.#inSnapshot((snapshot) => survey(snapshot, query));
  }

  register(command: RegisterCommand): Promise<RegisterOutcome> {
    return this.#parts.writer.run(register(command, this.#parts.knowledge));
  }

  update(command: UpdateCommand): Promise<StoredSession | undefined> {
    return this.#parts.writer.run(updateSession(command, this.#parts.knowledge));
  }

  touch(touches: readonly Touch[], _now: number): Promise<void> {
    return this.#parts.writer.run(touchSessions(touches, this.#parts.knowledge));
  }

  end(command: EndCommand): Promise<StoredSession | undefined> {
    return this.#parts.writer.run(endSession(command, this.#parts.knowledge));
  }

  async revoke(command: RevokeCommand): Promise<RevokeOutcome> {
    const outcome = await this.#parts.writer.run(revoke(command, this.#parts.knowledge));
    if (outcome.kind === 'too_many') return outcome;
    const { swept: _swept, sweptAt: _sweptAt, ...revocation } = outcome.entry;
    const { seq, at, matched, selector } = revocation;
    // The cut is committed and final. What is told of it beside cannot make it fail any more.
    try {
      if (matched === 0) {
        const unknown = await unknownNames({ ask: (one) => this.#reader().query(one) }, selector);
        return { kind: 'revoked', revocation, sessions: [], unknown };
      }
      const limit = command.tell ?? smallCut;
      const query = { selector, state: 'any', now: at, revocation: seq, limit } as const;
      const { sessions } = limit === 0 ? { sessions: [] } : await this.list(query);
      return { kind: 'revoked', revocation, sessions, unknown: [] };
    } catch {
      return { kind: 'revoked', revocation, sessions: [], unknown: [] };
    }
  }

  async revocations(query: LedgerQuery): Promise<LedgerEntry[]> {
    return this.#noted(await readRevocations((one) => this.#reader().query(one), query));
  }

  async activeRevocations(since: number): Promise<LedgerEntry[]> {
    return this.#noted(await readActive((one) => this.#reader().query(one), since));
  }

  head(): Promise<LedgerHead> {
    return readHead((one) => this.#reader().query(one));
  }

  pulse(query: PulseQuery): Promise<Pulse> {
    return this.#inSnapshot((snapshot) => pulse(snapshot, query));
  }

  sweep(now: number): Promise<SliceResult> {
    return sweep(this.#parts.housekeeping, this.#parts.knowledge.view, now);
  }

  expire(now: number): Promise<SliceResult> {
    return expire(this.#parts.housekeeping, this.#parts.knowledge.view, now);
  }

  purge(endedBefore: number, keysBefore?: number): Promise<SliceResult> {
    return purge(this.#parts.housekeeping, endedBefore, keysBefore);
  }

  erase(realm: string, accessGroup: string): Promise<SliceResult> {
    return erase(this.#parts.housekeeping, realm, accessGroup);
  }

  statistics(now: number): Promise<StoreStatistics> {
    return this.#inSnapshot((snapshot) => statistics(snapshot, now));
  }

  timeline(query: TimelineQuery): Promise<TimelineSeries[]> {
    const { statistics: connection, knowledge } = this.#parts;
    return inSnapshot(connection, knowledge, (snapshot) => timeline(snapshot, query));
  }

  refusedUses(query: RefusedUsesQuery): Promise<RefusedUses> {
    const { statistics: connection, knowledge } = this.#parts;
    return inSnapshot(connection, knowledge, (snapshot) => refusedUses(snapshot, query));
  }

  async records(kind: RecordKind): Promise<StoredRecord[]> {
    const rows = await this.#reader().query(recordsOf(kind));
    return rows.map((row) => recordOfRow(kind, row));
  }

  async record(kind: RecordKind, id: string): Promise<StoredRecord | undefined> {
    const [row] = await this.#reader().query(recordOf(kind, id));
    return row && recordOfRow(kind, row);
  }

  async recordPage(query: RecordQuery): Promise<StoredRecord[]> {
    const rows = await this.#reader().query(recordPageOf(query));
    return rows.map((row) => recordOfRow(query.kind, row));
  }

  changeRecords(change: RecordChange): Promise<JournalEntry> {
    return changeRecords(this.#parts.records, change);
  }

  journal(after: number, limit: number): Promise<JournalEntry[]> {
    return readJournal((one) => this.#reader().query(one), after, limit);
  }

  addRefusals(refusals: readonly Refusal[]): Promise<void> {
    return addRefusals(this.#parts.records, refusals);
  }

  refusals(sessionNumber: number): Promise<Refusal[]> {
    return readRefusals((one) => this.#reader().query(one), sessionNumber);
  }

  refusedSince(revocations: readonly number[]): Promise<number[]> {
    return this.#inSnapshot((snapshot) => refusedSince(snapshot, revocations));
  }

  async noteNode(
    name: string,
    body: { readonly seenAt: number } | undefined,
    forgetBefore: number,
  ): Promise<void> {
    await this.#parts.housekeeping.transaction(noteNode(name, body, forgetBefore));
  }

  warnings(): Promise<readonly string[]> {
    return replicationWarnings((one) => this.#reader().query(one));
  }

  /** @throws CurfewError `not_supported`: PostgreSQL has tools of its own for that */
  backup(_path: string): Promise<void> {
    return Promise.reject(
      new CurfewError(
        'conflict',
        `The data lies in ${this.description}, whose own tools make backups while it is in use: pg_dump --schema=curfew, or pg_basebackup. docs/guide/postgresql.md says how.`,
      ),
    );
  }

  async ping(): Promise<void> {
    // A transaction gets a number only where the database can be written.
    const write = { text: 'SELECT pg_current_xact_id()', values: [] };
    // A pooler may have kept the connections of this server while the data moved away.
    const here = this.#parts.admission.demandHere((one) => this.#reader().query(one, 5000));
    await Promise.all([this.#parts.housekeeping.transaction([write], 5000), this.versions(), here]);
  }

  close(): Promise<void> {
    this.#closed ??= this.#shut();
    return this.#closed;
  }

  async #shut(): Promise<void> {
    const { lookups, writer, connections } = this.#parts;
    await Promise.all([writer.close(), lookups.close()]);
    await Promise.all(connections.map((connection) => connection.close()));
  }

  /** What is given out is judged by, so the database must have it for ever. */
  #noted(entries: LedgerEntry[]): LedgerEntry[] {
    this.#parts.lineage.note(entries);
    return entries;
  }

  #inSnapshot<Result>(work: (snapshot: Snapshot) => Promise<Result>): Promise<Result> {
    return inSnapshot(this.#reader(), this.#parts.knowledge, work);
  }

  /** The connection on which fewest wait. */
  #reader(): Connection {
    const { readers } = this.#parts;
    return readers.reduce((best, one) => (one.pending < best.pending ? one : best));
  }
}
