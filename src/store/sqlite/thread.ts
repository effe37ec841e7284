import { Worker } from 'node:worker_threads';
import { CurfewError } from '../../core/errors.ts';
import type { AnswerMessage, CallMessage, ChangeNotice, ThrownData } from './calls.ts';

type Calls<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? { args: A; result: R } : never;
};

interface Waiting {
  resolve(result: never): void;
  reject(error: Error): void;
}

interface ThreadHooks {
  /** Runs before the answers of a batch reach their callers. */
  readonly beforeAnswers?: () => void;
  /** Told what the thread announces besides its answers. */
  readonly onNotice?: (notice: ChangeNotice) => void;
  /** Told once when the thread has stopped by itself. */
  readonly onFailure?: (error: CurfewError) => void;
}

/**
 * The near side of a thread that owns a connection. Calls made in one tick travel together and are carried out in the
 * order they were made.
 */
export class Thread<T extends object> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #outbox: CallMessage[] = [];
  #next = 1;
  #failure: CurfewError | undefined;
  #closing = false;

  private constructor(worker: Worker, { beforeAnswers, onNotice, onFailure }: ThreadHooks) {
    this.#worker = worker;
    worker.on('message', (message: readonly AnswerMessage[] | ChangeNotice) => {
      if ('commit' in message) {
        onNotice?.(message);
        return;
      }
      beforeAnswers?.();
      for (const answer of message) this.#settle(answer);
    });
    const fail = (problem: string): void => {
      if (this.#closing || this.#failure !== undefined) return;
      const message = `The data cannot be served: a thread of the store has stopped (${problem}). Restart the server.`;
      this.#failure = new CurfewError('store_unavailable', message);
      for (const { reject } of this.#waiting.values()) reject(this.#failure);
      this.#waiting.clear();
      onFailure?.(this.#failure);
    };
    worker.on('error', (error) => fail(String(error)));
    worker.on('messageerror', (error) => fail(String(error)));
    this.#exited = new Promise((resolve) => {
      worker.on('exit', (code) => {
        fail(`exit code ${code}`);
        resolve();
      });
    });
  }

  /** Starts a thread from the module `name` beside this one; resolves when it has opened its connection. */
  static async start<T extends object>(
    name: string,
    workerData: unknown,
    hooks: ThreadHooks = {},
  ): Promise<Thread<T>> {
    const fromSource = import.meta.url.endsWith('.ts');
    const file = new URL(`./${name}.${fromSource ? 'ts' : 'js'}`, import.meta.url);
    // A thread does not take over the loader that runs this from source, so it registers its own.
    const loader = fromSource
      ? [`--import=${new URL('../../../scripts/from-source.mjs', import.meta.url)}`]
      : undefined;
    const worker = new Worker(file, { workerData, ...(loader === undefined ? {} : { execArgv: loader }) });
    const ready = await new Promise<AnswerMessage>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('message', resolve);
    });
    if ('error' in ready) throw revive(ready.error);
    return new Thread<T>(worker, hooks);
  }

  /** Why the thread has stopped by itself, or undefined while it serves. */
  get failure(): CurfewError | undefined {
    return this.#failure;
  }

  /** Carries out one call. */
  call<K extends keyof T & string>(name: K, ...args: Calls<T>[K]['args']): Promise<Calls<T>[K]['result']> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#closing) return Promise.reject(new CurfewError('store_unavailable', 'The store is closed.'));
    const id = this.#next++;
    if (this.#outbox.length === 0) queueMicrotask(() => this.#post());
    this.#outbox.push({ id, name, args });
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject } as Waiting);
    });
  }

  /** Lets the thread finish what it was given, then ends it. */
  async close(): Promise<void> {
    if (this.#closing) return this.#exited;
    this.#post();
    this.#closing = true;
    this.#worker.postMessage('close');
    await this.#exited;
    for (const { reject } of this.#waiting.values())
      reject(new CurfewError('store_unavailable', 'The store is closed.'));
  }

  #post(): void {
    if (this.#outbox.length === 0) return;
    this.#worker.postMessage(this.#outbox);
    this.#outbox = [];
  }

  #settle(answer: AnswerMessage): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(revive(answer.error));
    else waiting?.resolve(answer.result as never);
  }
}

function revive({ code, message, details, stack }: ThrownData): CurfewError {
  const error = new CurfewError(code, message, details);
  if (stack !== undefined) error.stack = stack;
  return error;
}
