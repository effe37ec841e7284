import type { Connection } from './connection.ts';
import { ServerFailure } from './failure.ts';

export interface PoolOptions {
  readonly open: () => Promise<Connection>;
  /** The most connections at once. */
  readonly size: number;
  /** How long somebody waits for a connection when all are in use. */
  readonly waitMs: number;
  /** How long a connection is kept that nobody uses. */
  readonly idleMs: number;
}

interface Idle {
  readonly connection: Connection;
  readonly timer: NodeJS.Timeout;
}

/** Connections of one kind to one server. Each serves one at a time, for a bind changes who a connection belongs to. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #idle: Idle[] = [];
  readonly #waiting: (() => void)[] = [];
  #inUse = 0;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /**
   * Works on a connection. One that was kept may have died unnoticed, so work that fails on it is done once more on a
   * new one.
   * @throws ServerFailure when there is no connection, or the server fails in the midst of the work
   */
  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    await this.#turn();
    try {
      const kept = this.#takeIdle();
      if (kept !== undefined) {
        try {
          return await this.#workOn(kept, work);
        } catch (error) {
          if (!(error instanceof ServerFailure && error.isBroken)) throw error;
        }
      }
      return await this.#workOn(await this.#options.open(), work);
    } finally {
      this.#inUse--;
      this.#waiting.shift()?.();
    }
  }

  /** Ends the connections that nobody uses, and each of the others when its work is done. */
  close(): void {
    this.#isClosed = true;
    for (let kept = this.#takeIdle(); kept !== undefined; kept = this.#takeIdle()) kept.close();
  }

  async #workOn<T>(connection: Connection, work: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await work(connection);
    } finally {
      if (connection.isOpen && !this.#isClosed) this.#keep(connection);
      else connection.close();
    }
  }

  #keep(connection: Connection): void {
    const timer = setTimeout(() => {
      const place = this.#idle.findIndex((idle) => idle.connection === connection);
      if (place >= 0) this.#idle.splice(place, 1);
      connection.close();
    }, this.#options.idleMs);
    this.#idle.push({ connection, timer: timer.unref() });
  }

  /** The connection used last that is still open; the others fade away when there is less to do. */
  #takeIdle(): Connection | undefined {
    for (;;) {
      const idle = this.#idle.pop();
      if (idle === undefined) return undefined;
      clearTimeout(idle.timer);
      if (idle.connection.isOpen) return idle.connection;
      idle.connection.close();
    }
  }

  /** Waits until a connection may be used. */
  async #turn(): Promise<void> {
    const { size, waitMs } = this.#options;
    if (this.#inUse >= size) {
      await new Promise<void>((resolve, reject) => {
        const ready = (): void => {
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(() => {
          this.#waiting.splice(this.#waiting.indexOf(ready), 1);
          reject(new ServerFailure('all connections to the server are in use'));
        }, waitMs);
        this.#waiting.push(ready);
      });
    }
    this.#inUse++;
  }
}
