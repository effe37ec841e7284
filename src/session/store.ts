import type { AttemptStore } from './attempt-store.ts';
import type { Overview } from './overview.ts';
import type { SessionLimit } from './policy.ts';
import type { LedgerHead, Origin, Revocation, SweepProgress } from './revocation.ts';
import type { Selector } from './selector.ts';
import type { EndReason, Session } from './session.ts';
import type { StatisticsStore } from './statistics-store.ts';
import type { Survey, SurveyQuery } from './survey.ts';

/** An answer that is there at once where the engine can give it so, else a promise of it. */
export type Eventually<T> = T | Promise<T>;

/** A session as a store gives it: with the number of its row, which orders sessions of one store. */
export type StoredSession = Session & { readonly number: number };

/** What one snapshot says about a token. */
export interface Lookup {
  /** The row as it is written; whether it is live is for the caller to find out with the ledger and the clock. */
  readonly session: StoredSession | undefined;
  /** The number of the last revocation in the same snapshot. */
  readonly head: number;
}

/** What a node must have seen before it judges by what it keeps in memory. Both numbers only grow. */
export interface StoreVersions {
  /** The number of the last revocation. */
  readonly head: number;
  /** The number of the last change of records, which is that of the last entry of the journal. */
  readonly records: number;
}

export type NewSession = Omit<Session, 'ended'>;

export interface RegisterCommand {
  readonly session: NewSession;
  /** SHA-256 of the token, 32 bytes. */
  readonly tokenHash: Buffer;
  readonly limit: SessionLimit;
  readonly now: number;
  /** `key` is the SHA-256 of caller and idempotency key, `request` the SHA-256 of what was asked. */
  readonly idempotency?: { readonly key: Buffer; readonly request: Buffer };
}

export type RegisterOutcome =
  | {
      readonly kind: 'registered';
      readonly session: StoredSession;
      readonly displaced: readonly StoredSession[];
    }
  /** The same idempotency key: the session made then, its token hash replaced by the one of this command. */
  | { readonly kind: 'repeated'; readonly session: StoredSession }
  /** A repeat of a registration whose session has ended since. */
  | { readonly kind: 'repeated_ended'; readonly session: StoredSession }
  | { readonly kind: 'key_reused' }
  | { readonly kind: 'revoked'; readonly revocation: number }
  | { readonly kind: 'limit_reached'; readonly live: number; readonly max: number };

export interface UpdateCommand {
  readonly id: string;
  readonly now: number;
  readonly accessGroups?: readonly string[];
  readonly adminIds?: readonly number[];
  readonly attributes?: Readonly<Record<string, string>>;
}

/** One gathered touch: the row and the latest access seen. */
export interface Touch {
  readonly number: number;
  readonly lastAccessAt: number;
  /**
   * The earliest access gathered in it, when there were several: each came before the limit that the one before had
   * moved, so it is this one that must lie within the limit of the row.
   */
  readonly firstAccessAt?: number;
}

export interface EndCommand {
  readonly id: string;
  readonly reason: EndReason;
  readonly now: number;
}

export interface RevokeCommand extends Origin {
  /** Already narrowed to what the caller may reach. */
  readonly selector: Selector;
  readonly reason: string;
  readonly now: number;
  /** Refuse, and write nothing, when more than this many live sessions match. */
  readonly atMost?: number;
  /** How many of the sessions of a wide cut are told, at most and unless said otherwise `smallCut`. */
  readonly tell?: number;
  /**
   * Whether `lastAccessTo` stands for the moment of the commit. Where another node has written a later access by then, the
   * end moves behind it, so that no session leaves the range by being used.
   */
  readonly untilCommit?: boolean;
}

/** Names in a selector that no session, live or kept, ever bore here. */
export type UnknownName =
  | 'realm'
  | 'provider'
  | 'providerSession'
  | 'username'
  | 'subject'
  | 'app'
  | 'sessionIds';

export type RevokeOutcome =
  | {
      readonly kind: 'revoked';
      readonly revocation: Revocation;
      /** The sessions it ended, the newest first: all of them, or `smallCut` where they are more. */
      readonly sessions: readonly StoredSession[];
      /** Filled when nothing matched. */
      readonly unknown: readonly UnknownName[];
    }
  | { readonly kind: 'too_many'; readonly matched: number };

/** The orders of lists: by creation or by last access, the latest first where a minus says so. */
export const listOrders = ['-createdAt', 'createdAt', '-lastAccessAt', 'lastAccessAt'] as const;
export type ListOrder = (typeof listOrders)[number];

/** A place between two sessions of a list. */
export interface ListPosition {
  /** The instant of the session before it by which the list is ordered. */
  readonly at: number;
  readonly number: number;
}

export interface SessionQuery {
  readonly selector: Selector;
  readonly state: 'live' | 'ended' | 'any';
  readonly now: number;
  /** The instant whose state is asked for, when it is not `now`. */
  readonly asOf?: number;
  /** Only sessions that this revocation had ended by the instant asked for. */
  readonly revocation?: number;
}

export interface ListQuery extends SessionQuery {
  readonly limit: number;
  /** The newest first unless said otherwise. */
  readonly order?: ListOrder;
  readonly after?: ListPosition;
}

export interface SessionPage {
  readonly sessions: readonly StoredSession[];
  /** Where the next page starts, or undefined when this is the last. */
  readonly next?: ListPosition;
}

export interface Tally {
  readonly value: string;
  readonly count: number;
}

/** What a selector would hit, taken in one snapshot. Tallies are in descending order. */
export interface Summary {
  readonly count: number;
  readonly byRealm: readonly Tally[];
  /** Values are `type/name`. */
  readonly byProvider: readonly Tally[];
  /** The 20 users with most sessions. */
  readonly byUser: readonly Tally[];
  /** Sessions without an app are not in it. */
  readonly byApp: readonly Tally[];
  /** The 20 newest sessions. */
  readonly sample: readonly StoredSession[];
  /** The distinct adminIds among them, at most 1,000. */
  readonly adminIds: readonly number[];
  /** Names in the selector that are not known here, filled when the count is 0. */
  readonly unknown: readonly UnknownName[];
}

export interface PulseQuery {
  /** Only sessions of this realm; every realm without it. */
  readonly realm?: string;
  /** Sessions with a greater number count as registered. */
  readonly after: number;
  readonly now: number;
}

/** How many sessions there are and what has happened to them, taken in one snapshot. */
export interface Pulse {
  readonly live: number;
  /** How many of the sessions kept have a greater number than the one asked for. */
  readonly registered: number;
  /** The greatest number of a session kept; where the next question goes on. */
  readonly newest: number;
  /** All refused uses of the ended sessions kept. */
  readonly refused: number;
}

export type LedgerEntry = Revocation & SweepProgress;

export interface LedgerQuery {
  readonly limit: number;
  /** Entries with a greater number, in ascending order. */
  readonly after?: number;
  /** Entries with a smaller number, in descending order. Without either: the newest first. */
  readonly before?: number;
}

/**
 * Sessions and the ledger. Every method that writes has committed durably when its promise is fulfilled, and writes are
 * carried out in the order in which they were called, also when nobody waits between them.
 */
export interface SessionStore {
  /** Finds a session by the SHA-256 of its token. @throws CurfewError `store_unavailable` */
  lookup(tokenHash: Buffer): Eventually<Lookup>;
  /**
   * What had been committed by anybody when this was called. Where nobody else writes, nothing has to be read for it, and
   * the numbers need not move.
   */
  versions(): Eventually<StoreVersions>;
  /** Finds a session by its id, ended ones too; `ended` is filled as the ledger and the limits say at `now`. */
  find(id: string, now: number): Promise<StoredSession | undefined>;
  /** One page of sessions, the newest first unless asked otherwise; `ended` is filled as the ledger and the limits say at that instant. */
  list(query: ListQuery): Promise<SessionPage>;
  /** The exact number of sessions a list would give over all its pages. */
  count(query: SessionQuery): Promise<number>;
  /** The realms that a session, live or kept, ever bore here, in the order in which they were first used. */
  realms(): Promise<string[]>;
  /** What a termination with this selector would hit now. */
  summarise(selector: Selector, now: number): Promise<Summary>;
  /** What a policy would find: live sessions that outlast its limits, and users who have as many as it allows. */
  survey(query: SurveyQuery): Promise<Survey>;
  /** Makes a session unless the ledger has a match after its epoch or the limit is reached: all in one transaction. */
  register(command: RegisterCommand): Promise<RegisterOutcome>;
  /**
   * Refreshes a live session: moves its last access and replaces what is given. Undefined if it is not live (P2). New
   * rights move its epoch to the head, so that an earlier cut by a right it did not have then does not reach it (P4).
   */
  update(command: UpdateCommand): Promise<StoredSession | undefined>;
  /**
   * Writes last accesses forward, to rows that are live only (P2): that nothing has ended, whose limits had not passed at
   * the access, and that no cut has named since. An access may be written later than it happened.
   */
  touch(touches: readonly Touch[], now: number): Promise<void>;
  /** Ends one live session with a reason other than a revocation. Undefined if it was not live. */
  end(command: EndCommand): Promise<StoredSession | undefined>;
  /**
   * Appends a revocation, with the exact count of live sessions it matches, in one transaction. A session whose limit
   * passes in the instant of the revocation is not live.
   */
  revoke(command: RevokeCommand): Promise<RevokeOutcome>;
  /** Entries of the ledger. */
  revocations(query: LedgerQuery): Promise<LedgerEntry[]>;
  /** The revocations that may still matter: not swept to the end, or made after `since`. In ascending order. */
  activeRevocations(since: number): Promise<LedgerEntry[]>;
  /** The last entry of the ledger. */
  head(): Promise<LedgerHead>;
  /** How the sessions of a realm, or of all, fare now. It counts, so it is not to be asked without a pause. */
  pulse(query: PulseQuery): Promise<Pulse>;
}

/** What a slice of background work did. */
export interface SliceResult {
  readonly rows: number;
  /** Whether there may be more to do at once. */
  readonly more: boolean;
  /** Revocations whose sweep came to its end in this slice. */
  readonly completed: readonly number[];
}

export interface StoreStatistics {
  readonly live: number;
  /** Revocations whose sweep has not ended. */
  readonly unswept: number;
  readonly sizeBytes: number;
}

/** The background work, in slices small enough that nothing waits for it. */
export interface Housekeeping {
  /** Marks rows that the oldest unswept revocation ended. */
  sweep(now: number): Promise<SliceResult>;
  /** Marks rows whose idle or absolute limit has passed. */
  expire(now: number): Promise<SliceResult>;
  /** Deletes sessions that ended before one instant, and idempotency keys that are older than the other. */
  purge(endedBefore: number, keysBefore?: number): Promise<SliceResult>;
  /** Deletes sessions of a realm that bear an access group, live ones too, with the evidence that hangs on them. */
  erase(realm: string, accessGroup: string): Promise<SliceResult>;
  statistics(now: number): Promise<StoreStatistics>;
}

export type RecordKind =
  | 'administrator'
  | 'key'
  | 'policy'
  | 'user'
  | 'provider'
  | 'setting'
  | 'counter'
  | 'samples'
  | 'node';

/** A small document: an administrator, a key, a policy rule, ... */
export interface StoredRecord {
  readonly kind: RecordKind;
  readonly id: string;
  readonly body: unknown;
  /** 1 when made, one more with each change. */
  readonly version: number;
}

/** One page of the records of a kind, in the order of their ids' UTF-8 bytes. */
export interface RecordQuery {
  readonly kind: RecordKind;
  /** Only ids that begin so. */
  readonly prefix: string;
  /** Only ids after this one. */
  readonly after?: string;
  readonly limit: number;
}

export interface RecordWrite {
  readonly kind: RecordKind;
  readonly id: string;
  /** Undefined deletes. */
  readonly body: unknown;
  /** The version that was read; 0 = it must not exist. */
  readonly ifVersion: number;
}

/** One entry of the journal of administration, hash-chained like the ledger. */
export interface JournalEntry extends Origin {
  readonly seq: number;
  readonly at: number;
  /** Such as `administrator.created`. */
  readonly event: string;
  /** Facts about the change; never a secret. */
  readonly detail: Readonly<Record<string, unknown>>;
  readonly previousHash: string;
  readonly hash: string;
}

export interface RecordChange extends Origin {
  readonly writes: readonly RecordWrite[];
  readonly event: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly now: number;
}

/** Somebody used an ended session: gathered per session and address. */
export interface Refusal {
  readonly number: number;
  readonly ip: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Small documents and evidence. */
export interface RecordStore {
  /** Every record of a kind, by ascending id: for kinds of which there are few. */
  records(kind: RecordKind): Promise<StoredRecord[]>;
  /** One record as it is now, whichever node wrote it. */
  record(kind: RecordKind, id: string): Promise<StoredRecord | undefined>;
  /** Some records of a kind of which there may be many. */
  recordPage(query: RecordQuery): Promise<StoredRecord[]>;
  /**
   * Applies all writes and the journal entry in one transaction, or nothing.
   * @throws CurfewError `changed_meanwhile` when a version is not the expected one
   */
  changeRecords(change: RecordChange): Promise<JournalEntry>;
  /** Entries of the journal with a greater number, in ascending order. */
  journal(after: number, limit: number): Promise<JournalEntry[]>;
  /** Adds gathered refusals to those kept. */
  addRefusals(refusals: readonly Refusal[]): Promise<void>;
  /** The refusals of one session, the latest first, at most 100. */
  refusals(sessionNumber: number): Promise<Refusal[]>;
  /** For each of these revocations in turn: how often sessions that it ended, marked as such or not yet, were used since. */
  refusedSince(revocations: readonly number[]): Promise<number[]>;
}

/** What the processes that share a store say of themselves. It is no evidence, so nothing of it stands in the journal. */
export interface NodeStore {
  /**
   * Keeps what a node says of itself, by its name, in place of what it said before; undefined when it stops. It is read as a
   * record of the kind `node`. Nodes whose `seenAt` lies before an instant are forgotten.
   */
  noteNode(name: string, body: { readonly seenAt: number } | undefined, forgetBefore: number): Promise<void>;
  /** What somebody should know who relies on this store, each as a sentence; nothing when all is well. */
  warnings(): Promise<readonly string[]>;
}

/** Everything an engine provides. Two engines pass one conformance suite. */
export interface Store extends SessionStore, Overview, Housekeeping, RecordStore, NodeStore, StatisticsStore {
  readonly attempts: AttemptStore;
  /** Such as `SQLite 3.53.0 in ./data`. */
  readonly description: string;
  /** Writes a consistent copy, readable by the same engine, while the store is in use. */
  backup(path: string): Promise<void>;
  /** Proves that the store can be read and written. @throws CurfewError `store_unavailable` or `store_full` */
  ping(): Promise<void>;
  /** Finishes what was accepted, then closes. */
  close(): Promise<void>;
}
