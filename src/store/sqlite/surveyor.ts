import { CurfewError } from '../../core/errors.ts';
import type { ReaderCalls } from './calls.ts';
import { Thread } from './thread.ts';

const cacheKiB = 8 * 1024;

/**
 * Questions that read very many rows, in a thread of their own, so that lists do not wait for them. It starts with the first
 * of them: most servers are never asked.
 */
export class Surveyor {
  readonly #path: string;
  readonly #beforeAnswers: () => void;
  #thread: Promise<Thread<ReaderCalls>> | undefined;
  #isClosed = false;

  /** @param beforeAnswers runs before answers reach whoever asked, as of the other threads */
  constructor(path: string, beforeAnswers: () => void) {
    this.#path = path;
    this.#beforeAnswers = beforeAnswers;
  }

  /** Asks one question. @throws CurfewError `store_unavailable` */
  async ask<K extends keyof ReaderCalls>(
    name: K,
    ...args: Parameters<ReaderCalls[K]>
  ): Promise<ReturnType<ReaderCalls[K]>> {
    if (this.#isClosed) throw new CurfewError('store_unavailable', 'The store is closed.');
    this.#thread ??= this.#start();
    const thread = await this.#thread;
    return (await thread.call(name, ...(args as never))) as ReturnType<ReaderCalls[K]>;
  }

  /** Finishes what was asked, then ends the thread if there is one. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const thread = await this.#thread?.catch(() => undefined);
    await thread?.close();
  }

  /** One that has stopped by itself is started anew: nothing hangs on it but the answers that were under way. */
  #start(): Promise<Thread<ReaderCalls>> {
    const forget = (): void => {
      this.#thread = undefined;
    };
    const starting = Thread.start<ReaderCalls>(
      'reader',
      { path: this.#path, cacheKiB },
      { beforeAnswers: this.#beforeAnswers, onFailure: forget },
    );
    starting.catch(forget);
    return starting;
  }
}
