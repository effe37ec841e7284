import { statSync } from 'node:fs';
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { CurfewError } from '../../core/errors.ts';
import { confirmAttempt, failAttempt, forgetAttempts, spendTry, succeedAttempt } from './attempts.ts';
import type { AnswerMessage, CallMessage, ChangeNotice, WriterCalls } from './calls.ts';
import { noteChanges, takeChanges } from './changes.ts';
import { Database } from './database.ts';
import { Dictionary } from './dictionary.ts';
import { endSession, touchSessions, updateSession } from './end.ts';
import { migrate } from './migrate.ts';
import type { Snapshot } from './query.ts';
import { addRefusals, changeRecords, noteNode } from './records.ts';
import { register } from './register.ts';
import { revoke } from './revoke.ts';
import { announce, answer, isClose, threadPort, thrownData } from './serve-calls.ts';
import { erase, expire, purge, startOfSweep, sweep } from './sweep.ts';

/**
 * The one thread that writes. It takes everything that waits, carries it out in order within one transaction, commits
 * once, and only then answers: many writers share one disk sync.
 */

/**
 * Where other processes write the same data, the lock is asked for again and again rather than waited for, so that what
 * comes meanwhile joins the batch; and after a commit the others have a turn first, so that none starves.
 */
const turnMs = 1;
/** A process that writes for longer than this hangs. */
const longestWaitMs = 10_000;

/** Calls that share one commit at most, so that the first of them does not wait for too many others. */
const mostPerCommit = 512;

const { path, cacheKiB, isShared, begunCommits } = workerData as {
  path: string;
  cacheKiB: number;
  /** Whether other processes have the same data open. */
  isShared: boolean;
  /** Shared with the near side; see `KeptSessions`. */
  begunCommits: Int32Array;
};
const port = threadPort();
let snapshot: Snapshot;
let place = startOfSweep();
let queue: CallMessage[] = [];
let scheduled = false;
let closing = false;
let committedAt = Number.NEGATIVE_INFINITY;
/** Since when the lock is asked for in vain. */
let waitingSince: number | undefined;
/** Changes with every commit of another connection. */
let dataVersion = -1;
/** The file that was opened, as the operating system numbers it. */
let opened: { readonly dev: number; readonly ino: number };

const handlers: WriterCalls = {
  register: (command) => register(snapshot, command),
  update: (command) => updateSession(snapshot, command),
  touch: (touches) => touchSessions(snapshot, touches),
  end: (command) => endSession(snapshot, command),
  revoke: (command) => revoke(snapshot, command),
  sweep: (now) => sweep(snapshot, now, place),
  expire: (now) => expire(snapshot, now),
  purge: (endedBefore, keysBefore) => purge(snapshot, endedBefore, keysBefore),
  erase: (realm, accessGroup) => erase(snapshot, realm, accessGroup),
  changeRecords: (change) => changeRecords(snapshot.db, change),
  addRefusals: (refusals) => addRefusals(snapshot.db, refusals),
  noteNode: (name, body, forgetBefore) => noteNode(snapshot.db, name, body, forgetBefore),
  failAttempt: (place, now) => failAttempt(snapshot.db, place, now),
  succeedAttempt: (place, now) => succeedAttempt(snapshot.db, place, now),
  confirmAttempt: (place, now) => confirmAttempt(snapshot.db, place, now),
  spendTry: (key, windowMs, now) => spendTry(snapshot.db, key, windowMs, now),
  forgetAttempts: (now) => forgetAttempts(snapshot.db, now),
  pragmas: () => snapshot.db.pragmas(),
  probe: () => {
    snapshot.db.run("INSERT OR REPLACE INTO record (kind, id, body, version) VALUES ('probe', '', '0', 1)");
    snapshot.db.run("DELETE FROM record WHERE kind = 'probe'");
  },
};

/**
 * Carries out a batch and commits it. A call hardly ever fails, so none has a savepoint at first: that would make the
 * engine keep a copy of every page that each call changes. When one fails after all, the batch is undone and carried out
 * again with a savepoint around each call, so that only the one is undone.
 */
function commitBatch(batch: readonly CallMessage[]): AnswerMessage[] {
  try {
    if (!isShared) snapshot.db.run('BEGIN IMMEDIATE');
    demandInPlace();
    return commitAll(batch) ?? commitEach(batch);
  } catch (error) {
    // Nothing of the batch is durable, so nobody in it may be told otherwise.
    snapshot.db.rollback();
    reset();
    return batch.map(({ id }) => ({ id, error: thrownData(error) }));
  }
}

/** The answers of a batch in which no call failed. Undefined when one did, and then nothing is changed. */
function commitAll(batch: readonly CallMessage[]): AnswerMessage[] | undefined {
  const { db } = snapshot;
  const answers: AnswerMessage[] = [];
  for (const call of batch) {
    const result = answer(handlers, call);
    if ('error' in result) {
      db.rollback();
      reset();
      return undefined;
    }
    answers.push(result);
  }
  announceChanges();
  db.run('COMMIT');
  return answers;
}

function commitEach(batch: readonly CallMessage[]): AnswerMessage[] {
  const { db } = snapshot;
  db.run('BEGIN IMMEDIATE');
  const answers = batch.map((call) => {
    db.run('SAVEPOINT call');
    const result = answer(handlers, call);
    if ('error' in result) {
      // A full disk or a broken file has undone the whole transaction already, so the whole batch fails with it.
      if (result.error.code.startsWith('store_'))
        throw new CurfewError(result.error.code, result.error.message);
      db.run('ROLLBACK TO call');
      reset();
    }
    db.run('RELEASE call');
    return result;
  });
  announceChanges();
  db.run('COMMIT');
  return answers;
}

/**
 * The engine goes on writing to a file that was deleted or moved, and nobody would find there what was acknowledged.
 * @throws CurfewError `store_unavailable`
 */
function demandInPlace(): void {
  let found: typeof opened | undefined;
  try {
    found = statSync(path);
  } catch {
    // What cannot be found is not in its place, whatever the reason.
  }
  if (found !== undefined && found.ino === opened.ino && found.dev === opened.dev) return;
  throw new CurfewError(
    'store_unavailable',
    `The database ${path} was moved or deleted under the running server, so nothing more is written. Put it back, or restart the server.`,
  );
}

/** Says which sessions the open transaction has changed, before anybody can see it. */
function announceChanges(): void {
  // With several processes nothing is kept on the strength of such notes; see `Lookups`.
  if (isShared) return;
  const rows = takeChanges(snapshot.db);
  if (rows.length === 0) return;
  const commit = (Atomics.add(begunCommits, 0, 1) + 1) | 0;
  port.postMessage({ commit, rows } satisfies ChangeNotice);
}

/** Reads anew what a rolled-back call may have left in memory. */
function reset(): void {
  place = startOfSweep();
  snapshot.dictionary.forget();
  snapshot.dictionary.load();
}

function drain(): void {
  scheduled = false;
  for (;;) {
    const waiting = receiveMessageOnPort(port) as { message: unknown } | undefined;
    if (waiting === undefined) break;
    accept(waiting.message);
  }
  if (queue.length > 0) {
    if (isShared && !begin() && waits()) {
      scheduled = true;
      setTimeout(drain, turnMs);
      return;
    }
  }
  if (queue.length > 0) {
    const batch = queue.slice(0, mostPerCommit);
    queue = queue.slice(mostPerCommit);
    port.postMessage(commitBatch(batch));
    committedAt = performance.now();
  }
  if (queue.length > 0) schedule();
  else if (closing) shut();
}

/** Takes the lock if it is free, and reads the words that others have brought into use. */
function begin(): boolean {
  const { db, dictionary } = snapshot;
  try {
    if (!db.tryBeginWriting()) return false;
    waitingSince = undefined;
    const version = db.number('PRAGMA data_version');
    if (version !== dataVersion) dictionary.load();
    dataVersion = version;
    return true;
  } catch (error) {
    db.rollback();
    failAll(error);
    return false;
  }
}

/** Whether the calls that wait for the lock may wait on; those that may not have failed. */
function waits(): boolean {
  if (queue.length === 0) return false;
  waitingSince ??= performance.now();
  if (performance.now() - waitingSince < longestWaitMs) return true;
  const problem = `another process has been writing for more than ${longestWaitMs / 1000} s`;
  failAll(new CurfewError('store_unavailable', `The data cannot be written: ${problem}.`));
  return false;
}

function failAll(error: unknown): void {
  port.postMessage(queue.map(({ id }): AnswerMessage => ({ id, error: thrownData(error) })));
  queue = [];
  waitingSince = undefined;
}

function accept(message: unknown): void {
  if (isClose(message)) closing = true;
  else queue.push(...(message as CallMessage[]));
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  const restMs = isShared ? committedAt + turnMs - performance.now() : 0;
  if (restMs > 0) setTimeout(drain, restMs);
  else setImmediate(drain);
}

function shut(): void {
  try {
    snapshot.db.exec('PRAGMA optimize');
    // The engine would do so when the last connection closes, but statements that are not collected yet keep one open.
    snapshot.db.get(`PRAGMA wal_checkpoint(${isShared ? 'PASSIVE' : 'TRUNCATE'})`);
  } finally {
    snapshot.db.close();
    port.close();
  }
}

await announce(async () => {
  const db = await Database.open(path, { cacheKiB });
  opened = statSync(path);
  migrate(db);
  snapshot = { db, dictionary: new Dictionary(db) };
  snapshot.dictionary.load();
  if (!isShared) noteChanges(db);
  port.on('message', (message) => {
    accept(message);
    schedule();
  });
});
