import { workerData } from 'node:worker_threads';
import type { CallMessage } from './calls.ts';
import { Database } from './database.ts';
import { Dictionary } from './dictionary.ts';
import type { Snapshot } from './query.ts';
import { refusedUses } from './refused-uses.ts';
import { announce, answer, isClose, threadPort } from './serve-calls.ts';
import type { StatisticsCalls } from './statistics.ts';
import { timeline } from './timeline.ts';

/** The thread for questions over many rows, so that lists need not wait for them. */

const { path, cacheKiB } = workerData as { path: string; cacheKiB: number };
const port = threadPort();
let snapshot: Snapshot;

const handlers: StatisticsCalls = {
  timeline: (query) => inSnapshot(() => timeline(snapshot, query)),
  refusedUses: (query) => inSnapshot(() => refusedUses(snapshot, query)),
};

function inSnapshot<Result>(work: () => Result): Result {
  const { db, dictionary } = snapshot;
  return db.transaction('DEFERRED', () => {
    dictionary.load();
    return work();
  });
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
    for (const call of message as CallMessage[]) port.postMessage([answer(handlers, call)]);
  });
});
