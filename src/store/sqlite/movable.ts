import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CurfewError } from '../../core/errors.ts';
import {
  columnsOf,
  type Fact,
  type FactForm,
  type FactKey,
  type FactKind,
  type FactValue,
  factKinds,
  factValue,
  keyOf,
  type Movable,
  type MoveNote,
  moveNotePlace,
  unmovedKinds,
} from '../../session/facts.ts';
import { deadlineOf } from '../../session/session.ts';
import { Database, type SqlValue } from './database.ts';
import { holdDirectory } from './hold.ts';
import { migrate } from './migrate.ts';
import { nameOfFolder, readMoveNote } from './move-note.ts';
import { noDeadline, numberOrNull, tokenKey } from './row.ts';
import { databaseFile } from './sqlite-store.ts';

const cacheKiB = 32 * 1024;

/**
 * The data of a folder, to be moved from or to. Nobody else can open it meanwhile.
 * @throws CurfewError `data_in_use`, `not_found` when it is to be moved from and there is none, `store_unavailable`
 */
export async function openMovableSqlite(directory: string, part: 'source' | 'target'): Promise<Movable> {
  const path = join(directory, databaseFile);
  if (part === 'source' && !existsSync(path)) {
    throw new CurfewError(
      'not_found',
      `There is no ${databaseFile} in ${directory}; name the data folder of a server.`,
    );
  }
  const hold = await holdDirectory(directory);
  try {
    const db = await Database.open(path, { cacheKiB });
    migrate(db);
    return new MovableSqlite(db, nameOfFolder(directory), () => hold.release());
  } catch (error) {
    hold.release();
    throw error;
  }
}

class MovableSqlite implements Movable {
  readonly name: string;
  readonly #db: Database;
  readonly #release: () => void;

  constructor(db: Database, name: string, release: () => void) {
    this.name = name;
    this.#db = db;
    this.#release = release;
  }

  async note(): Promise<MoveNote | undefined> {
    return readMoveNote(this.#db);
  }

  async setNote(note: MoveNote | undefined): Promise<void> {
    const { kind, id } = moveNotePlace;
    const insert = 'INSERT OR REPLACE INTO record (kind, id, body, version) VALUES (?, ?, ?, 1)';
    if (note === undefined) this.#db.run('DELETE FROM record WHERE kind = ? AND id = ?', kind, id);
    else this.#db.run(insert, kind, id, JSON.stringify(note));
  }

  async count(kind: FactKind): Promise<number> {
    return this.#db.number(`SELECT count(*) FROM ${kind} WHERE ${isFact(kind)}`);
  }

  async read(kind: FactKind, after: FactKey | undefined, limit: number): Promise<Fact[]> {
    const keys = keyOf(kind);
    const names = keys.map(({ name }) => name).join(', ');
    const beyond = after === undefined ? '' : `AND (${names}) > (${keys.map(() => '?').join(', ')})`;
    const values = (after ?? []).map((value, index) => toSql(value, keys[index]?.form ?? 'text'));
    const columns = columnsOf(kind);
    const sql = `SELECT ${columns.map(reading).join(', ')} FROM ${kind}
      WHERE ${isFact(kind)} ${beyond} ORDER BY ${names} LIMIT ?`;
    return this.#db
      .all(sql, ...values, limit)
      .map((row) => columns.map(({ name }) => row[name] as FactValue));
  }

  async lastKey(kind: FactKind): Promise<FactKey | undefined> {
    const keys = keyOf(kind);
    const order = keys.map(({ name }) => `${name} DESC`).join(', ');
    const row = this.#db.get(
      `SELECT ${keys.map(reading).join(', ')} FROM ${kind} WHERE ${isFact(kind)} ORDER BY ${order} LIMIT 1`,
    );
    return row === undefined ? undefined : keys.map(({ name }) => row[name] as FactValue);
  }

  async write(kind: FactKind, facts: readonly Fact[]): Promise<void> {
    const columns = columnsOf(kind);
    const derived = kind === 'session' ? ['token_key', 'deadline'] : [];
    const names = [...columns.map(({ name }) => name), ...derived];
    const sql = `INSERT INTO ${kind} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
    this.#db.transaction('IMMEDIATE', () => {
      for (const fact of facts) {
        const values = columns.map(({ form }, index) => toSql(fact[index] ?? null, form));
        this.#db.run(sql, ...values, ...(kind === 'session' ? derivedOf(fact) : []));
      }
    });
  }

  async lastNumber(): Promise<number> {
    return this.#db.number("SELECT seq FROM sqlite_sequence WHERE name = 'session'");
  }

  async setLastNumber(number: number): Promise<void> {
    this.#db.transaction('IMMEDIATE', () => {
      this.#db.run("DELETE FROM sqlite_sequence WHERE name = 'session'");
      this.#db.run("INSERT INTO sqlite_sequence (name, seq) VALUES ('session', ?)", number);
    });
  }

  async clear(): Promise<void> {
    this.#db.transaction('IMMEDIATE', () => {
      for (const kind of [...factKinds].reverse()) this.#db.run(`DELETE FROM ${kind} WHERE ${isFact(kind)}`);
    });
  }

  async close(): Promise<void> {
    this.#db.get('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#db.close();
    this.#release();
  }
}

/** Some records say nothing that is to be moved. */
function isFact(kind: FactKind): string {
  return kind === 'record' ? `kind NOT IN (${unmovedKinds.map((one) => `'${one}'`).join(', ')})` : '1';
}

function isBytes(form: FactForm): boolean {
  return form === 'bytes' || form === 'id';
}

/** A column as a fact tells it. The engine gives no digits, instead of nothing, for bytes that are not there. */
function reading({ name, form }: { name: string; form: FactForm }): string {
  return isBytes(form) ? `iif(${name} IS NULL, NULL, lower(hex(${name}))) AS ${name}` : name;
}

function toSql(value: FactValue, form: FactForm): SqlValue {
  return value !== null && isBytes(form) ? Buffer.from(String(value), 'hex') : value;
}

/** What this engine works out for itself of a session. */
function derivedOf(fact: Fact): [tokenKey: number, deadline: number] {
  const number = (column: string): number | null => numberOrNull(factValue('session', fact, column));
  const deadline = deadlineOf({
    idleTimeoutMs: number('idle_timeout_ms'),
    expiresAt: number('expires_at'),
    lastAccessAt: number('last_access_at') ?? 0,
  });
  const hash = Buffer.from(String(factValue('session', fact, 'token_hash')), 'hex');
  return [tokenKey(hash), deadline ?? noDeadline];
}
