import type { ErrorCode, ErrorDetails } from '../../core/errors.ts';
import type { Tries } from '../../session/attempt-store.ts';
import type { AttemptPlace, Failed } from '../../session/attempts.ts';
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
  StoredRecord,
  StoredSession,
  StoreStatistics,
  Summary,
  Touch,
  UpdateCommand,
} from '../../session/store.ts';
import type { Suggestions, SuggestQuery } from '../../session/suggestions.ts';
import type { Survey, SurveyQuery } from '../../session/survey.ts';
import type { TimelineQuery, TimelineSeries } from '../../session/timeline.ts';
import type { ConnectionPragmas } from './database.ts';

/** What the writer thread does, each within one group commit. */
export interface WriterCalls {
  register(command: RegisterCommand): RegisterOutcome;
  update(command: UpdateCommand): StoredSession | undefined;
  touch(touches: readonly Touch[]): void;
  end(command: EndCommand): StoredSession | undefined;
  revoke(command: RevokeCommand): RevokeOutcome;
  sweep(now: number): SliceResult;
  expire(now: number): SliceResult;
  purge(endedBefore: number, keysBefore?: number): SliceResult;
  erase(realm: string, accessGroup: string): SliceResult;
  changeRecords(change: RecordChange): JournalEntry;
  addRefusals(refusals: readonly Refusal[]): void;
  noteNode(name: string, body: { readonly seenAt: number } | undefined, forgetBefore: number): void;
  failAttempt(place: AttemptPlace, now: number): Failed;
  succeedAttempt(place: AttemptPlace, now: number): number;
  confirmAttempt(place: AttemptPlace, now: number): number;
  spendTry(key: string, windowMs: number, now: number): Tries;
  forgetAttempts(now: number): SliceResult;
  /** Writes a row of no meaning and takes it back: proof that a write would succeed. */
  probe(): void;
  pragmas(): ConnectionPragmas;
}

/** What the reader thread does, each in a snapshot of its own. */
export interface ReaderCalls {
  find(id: string, now: number): StoredSession | undefined;
  list(query: ListQuery): SessionPage;
  count(query: SessionQuery): number;
  realms(): string[];
  histogram(query: HistogramQuery): Histogram;
  suggest(query: SuggestQuery): Suggestions;
  words(realm?: string): SharedWords;
  summarise(selector: Selector, now: number): Summary;
  timeline(query: TimelineQuery): TimelineSeries[];
  refusedUses(query: RefusedUsesQuery): RefusedUses;
  survey(query: SurveyQuery): Survey;
  revocations(query: LedgerQuery): LedgerEntry[];
  activeRevocations(since: number): LedgerEntry[];
  head(): LedgerHead;
  pulse(query: PulseQuery): Pulse;
  statistics(now: number): StoreStatistics;
  records(kind: RecordKind): StoredRecord[];
  record(kind: RecordKind, id: string): StoredRecord | undefined;
  recordPage(query: RecordQuery): StoredRecord[];
  journal(after: number, limit: number): JournalEntry[];
  refusals(sessionNumber: number): Refusal[];
  refusedSince(revocations: readonly number[]): number[];
  backup(path: string): void;
  pragmas(): ConnectionPragmas;
}

/** One call on its way to a thread. */
export interface CallMessage {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

/** Its answer. A thrown error travels as plain data, for classes do not cross threads. */
export type AnswerMessage =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ThrownData };

/** Sent by the writer before it commits: the numbers of the session rows that will differ from then on. */
export interface ChangeNotice {
  /** Counts the commits that change any. */
  readonly commit: number;
  readonly rows: readonly number[];
}

export interface ThrownData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
  readonly stack?: string | undefined;
}
