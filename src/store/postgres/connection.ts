import pg from 'pg';
import { demandKnownOptions, waysOf } from '../../core/database-url.ts';
import { CurfewError } from '../../core/errors.ts';
import { translate } from './errors.ts';
import { Outage } from './outage.ts';
import type { Row, SqlValue, Statement } from './statement.ts';

export interface ConnectionOptions {
  /** The way to the database, with its password. Of several servers the one is taken that can be written. */
  readonly url: string;
  /** How the database is named in messages: without secrets. */
  readonly where: string;
  /** How the server shows this connection to its administrators. */
  readonly name: string;
  /** How long connecting to a server may take, in milliseconds. */
  readonly connectTimeoutMs?: number;
  /** Looks at what a new connection leads to, and throws when it is not to be used. */
  readonly admission?: { admit(ask: Ask): Promise<void> };
  /** What it knows of an outage together with others. */
  readonly outage?: Outage;
}

/** Runs one statement of a transaction. */
export type Ask = (statement: Statement) => Promise<Row[]>;

const int8 = 20;

/** Whole numbers of 64 bits come as texts; all of ours are exact as numbers. */
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === int8 ? Number : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
};

/**
 * One connection, made when it is first needed and made anew after it broke. While the server cannot be reached every call
 * fails at once, and it is asked again after a pause that grows and is drawn by lot, so that many nodes do not come back at
 * the same instant. No session state is kept on it but prepared statements, and these only where no pooler stands between.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #ways: readonly string[];
  readonly #outage: Outage;
  #client: pg.Client | undefined;
  #prepares = false;
  #closed = false;
  #turn: Promise<unknown> = Promise.resolve();
  #pending = 0;

  /** @throws CurfewError `config_invalid` where the way has an option that is not known */
  constructor(options: ConnectionOptions) {
    demandKnownOptions(options.url);
    this.#options = options;
    this.#ways = waysOf(options.url);
    this.#outage = options.outage ?? new Outage();
  }

  /** How many calls wait for their turn or have it. */
  get pending(): number {
    return this.#pending;
  }

  /** Runs one statement by itself. */
  query(statement: Statement, timeoutMs = 60_000): Promise<Row[]> {
    return this.#inTurn(timeoutMs, (client) => run(client, statement, this.#prepares));
  }

  /**
   * Runs statements in one transaction, all sent at once: the server works them off without waiting for anything from here,
   * so a node that stops in the middle leaves no lock behind. Gives the rows of each.
   */
  transaction(statements: readonly Statement[], timeoutMs = 60_000): Promise<Row[][]> {
    return this.#inTurn(timeoutMs, (client) => runAll(client, statements, this.#prepares));
  }

  /**
   * Runs work in one transaction, statement by statement. The server ends it by itself when this process stops in the
   * middle, so that nobody waits for long for what it has locked.
   */
  converse<Result>(
    mode: 'read' | 'write',
    work: (ask: Ask) => Promise<Result>,
    timeoutMs = 60_000,
  ): Promise<Result> {
    return this.#inTurn(timeoutMs, async (client) => {
      try {
        await client.query(mode === 'write' ? begin : beginSnapshot);
        const result = await work((statement) => run(client, statement, this.#prepares));
        demandCommitted(await client.query('COMMIT'));
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => destroy(client));
        throw error;
      }
    });
  }

  /** Finishes what runs, then closes. */
  async close(): Promise<void> {
    await this.#turn;
    this.#closed = true;
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  /**
   * Calls have the connection one after the other: a pooler gives it away between two transactions, and must not have got the
   * next one by then. An answer is not waited for without end: a server that is frozen or cut off says nothing.
   */
  #inTurn<Result>(timeoutMs: number, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(async () => {
      const client = await this.#connected();
      const timer = setTimeout(() => destroy(client), timeoutMs);
      try {
        return await work(client);
      } catch (error) {
        throw translate(error, this.#options.where);
      } finally {
        clearTimeout(timer);
        this.#pending -= 1;
      }
    });
    this.#pending += 1;
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #connected(): Promise<pg.Client> {
    if (this.#closed) throw new CurfewError('store_unavailable', 'The store is closed.');
    if (this.#client !== undefined) return this.#client;
    const { failure } = this.#outage;
    if (failure !== undefined) throw failure;
    return this.#connect();
  }

  /** Connects to the first server that can be written, beginning with the one that could be the last time. */
  async #connect(): Promise<pg.Client> {
    let failure: unknown;
    for (let turn = 0; turn < this.#ways.length; turn++) {
      const place = (this.#outage.way + turn) % this.#ways.length;
      try {
        const client = await this.#connectTo(this.#ways[place] as string);
        this.#outage.way = place;
        this.#outage.end();
        this.#client = client;
        return client;
      } catch (error) {
        failure ??= error;
      }
    }
    const translated = translate(failure, this.#options.where);
    this.#outage.begin(translated);
    throw translated;
  }

  async #connectTo(url: string): Promise<pg.Client> {
    const { name, connectTimeoutMs = this.#ways.length > 1 ? 2000 : 5000, admission } = this.#options;
    const client = new pg.Client({
      connectionString: url,
      application_name: name,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      pipeline: true,
      types,
    });
    // Queries under way are told by their own promises; here only the broken connection is let go of.
    client.on('error', () => this.#lose(client));
    client.on('end', () => this.#lose(client));
    client.on('notice', (notice) => {
      // The server stopped waiting for its standby because somebody cancelled that, and would now say that all is well.
      if (notice.routine === 'SyncRepWaitForLSN') destroy(client);
    });
    // A server that stands still takes connections and says nothing.
    const timer = setTimeout(() => destroy(client), 2 * connectTimeoutMs);
    try {
      await client.connect();
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid, pg_is_in_recovery() AS standby');
      if (rows[0].standby === true) throw new Error('this server is a standby, which cannot be written');
      // A pooler gives a process number of its own, and statements prepared through it may be missing the next time.
      this.#prepares = rows[0].pid === (client as unknown as { processID: number }).processID;
      await admission?.admit((statement) => run(client, statement, false));
      return client;
    } catch (error) {
      destroy(client);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #lose(client: pg.Client): void {
    if (this.#client === client) this.#client = undefined;
  }
}

/**
 * Nothing here runs long enough to be worth compiling; the server would do so where the estimate of a statement is high.
 */
const limits = 'SET LOCAL idle_in_transaction_session_timeout = 3000; SET LOCAL jit = off';
/** What is acknowledged must be durable, also where the server was told to be quick about it. */
const durable = `SELECT set_config('synchronous_commit', 'on', true)
  WHERE current_setting('synchronous_commit') IN ('off', 'local')`;
const begin = `BEGIN ISOLATION LEVEL READ COMMITTED; ${limits}; ${durable}`;
/** A question that nobody waits for any more is given up by the server too. */
const beginSnapshot = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${limits};
  SET LOCAL statement_timeout = 60000`;

async function run(client: pg.Client, { text, values, name }: Statement, prepares: boolean): Promise<Row[]> {
  const { rows } = await client.query<SqlValue[]>({
    text,
    values: values as unknown[],
    rowMode: 'array',
    ...(prepares && name !== undefined ? { name } : {}),
  });
  return rows;
}

async function runAll(
  client: pg.Client,
  statements: readonly Statement[],
  prepares: boolean,
): Promise<Row[][]> {
  const begun = client.query(begin);
  const running = statements.map((statement) => run(client, statement, prepares));
  const committed = client.query('COMMIT');
  // All are waited for, and the first failure is the cause of those after it.
  await Promise.allSettled([begun, ...running, committed]);
  await begun;
  const rows = [];
  for (const one of running) rows.push(await one);
  demandCommitted(await committed);
  return rows;
}

/** A transaction that was given up answers COMMIT without an error. */
function demandCommitted({ command }: { command: string }): void {
  if (command !== 'COMMIT') throw new Error('the transaction was given up');
}

/** Breaks a connection off. What waits on it fails. */
function destroy(client: pg.Client): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(error?: Error): void } } };
  connection.stream.destroy(new Error('the connection was given up'));
}
