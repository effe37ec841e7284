import cluster from 'node:cluster';
import type { ErrorCode } from './core/errors.ts';
import { beatMs, lostAfterBeats } from './heartbeats.ts';

/** The side of a process that is one of several; see `workers.ts` for the one that starts them. */

/** Where a server listens, as the welcome tells it. */
export interface Listening {
  readonly httpPort: number;
  readonly httpsPort: number | undefined;
  readonly grpcPort: number | undefined;
}

/** What a worker tells the process that started it. */
export type WorkerMessage =
  | { readonly kind: 'listening'; readonly listening: Listening }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }
  /** Have every worker asked, this one too. */
  | { readonly kind: 'ask'; readonly id: number }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  /** It can be heard. */
  | { readonly kind: 'beat' };

/** What a worker is told by it. */
export type PrimaryMessage =
  | { readonly kind: 'stop' }
  | { readonly kind: 'question'; readonly id: number }
  | { readonly kind: 'answers'; readonly id: number; readonly answers: readonly unknown[] }
  /** These workers do not answer; none when all do. */
  | { readonly kind: 'stuck'; readonly workers: readonly number[] };

/** The variable that bears the number of a worker. */
export const workerVariable = 'CURFEW_WORKER';

/** The number of this process if it is a worker. Asked once: the variable that bears it is no setting, and goes. */
export function workerNumber(): number | undefined {
  if (!cluster.isWorker) return undefined;
  const number = Number(process.env[workerVariable]);
  delete process.env[workerVariable];
  return Number.isInteger(number) ? number : undefined;
}

/** Tells the process that started this worker how it went. */
export function tellPrimary(message: WorkerMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, () => resolve());
  });
}

/** Fulfilled when this worker shall stop: it was told to, or a signal to end was sent to it alone. */
export function workerStop(): Promise<void> {
  return new Promise((resolve) => {
    // Ctrl-C reaches every process of the terminal; the one that started this worker passes it on.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => resolve());
    process.on('message', (message) => {
      if ((message as PrimaryMessage).kind === 'stop') resolve();
    });
  });
}

/** Lets the process that started this worker hear that its events go round. Gives how to stop that. */
export function beat(): () => void {
  const timer = setInterval(() => void tellPrimary({ kind: 'beat' }), beatMs);
  void tellPrimary({ kind: 'beat' });
  return () => clearInterval(timer);
}

/** What somebody should know of the other workers of this server, each as a sentence; nothing when all answer. */
export function stuckWorkers(): () => readonly string[] {
  let warnings: readonly string[] = [];
  process.on('message', (message: PrimaryMessage) => {
    if (message.kind !== 'stuck') return;
    const within = Math.ceil((lostAfterBeats * beatMs) / 1000);
    warnings = message.workers.map(
      (number) =>
        `Worker ${number} of this server does not answer: what it was asked waits. Unless it goes on, it is ended and started again within ${within} seconds.`,
    );
  });
  return () => warnings;
}

/**
 * Lets the workers of a server ask each other one question.
 * @param answer this worker's own answer, as plain data
 * @returns asks all, this one too; who does not answer in time is left out
 */
export function peers(answer: () => Promise<unknown>): () => Promise<readonly unknown[]> {
  const waiting = new Map<number, (answers: readonly unknown[]) => void>();
  let asked = 0;
  process.on('message', (message: PrimaryMessage) => {
    if (message.kind === 'question') {
      void answer().then(
        (given) => tellPrimary({ kind: 'answer', id: message.id, answer: given }),
        () => undefined,
      );
    } else if (message.kind === 'answers') {
      waiting.get(message.id)?.(message.answers);
      waiting.delete(message.id);
    }
  });
  return () =>
    new Promise((resolve) => {
      const id = ++asked;
      waiting.set(id, resolve);
      void tellPrimary({ kind: 'ask', id });
    });
}
