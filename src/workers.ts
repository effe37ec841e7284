import cluster, { type Worker } from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { CurfewError } from './core/errors.ts';
import type { Log } from './core/log.ts';
import { beatMs, Heartbeats } from './heartbeats.ts';
import { type Listening, type PrimaryMessage, type WorkerMessage, workerVariable } from './worker.ts';

export interface WorkersOptions {
  readonly count: number;
  /** The flags that the server itself was given. */
  readonly args: readonly string[];
  readonly log: Log;
  /** The longest that a worker may take to stop when it is told to, in milliseconds. */
  readonly stopMs: number;
}

const firstPauseMs = 100;
const longestPauseMs = 10_000;
/** How long a worker may take to answer another. */
const answerMs = 2000;
/** A worker that lived for so long did not die of its start. */
const settledMs = 30_000;

/**
 * The processes that share one port and one store on this machine. One that dies is started again, after a pause that grows
 * while it keeps dying; one that stands still is told of, and ended when it does not go on. They are told to stop by a message, since a signal of a terminal or of a service manager reaches
 * some of them and not others.
 */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #running = new Map<number, Worker>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #gathering = new Map<number, (worker: number, answer: unknown) => void>();
  readonly #heartbeats: Heartbeats;
  #listening: NodeJS.Timeout | undefined;
  #questions = 0;
  #isStopping = false;

  private constructor(options: WorkersOptions) {
    this.#options = options;
    this.#heartbeats = new Heartbeats({
      onStuck: (numbers) => this.#tellStuck(numbers),
      onLost: (number) => this.#giveUp(number),
    });
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
      workers.#listening = setInterval(() => workers.#heartbeats.turn(), beatMs);
      return { workers, listening: listening as Listening };
    } catch (error) {
      await workers.stop();
      throw error;
    }
  }

  /** Has every worker finish what is under way and stop; what has not by then is ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#listening);
    for (const timer of this.#timers) clearTimeout(timer);
    const gone = [...this.#running.values()].map(
      (worker) => new Promise<void>((resolve) => worker.once('exit', () => resolve())),
    );
    for (const worker of this.#running.values()) tell(worker, { kind: 'stop' });
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
        switch (message.kind) {
          case 'listening':
            isListening = true;
            tell(worker, { kind: 'stuck', workers: this.#heartbeats.stuck });
            resolve(message.listening);
            break;
          case 'beat':
            this.#heartbeats.heard(number);
            break;
          case 'failed':
            reject(new CurfewError(message.code, message.message));
            break;
          case 'ask':
            this.#gather(worker, message.id);
            break;
          case 'answer':
            this.#gathering.get(message.id)?.(number, message.answer);
            break;
        }
      });
      worker.once('exit', (code, signal) => {
        this.#running.delete(number);
        this.#heartbeats.forget(number);
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

  #tellStuck(numbers: readonly number[]): void {
    const { log } = this.#options;
    if (numbers.length === 0) log.info('every worker can be heard again, or is started anew');
    else log.error({ workers: numbers }, 'workers do not answer');
    for (const [number, worker] of this.#running) {
      if (!numbers.includes(number)) tell(worker, { kind: 'stuck', workers: numbers });
    }
  }

  /** A process that stands still hears no other signal. Its successor is started when it has ended. */
  #giveUp(number: number): void {
    this.#options.log.error({ worker: number }, 'a worker has not answered for too long; it is ended');
    this.#running.get(number)?.process.kill('SIGKILL');
  }

  /** Asks every worker on behalf of one of them; who does not answer in time is left out. */
  #gather(asking: Worker, id: number): void {
    const question = ++this.#questions;
    const answers = new Map<number, unknown>();
    const finish = (): void => {
      clearTimeout(limit);
      this.#gathering.delete(question);
      tell(asking, { kind: 'answers', id, answers: [...answers.values()] });
    };
    const limit = setTimeout(finish, answerMs);
    const asked = [...this.#running].filter(([number]) => !this.#heartbeats.stuck.includes(number));
    this.#gathering.set(question, (number, answer) => {
      answers.set(number, answer);
      if (answers.size === asked.length) finish();
    });
    for (const [, worker] of asked) tell(worker, { kind: 'question', id: question });
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

/** A worker that is just ending cannot be told any more. */
function tell(worker: Worker, message: PrimaryMessage): void {
  worker.send(message, () => {});
}
