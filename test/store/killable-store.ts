import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Store } from '../../src/session/store.ts';
import type { Opening, StoreAnswer, StoreCall } from './store-process.ts';

const isSource = import.meta.url.endsWith('.ts');
const loader = isSource
  ? ['--import', fileURLToPath(new URL('../../scripts/from-source.mjs', import.meta.url))]
  : [];
const file = fileURLToPath(new URL(`./store-process.${isSource ? 'ts' : 'js'}`, import.meta.url));

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** A store in a process of its own, which can be killed. */
export class KillableStore {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #waiting = new Map<number, Waiting>();
  #said = '';
  #calls = 0;

  private constructor() {
    // Buffers and numbers come as what they were.
    this.#child = fork(file, {
      execArgv: loader,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
    this.#child.on('message', (answer: StoreAnswer) => this.#hear(answer));
    // What it has said before it died is heard to the end.
    this.#ended = Promise.all([once(this.#child, 'exit'), once(this.#child, 'disconnect')]).then(() => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the process died. ${this.#said}`));
      this.#waiting.clear();
    });
  }

  /** Starts a process that waits to be told what to open. */
  static start(): KillableStore {
    return new KillableStore();
  }

  /** The store as the test calls it. Every method gives a promise. */
  readonly store: Store = new Proxy({} as Store, {
    get: (_target, name) => {
      // Whoever waits for the store itself must not call it.
      if (name === 'then' || typeof name === 'symbol') return undefined;
      return (...args: unknown[]) => this.call(name, args);
    },
  });

  async open(opening: Opening): Promise<void> {
    await this.call('open', [opening]);
  }

  /** Calls a method; the message is on its way when this returns. */
  call(name: string, args: readonly unknown[]): Promise<unknown> {
    this.#calls += 1;
    const id = this.#calls;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, name, args } satisfies StoreCall, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  /** `kill -9`; fulfilled when nothing is left of the process. Whoever waits for an answer gets an error. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Stops it in order. */
  async close(): Promise<void> {
    await this.call('close', []);
    await this.kill();
  }

  #hear(answer: StoreAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('result' in answer) waiting?.resolve(answer.result);
    else waiting?.reject(Object.assign(new Error(answer.error.message), { code: answer.error.code }));
  }
}

/** Processes on which nothing waits: the next one starts while the last one works. */
export class StoreProcesses {
  #spare: KillableStore = KillableStore.start();
  readonly #started: KillableStore[] = [];

  /** A process that has opened this data. */
  async open(opening: Opening): Promise<KillableStore> {
    const taken = this.#spare;
    this.#spare = KillableStore.start();
    this.#started.push(taken);
    await taken.open(opening);
    return taken;
  }

  /** Ends all that are left. */
  async end(): Promise<void> {
    await Promise.all([this.#spare, ...this.#started].map((one) => one.kill()));
  }
}
