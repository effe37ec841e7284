import { workerData } from 'node:worker_threads';
import { uuidToBytes } from '../../core/ids.ts';
import { emptyChainHash } from '../../session/revocation.ts';
import type { LedgerEntry, LedgerQuery, StoreStatistics } from '../../session/store.ts';
import type { CallMessage, ReaderCalls } from './calls.ts';
import { Database } from './database.ts';
import { unsweptRevocations } from './deaths.ts';
import { Dictionary } from './dictionary.ts';
import { histogram } from './histogram.ts';
import { pulse, refusedSince } from './pulse.ts';
import { countSessions, listSessions, type Snapshot, withEnding } from './query.ts';
import { readJournal, readRecord, readRecordPage, readRecords, readRefusals } from './records.ts';
import { refusedUses } from './refused-uses.ts';
import { headOfRow, revocationOfRow, sessionFacts, sessionOfRow } from './row.ts';
import { announce, answer, isClose, threadPort } from './serve-calls.ts';
import { suggest } from './suggest.ts';
import { summarise } from './summarise.ts';
import { survey } from './survey.ts';
import { timeline } from './timeline.ts';

/** The thread for questions that may take longer than a look-up: lists, counts, the ledger, backups. */

const { path, cacheKiB } = workerData as { path: string; cacheKiB: number };
const port = threadPort();
let snapshot: Snapshot;

const handlers: ReaderCalls = {
  find(id, now) {
    const row = snapshot.db.get(`SELECT ${sessionFacts} FROM session WHERE id = ?`, uuidToBytes(id));
    if (row === undefined) return undefined;
    return withEnding(sessionOfRow(row, snapshot.dictionary), unsweptRevocations(snapshot.db), now);
  },
  list: (query) => listSessions(snapshot, query),
  count: (query) => countSessions(snapshot, query),
  realms: () => [...snapshot.dictionary.realms.values()],
  histogram: (query) => histogram(snapshot, query),
  suggest: (query) => suggest(snapshot, query),
  words: (realm) => snapshot.dictionary.words(realm),
  summarise: (selector, now) => summarise(snapshot, selector, now),
  timeline: (query) => timeline(snapshot, query),
  refusedUses: (query) => refusedUses(snapshot, query),
  survey: (query) => survey(snapshot, query),
  revocations: (query) => readLedger(snapshot.db, query),
  activeRevocations: (since) =>
    snapshot.db
      .all('SELECT * FROM revocation WHERE swept_at IS NULL OR at >= ? ORDER BY seq', since)
      .map(revocationOfRow),
  head() {
    const { seq, hash } = headOfRow(
      snapshot.db.get('SELECT seq, at, hash FROM revocation ORDER BY seq DESC LIMIT 1'),
      emptyChainHash,
    );
    return { seq, hash };
  },
  pulse: (query) => pulse(snapshot, query),
  statistics: (now) => statistics(snapshot, now),
  records: (kind) => readRecords(snapshot.db, kind),
  record: (kind, id) => readRecord(snapshot.db, kind, id),
  recordPage: (query) => readRecordPage(snapshot.db, query),
  journal: (after, limit) => readJournal(snapshot.db, after, limit),
  refusals: (number) => readRefusals(snapshot.db, number),
  refusedSince: (revocations) => refusedSince(snapshot, revocations),
  backup: (target) => {
    snapshot.db.run('VACUUM INTO ?', target);
  },
  pragmas: () => snapshot.db.pragmas(),
};

function readLedger(db: Database, { limit, after, before }: LedgerQuery): LedgerEntry[] {
  const rows =
    after === undefined
      ? db.all(
          'SELECT * FROM revocation WHERE seq < ? ORDER BY seq DESC LIMIT ?',
          before ?? Number.MAX_SAFE_INTEGER,
          limit,
        )
      : db.all('SELECT * FROM revocation WHERE seq > ? ORDER BY seq LIMIT ?', after, limit);
  return rows.map(revocationOfRow);
}

function statistics(at: Snapshot, now: number): StoreStatistics {
  const { db } = at;
  return {
    live: countSessions(at, { selector: { all: true }, state: 'live', now }),
    unswept: db.number('SELECT count(*) FROM revocation WHERE swept_at IS NULL'),
    sizeBytes: db.number('PRAGMA page_count') * db.number('PRAGMA page_size'),
  };
}

/** VACUUM cannot run inside a transaction; all else sees one snapshot from first to last. */
function serve(call: CallMessage): ReturnType<typeof answer> {
  if (call.name === 'backup') return answer(handlers, call);
  const { db, dictionary } = snapshot;
  const inSnapshot = {
    [call.name]: (...args: unknown[]) =>
      db.transaction('DEFERRED', () => {
        dictionary.load();
        return (handlers as unknown as Record<string, (...args: unknown[]) => unknown>)[call.name]?.(...args);
      }),
  };
  return answer(inSnapshot, call);
}

await announce(async () => {
  const db = await Database.open(path, { readOnly: true, cacheKiB });
  snapshot = { db, dictionary: new Dictionary(db) };
  port.on('message', (message: unknown) => {
    if (isClose(message)) {
      db.close();
      port.close();
      return;
    }
    for (const call of message as CallMessage[]) port.postMessage([serve(call)]);
  });
});
