import { closeSync, openSync } from 'node:fs';
import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite';
import { CurfewError } from '../../core/errors.ts';

export type SqlValue = string | number | null | Uint8Array;
export type Row = Record<string, SqlValue>;

/** The settings that durability hangs on; `synchronous` 2 is FULL, `busyTimeout` is in milliseconds. */
export interface ConnectionPragmas {
  readonly journalMode: string;
  readonly synchronous: number;
  readonly busyTimeout: number;
}

type Engine = new (path: string, options?: { readOnly?: boolean }) => DatabaseSyncInstance;

/** `node:sqlite` where Node has it without a flag, else the same interface prebuilt inside an npm package. */
async function loadEngine(): Promise<Engine> {
  try {
    const name = 'node:sqlite';
    const builtIn = (await import(name)) as { DatabaseSync: Engine };
    return builtIn.DatabaseSync;
  } catch {
    const prebuilt = await import('@photostructure/sqlite');
    return prebuilt.DatabaseSync as unknown as Engine;
  }
}

const mostStatements = 256;
const busyTimeoutMs = 5000;
/**
 * The log is folded into the database when it holds so many pages, 16 MiB. Rows of sessions lie in a dozen indexes, so that a
 * few commits of many registrations fill the usual 4 MiB already, and each folding costs two more disk syncs.
 */
const pagesPerCheckpoint = 4096;

interface DatabaseOptions {
  readonly readOnly?: boolean;
  /** The most that the page cache takes. */
  readonly cacheKiB: number;
  /** DELETE for a file that is nothing but a lock, where a reader shall keep writers out. */
  readonly journal?: 'WAL' | 'DELETE';
}

/** One connection: its pragmas set, its statements prepared once. */
export class Database {
  readonly #db: DatabaseSyncInstance;
  readonly #statements = new Map<string, StatementSyncInstance>();

  private constructor(db: DatabaseSyncInstance) {
    this.#db = db;
  }

  /**
   * Opens a file. Every connection sets every pragma: a WAL database that is opened again falls back to
   * `synchronous=NORMAL` without a word.
   */
  static async open(path: string, options: DatabaseOptions): Promise<Database> {
    const DatabaseSync = await loadEngine();
    if (options.readOnly !== true && path !== ':memory:') createPrivately(path);
    return translating(() => {
      const db = new DatabaseSync(path, { readOnly: options.readOnly ?? false });
      db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
      if (options.readOnly !== true) db.exec(`PRAGMA journal_mode = ${options.journal ?? 'WAL'}`);
      db.exec('PRAGMA synchronous = FULL');
      db.exec('PRAGMA temp_store = MEMORY');
      db.exec(`PRAGMA cache_size = -${options.cacheKiB}`);
      db.exec(`PRAGMA wal_autocheckpoint = ${pagesPerCheckpoint}`);
      return new Database(db);
    });
  }

  /** What the connection says of its own settings. */
  pragmas(): ConnectionPragmas {
    const read = (name: string): SqlValue | undefined => Object.values(this.get(`PRAGMA ${name}`) ?? {})[0];
    return {
      journalMode: String(read('journal_mode')),
      synchronous: Number(read('synchronous')),
      busyTimeout: Number(read('busy_timeout')),
    };
  }

  /** Runs statements that give nothing back. */
  exec(sql: string): void {
    translating(() => this.#db.exec(sql));
  }

  /** Runs one statement; gives the number of rows it changed and the rowid it made last. */
  run(sql: string, ...values: SqlValue[]): { changes: number; lastInsertRowid: number } {
    return translating(() => {
      const { changes, lastInsertRowid } = this.prepare(sql).run(...whole(values));
      return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) };
    });
  }

  get(sql: string, ...values: SqlValue[]): Row | undefined {
    return translating(() => this.prepare(sql).get(...whole(values)) as Row | undefined);
  }

  all(sql: string, ...values: SqlValue[]): Row[] {
    return translating(() => this.prepare(sql).all(...whole(values)) as Row[]);
  }

  /** The single number that a query gives, 0 when it gives none. */
  number(sql: string, ...values: SqlValue[]): number {
    const row = this.get(sql, ...values);
    return row === undefined ? 0 : Number(Object.values(row)[0]);
  }

  /** A prepared statement, kept for the next time. */
  prepare(sql: string): StatementSyncInstance {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    if (this.#statements.size >= mostStatements) {
      const oldest = this.#statements.keys().next().value as string;
      this.#statements.delete(oldest);
    }
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Runs work in one transaction of the given kind; whatever is thrown undoes it. */
  transaction<T>(kind: 'DEFERRED' | 'IMMEDIATE', work: () => T): T {
    this.exec(`BEGIN ${kind}`);
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /** Begins to write, unless another process is writing now. Gives whether it has begun. */
  tryBeginWriting(): boolean {
    this.exec('PRAGMA busy_timeout = 0');
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      return true;
    } catch (error) {
      if (resultCodeOf(error) === busy) return false;
      throw translate(error);
    } finally {
      this.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    }
  }

  /** Undoes the open transaction, if the engine has not done so itself. */
  rollback(): void {
    try {
      this.#db.exec('ROLLBACK');
    } catch {
      // A full disk or an I/O error has ended the transaction already.
    }
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }
}

/**
 * Makes a file that nobody but its owner may read; one that is there stays as it is. The engine itself would let
 * everybody read it. The files it puts beside a database take over the rights of that.
 * @throws CurfewError `store_full`, `store_unavailable`
 */
export function createPrivately(path: string, flag: 'a' | 'wx' = 'a'): void {
  try {
    closeSync(openSync(path, flag, 0o600));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new CurfewError('conflict', `The file ${path} exists already; name another one.`);
    if (code === 'ENOSPC')
      throw new CurfewError('store_full', `The disk of ${path} is full; free some space. ${message}`);
    throw new CurfewError('store_unavailable', `The file ${path} cannot be written: ${message}`);
  }
}

/** The values as they are. The engine cuts a text at U+0000, which would make it another name. */
function whole(values: SqlValue[]): SqlValue[] {
  for (const value of values) {
    if (typeof value === 'string' && value.includes('\0')) {
      const message = `The text ${JSON.stringify(value.slice(0, 100))} holds U+0000, which cannot be kept; send it without.`;
      throw new CurfewError('invalid_input', message);
    }
  }
  return values;
}

const busy = 5;
const full = 13;

/** The primary result code of a failure of the engine; undefined for anything else. */
function resultCodeOf(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
}

/** Runs an engine call and gives its failures as errors of ours. */
export function translating<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw translate(error);
  }
}

/** The error of ours for a failure of the engine; https://www.sqlite.org/rescode.html has the codes. */
export function translate(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CurfewError) return error;
  const code = resultCodeOf(error);
  if (code === undefined) return error;
  const problem = `SQLite says: ${error.message}`;
  if (code === full) {
    return new CurfewError(
      'store_full',
      `The disk that holds the data is full; free some space. ${problem}`,
      {},
      { cause: error },
    );
  }
  return new CurfewError(
    'store_unavailable',
    `The data cannot be read or written. ${problem}`,
    {},
    { cause: error },
  );
}
