import type { Connection } from '../../../src/store/postgres/connection.ts';
import type { Row, Statement } from '../../../src/store/postgres/statement.ts';
import type { WritingConnection } from '../../../src/store/postgres/writer.ts';

/**
 * A connection whose transactions go statement by statement, and stop before each until they are told to go on: so that two
 * nodes can be led through every order of their statements.
 */
export class SteppedConnection implements WritingConnection {
  readonly #connection: Connection;
  /** How many statements may still run, the commit counting as one. */
  #allowed = 0;
  #isFree = false;
  #goOn: (() => void) | undefined;
  #isRunning = false;
  /** How many statements have run. */
  taken = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Whether it stands before a statement that it may not run yet. */
  get isStopped(): boolean {
    return this.#goOn !== undefined;
  }

  /** Whether a statement is under way; it may wait for a lock. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Lets so many statements run from the next transaction on, and stops before the one after them. */
  allow(steps: number): void {
    this.#allowed = steps;
    this.#isFree = false;
    this.taken = 0;
  }

  /** Lets everything run. */
  free(): void {
    this.#isFree = true;
    const goOn = this.#goOn;
    this.#goOn = undefined;
    goOn?.();
  }

  query(statement: Statement): Promise<Row[]> {
    return this.#connection.query(statement);
  }

  converse<Result>(
    mode: 'read' | 'write',
    work: (ask: (statement: Statement) => Promise<Row[]>) => Promise<Result>,
  ): Promise<Result> {
    return this.#connection.converse(mode, (ask) => work((one) => this.#step(() => ask(one))));
  }

  transaction(statements: readonly Statement[]): Promise<Row[][]> {
    return this.#connection.converse('write', async (ask) => {
      const rows = [];
      for (const one of statements) rows.push(await this.#step(() => ask(one)));
      await this.#step(() => Promise.resolve([]));
      return rows;
    });
  }

  async #step(run: () => Promise<Row[]>): Promise<Row[]> {
    if (!this.#isFree && this.taken >= this.#allowed) {
      await new Promise<void>((resolve) => {
        this.#goOn = resolve;
      });
    }
    this.#isRunning = true;
    try {
      return await run();
    } finally {
      this.#isRunning = false;
      this.taken += 1;
    }
  }
}
