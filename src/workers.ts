import cluster, { type Worker } from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { CurfewError, type ErrorCode } from './core/errors.ts';
import type { Log } from './core/log.ts';

/** Where a server listens, as the welcome tells it. */
export interface Listening {
  readonly httpPort: number;
  readonly httpsPort: number | undefined;
  readonly grpcPort: number | undefined;
}

/** What a worker tells the process that started it. */
export type WorkerMessage =
  | { readonly kind: 'listening'; readonly listening: Listening }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };

export interface WorkersOptions {
  readonly count: number;
  /** The flags that the server itself was given. */
  readonly args: readonly string[];
  readonly log: Log;
  /** The longest that a worker may take to stop when it is told to, in milliseconds. */
  readonly stopMs: number;
}

const workerVariable = 'CURFEW_WORKER';
const firstPauseMs = 100;
const longestPauseMs = 10_000;
/** A worker that lived for so long did not die of its start. */
const settledMs = 30_000;

/**
 * The processes that share one port and one store on this machine. One that dies is started again, after a pause that grows
 * while it keeps dying. They are told to stop by a message, since a signal of a terminal or of a service manager reaches
 * some of them and not others.
 */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #running = new Map<number, Worker>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isStopping = false;

  private constructor(options: WorkersOptions) {
    this.#options = options;
  }

  /**
   * Starts them all. Gives where they listen, once every one does.
   * @throws CurfewError of the worker that did not start; then none runs
   */
  static async start(options: WorkersOptions): Promise<{ workers: Workers; listening: Listening }> {
    const fromSource = import.meta.url.endsWith('.ts');
    cluster.setupPrimary({
      exec: fileURLToPath(new URL(fromSource ? './main.ts' : './main.js', import.meta.url)),
      args: [...options.args],
    });
    const workers = new Workers(options);
    try {
      const started = Array.from({ length: options.count }, (_, index) => workers.#start(index + 1));
      const [listening] = await Promise.all(started);
      return { workers, listening: listening as Listening };
    } catch (error) {
      await workers.stop();
      throw error;
    }
  }

  /** Has every worker finish what is under way and stop; what has not by then is ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const gone = [...this.#running.values()].map(
      (worker) => new Promise<void>((resolve) => worker.once('exit', () => resolve())),
    );
    for (const worker of this.#running.values()) tell(worker, 'stop');
    const limit = setTimeout(() => this.kill(), this.#options.stopMs);
    await Promise.all(gone);
    clearTimeout(limit);
  }

  /** Ends every worker at once. */
  kill(): void {
    for (const worker of this.#running.values()) worker.process.kill('SIGKILL');
  }

  #start(number: number, pauseMs = firstPauseMs): Promise<Listening> {
    const startedAt = performance.now();
    const worker = cluster.fork({ [workerVariable]: String(number) });
    this.#running.set(number, worker);
    return new Promise((resolve, reject) => {
      let isListening = false;
      worker.on('message', (message: WorkerMessage) => {
        if (message.kind === 'failed') reject(new CurfewError(message.code, message.message));
        else {
          isListening = true;
          resolve(message.listening);
        }
      });
      worker.once('exit', (code, signal) => {
        this.#running.delete(number);
        const how = signal === null ? `exit code ${code}` : signal;
        reject(new CurfewError('internal', `Worker ${number} ended before it listened (${how}).`));
        if (this.#isStopping) return;
        const hasSettled = isListening && performance.now() - startedAt > settledMs;
        const waitMs = hasSettled ? firstPauseMs : pauseMs;
        this.#options.log.error({ worker: number, how, waitMs }, 'a worker has ended; it is started again');
        this.#startLater(number, waitMs);
      });
    });
  }

  #startLater(number: number, waitMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#start(number, Math.min(waitMs * 2, longestPauseMs)).then(
        () => this.#options.log.info({ worker: number }, 'a worker answers again'),
        (error: unknown) => this.#options.log.error({ worker: number, err: error }, 'a worker did not start'),
      );
    }, waitMs);
    this.#timers.add(timer);
  }
}

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
      if (message === 'stop') resolve();
    });
  });
}

/** A worker that is just ending cannot be told any more. */
function tell(worker: Worker, message: string): void {
  worker.send(message, () => {});
}
