import type { Clock } from '../../core/clock.ts';
import { CurfewError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { failureOf, ServerFailure } from './failure.ts';
import { Pool } from './pool.ts';

/** Servers themselves, and what lies before them, drop connections that were silent for minutes. */
const idleMs = 60_000;

/** The account by which Curfew searches. */
export interface ServiceAccount {
  readonly dn: string;
  readonly password: string;
}

export interface ServersOptions {
  readonly urls: readonly string[];
  readonly connection: Omit<ConnectionOptions, 'url'>;
  /** Undefined: searches are made without an account. */
  readonly account: ServiceAccount | undefined;
  /** The most connections of each kind to one server. */
  readonly connections: number;
  readonly retryAfterMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** One directory server, with connections for Curfew's own questions and others for the passwords of users. */
export class Server {
  readonly url: string;
  readonly #options: ConnectionOptions;
  readonly #account: ServiceAccount | undefined;
  readonly #searching: Pool;
  readonly #proving: Pool;
  /** The instant before which it is asked only when no other server answers. */
  restsUntil = 0;

  constructor(url: string, { connection, account, connections }: ServersOptions) {
    this.url = url;
    this.#options = { ...connection, url };
    this.#account = account;
    const limits = { size: connections, waitMs: connection.timeoutMs, idleMs };
    this.#searching = new Pool({ ...limits, open: () => this.openForSearch() });
    this.#proving = new Pool({ ...limits, open: () => Connection.open(this.#options) });
  }

  /** A new connection bound as the service account. @throws ServerFailure */
  async openForSearch(): Promise<Connection> {
    const connection = await Connection.open(this.#options);
    if (this.#account === undefined) return connection;
    try {
      await connection.bind(this.#account.dn, this.#account.password);
      return connection;
    } catch (error) {
      connection.close();
      throw failureOf(error, `${this.#account.dn} cannot be bound`);
    }
  }

  /** Asks something as the service account. @throws ServerFailure, and what the work throws */
  search<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#searching.use((connection) => doing(work, connection));
  }

  /** Works on a connection that is bound as whoever used it last, or nobody: the work begins with a bind. */
  prove<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#proving.use((connection) => doing(work, connection));
  }

  close(): void {
    this.#searching.close();
    this.#proving.close();
  }
}

async function doing<T>(work: (connection: Connection) => Promise<T>, connection: Connection): Promise<T> {
  try {
    return await work(connection);
  } catch (error) {
    throw failureOf(error, 'the search fails');
  }
}

/** The servers of one directory, in the order in which they are asked. */
export class Servers {
  readonly all: readonly Server[];
  readonly #options: ServersOptions;

  constructor(options: ServersOptions) {
    this.#options = options;
    this.all = options.urls.map((url) => new Server(url, options));
  }

  /**
   * Does work on the first server that can do it, from its beginning on each. A server that failed is asked last for a
   * while: it costs time only when no other answers.
   * @throws CurfewError `provider_unavailable` when none can
   */
  async ask<T>(work: (server: Server) => Promise<T>): Promise<T> {
    const { clock, retryAfterMs, log } = this.#options;
    const now = clock.now();
    const isResting = ({ restsUntil }: Server): boolean => restsUntil > now;
    const inOrder = [...this.all.filter((server) => !isResting(server)), ...this.all.filter(isResting)];
    const failures: string[] = [];
    for (const server of inOrder) {
      try {
        const answer = await work(server);
        server.restsUntil = 0;
        return answer;
      } catch (error) {
        if (!(error instanceof ServerFailure)) throw error;
        server.restsUntil = clock.now() + retryAfterMs;
        failures.push(`${server.url}: ${error.message}`);
        log.warn({ server: server.url, reason: error.message }, 'a directory server cannot be asked');
      }
    }
    throw new CurfewError(
      'provider_unavailable',
      `No server of the directory can be asked. ${failures.join('; ')}.`,
    );
  }

  close(): void {
    for (const server of this.all) server.close();
  }
}
