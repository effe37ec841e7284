import type { ServerResponse } from 'node:http';

/** What may wait in memory for one reader; whoever lets more pile up does not read. */
const mostWaitingBytes = 512 * 1024;
/** How long a reader may take nothing while something waits. */
const patienceMs = 30_000;
/** How long a client waits before it connects anew, as `retry` tells it. */
const retryMs = 1000;

const head = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  // nginx would else gather the answer before it hands it on.
  'X-Accel-Buffering': 'no',
};

/**
 * An answer in the format of server-sent events (WHATWG HTML, section 9.2). What waits for the reader is bounded: a reader
 * that does not read is dropped, and goes on from the last event that it has got when it connects again.
 */
export class EventStream {
  readonly #response: ServerResponse;
  #isOpen = true;
  #waitsSince: number | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('close', () => {
      this.#isOpen = false;
    });
    // A reader that goes away in the middle is nothing to be told of.
    response.on('error', () => response.destroy());
    response.on('drain', () => {
      this.#waitsSince = undefined;
    });
    response.writeHead(200, head);
    response.write(`retry: ${retryMs}\n\n`);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Calls back once when the stream has ended, whoever ended it. */
  onEnd(done: () => void): void {
    this.#response.on('close', done);
  }

  /** Sends one event. `data` is JSON of one line, `id` the place that the reader goes on from. */
  send(type: string, data: string, id?: string): void {
    this.#write(`${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${data}\n\n`);
  }

  /** Sends a line that means nothing, so that whatever stands between does not take the connection for idle. */
  beat(): void {
    this.#write(':\n\n');
  }

  /** Fulfilled when nothing waits any more; false when the reader is gone, or was dropped. */
  async ready(): Promise<boolean> {
    const response = this.#response;
    if (!this.#isOpen || !response.writableNeedDrain) return this.#isOpen;
    await new Promise<void>((resolve) => {
      const drop = setTimeout(() => response.destroy(), patienceMs).unref();
      const settle = (): void => {
        clearTimeout(drop);
        response.off('drain', settle).off('close', settle);
        resolve();
      };
      response.on('drain', settle).on('close', settle);
    });
    return this.#isOpen;
  }

  /** Sends the last event and ends. */
  end(type: string, data: string): void {
    if (!this.#isOpen) return;
    this.send(type, data);
    this.#isOpen = false;
    this.#response.end();
    // Whoever does not read does not see the end either.
    setTimeout(() => this.#response.destroy(), 1000).unref();
  }

  #write(text: string): void {
    const response = this.#response;
    if (!this.#isOpen) return;
    if (!response.write(text)) this.#waitsSince ??= performance.now();
    const isStuck = this.#waitsSince !== undefined && performance.now() - this.#waitsSince > patienceMs;
    if (response.writableLength <= mostWaitingBytes && !isStuck) return;
    this.#isOpen = false;
    response.destroy();
  }
}
