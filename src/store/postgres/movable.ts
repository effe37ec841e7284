import { whereOf } from '../../core/database-url.ts';
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
import { noteText } from '../../session/moving.ts';
import { canonicalJson } from '../../session/revocation.ts';
import { deadlineOf } from '../../session/session.ts';
import { type Ask, Connection } from './connection.ts';
import { migrate } from './migrate.ts';
import { noDeadline, tokenKey } from './row.ts';
import { type Row, type SqlValue, type Statement, statement } from './statement.ts';
import { digestOfWord } from './words.ts';

/** The connections of servers are named `curfew check` and so on; this one is not counted among them. */
const ownName = 'curfew move';
/** Long enough for a page of sessions on a slow disk. */
const writeDeadlineMs = 60_000;
const nothing: Statement = { text: 'SELECT 1', values: [] };

/**
 * A database, to be moved from or to. Servers that have it open are a reason to refuse.
 * @throws CurfewError `data_in_use`, `store_unavailable`
 */
export async function openMovablePostgres(url: string): Promise<Movable> {
  const where = whereOf(url);
  const connection = new Connection({ url, where, name: ownName });
  try {
    await migrate(connection, where);
    await demandNoServers(connection, where);
    const movable = new MovablePostgres(connection, nameOfDatabase(where), where);
    await movable.learnRealms();
    return movable;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** @throws CurfewError `conflict` when the data has moved elsewhere, or is only being moved here */
export async function demandNotMoved(ask: Ask, where: string): Promise<void> {
  const note = await readMoveNote(ask);
  if (note !== undefined) throw new CurfewError('conflict', noteText(nameOfDatabase(where), note));
}

function nameOfDatabase(where: string): string {
  return `postgres://${where}`;
}

async function readMoveNote(ask: Ask): Promise<MoveNote | undefined> {
  const { kind, id } = moveNotePlace;
  const [row] = await ask(
    statement(
      (p) =>
        `SELECT body FROM curfew.record WHERE kind = ${p.add(kind, 'text')} AND id = ${p.add(id, 'text')}`,
    ),
  );
  return row === undefined ? undefined : (JSON.parse(row[0] as string) as MoveNote);
}

async function demandNoServers(connection: Connection, where: string): Promise<void> {
  const rows = await connection.query(
    statement(
      (p) => `SELECT DISTINCT coalesce(host(client_addr), 'this machine') FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'curfew %'
          AND application_name <> ${p.add(ownName, 'text')}`,
    ),
  );
  if (rows.length === 0) return;
  const hosts = rows.map(([host]) => String(host)).join(', ');
  throw new CurfewError(
    'data_in_use',
    `The database ${where} is in use by servers on ${hosts}. Stop them first; where a pooler keeps their connections, wait until it has let go of them.`,
  );
}

class MovablePostgres implements Movable {
  readonly name: string;
  readonly #connection: Connection;
  readonly #where: string;
  /** The names of realms by their numbers, which the digests of other words are made of. */
  readonly #realms = new Map<number, string>();

  constructor(connection: Connection, name: string, where: string) {
    this.#connection = connection;
    this.name = name;
    this.#where = where;
  }

  async learnRealms(): Promise<void> {
    const rows = await this.#connection.query({ text: 'SELECT id, name FROM curfew.realm', values: [] });
    for (const [id, name] of rows) this.#realms.set(id as number, name as string);
  }

  note(): Promise<MoveNote | undefined> {
    return readMoveNote((one) => this.#connection.query(one));
  }

  async setNote(note: MoveNote | undefined): Promise<void> {
    // The note decides who may start, so nobody may have started since this was opened.
    await demandNoServers(this.#connection, this.#where);
    const { kind, id } = moveNotePlace;
    await this.#write([
      statement(
        (p) => `DELETE FROM curfew.record WHERE kind = ${p.add(kind, 'text')} AND id = ${p.add(id, 'text')}`,
      ),
      note === undefined
        ? nothing
        : statement(
            (p) => `INSERT INTO curfew.record (kind, id, body, version)
              VALUES (${p.add(kind, 'text')}, ${p.add(id, 'text')}, ${p.add(JSON.stringify(note), 'text')}, 1)`,
          ),
    ]);
  }

  async count(kind: FactKind): Promise<number> {
    const [row] = await this.#connection.query({
      text: `SELECT count(*) FROM curfew.${kind} WHERE ${isFact(kind)}`,
      values: [],
    });
    return Number(row?.[0]);
  }

  async read(kind: FactKind, after: FactKey | undefined, limit: number): Promise<Fact[]> {
    const columns = columnsOf(kind);
    const keys = keyOf(kind).map(ordering).join(', ');
    const rows = await this.#connection.query(
      statement((p) => {
        const places = (after ?? []).map((value, index) => {
          const form = keyOf(kind)[index]?.form ?? 'text';
          const place = p.add(value, sqlType[form]);
          return form === 'bytes' ? `decode(${place}, 'hex')` : place;
        });
        const beyond = after === undefined ? 'true' : `(${keys}) > (${places.join(', ')})`;
        return `SELECT ${columns.map(reading).join(', ')} FROM curfew.${kind}
          WHERE ${isFact(kind)} AND ${beyond} ORDER BY ${keys} LIMIT ${p.add(limit, 'bigint')}`;
      }),
    );
    return rows.map((row) => columns.map(({ form }, index) => toFact(row[index], form)));
  }

  async lastKey(kind: FactKind): Promise<FactKey | undefined> {
    const keys = keyOf(kind);
    const order = keys.map((column) => `${ordering(column)} DESC`).join(', ');
    const [row] = await this.#connection.query({
      text: `SELECT ${keys.map(reading).join(', ')} FROM curfew.${kind} WHERE ${isFact(kind)} ORDER BY ${order} LIMIT 1`,
      values: [],
    });
    return row === undefined ? undefined : keys.map(({ form }, index) => toFact(row[index], form));
  }

  async write(kind: FactKind, facts: readonly Fact[]): Promise<void> {
    if (kind === 'realm') {
      for (const fact of facts) this.#realms.set(Number(fact[0]), String(fact[1]));
    }
    const columns = columnsOf(kind);
    const derived = this.#derivedOf(kind);
    await this.#write([
      statement((p) => {
        const lists = [
          ...columns.map(({ form }, index) =>
            p.add(facts.map((fact) => fact[index] ?? null) as SqlValue, `${sqlType[form]}[]`),
          ),
          ...derived.map(({ form, of }) => p.add(facts.map(of) as SqlValue, `${sqlType[form]}[]`)),
        ];
        const values = [...columns, ...derived].map(({ form }, index) => writing(`v${index}`, form));
        const names = [...columns, ...derived].map(({ name }) => name);
        return `INSERT INTO curfew.${kind} (${names.join(', ')}) OVERRIDING SYSTEM VALUE
          SELECT ${values.join(', ')} FROM unnest(${lists.join(', ')}) AS t (${names.map((_, index) => `v${index}`).join(', ')})`;
      }),
    ]);
  }

  async lastNumber(): Promise<number> {
    const [row] = await this.#connection.query({
      text: `SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM curfew.session_number_seq`,
      values: [],
    });
    return Number(row?.[0]);
  }

  /** Words are numbered by the database too, and none of their numbers is given twice either. */
  async setLastNumber(number: number): Promise<void> {
    const words = (['realm', 'provider', 'app', 'rights'] as const).map((table) => ({
      text: `SELECT setval(pg_get_serial_sequence('curfew.${table}', 'id'), coalesce(max(id), 0) + 1, false) FROM curfew.${table}`,
      values: [],
    }));
    await this.#write([
      ...words,
      statement(
        (p) =>
          `SELECT setval(pg_get_serial_sequence('curfew.session', 'number'), ${p.add(number + 1, 'bigint')}, false)`,
      ),
    ]);
  }

  async clear(): Promise<void> {
    await this.#write(
      [...factKinds].reverse().map((kind) => ({
        text: `DELETE FROM curfew.${kind} WHERE ${isFact(kind)}`,
        values: [],
      })),
    );
    this.#realms.clear();
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #write(statements: readonly Statement[]): Promise<void> {
    await this.#connection.transaction(statements, writeDeadlineMs);
  }

  /** What this engine works out for itself. */
  #derivedOf(kind: FactKind): { name: string; form: FactForm; of(fact: Fact): FactValue }[] {
    switch (kind) {
      case 'session':
        return [
          { name: 'token_key', form: 'number', of: tokenKeyOf },
          { name: 'deadline', form: 'number', of: deadlineOfFact },
          { name: 'due_at', form: 'number', of: deadlineOfFact },
        ];
      case 'realm':
      case 'provider':
      case 'app':
      case 'rights':
        return [{ name: 'digest', form: 'bytes', of: (fact) => this.#digestOf(kind, fact) }];
      default:
        return [];
    }
  }

  #digestOf(kind: 'realm' | 'provider' | 'app' | 'rights', fact: Fact): string {
    const [, second, ...rest] = fact;
    if (kind === 'realm') return digestOfWord('realm', second).toString('hex');
    const parts = kind === 'rights' ? rest.map((list) => JSON.parse(String(list)) as unknown) : rest;
    return digestOfWord(kind, this.#realms.get(Number(second)), ...parts).toString('hex');
  }
}

const sqlType: Readonly<Record<FactForm, string>> = {
  number: 'bigint',
  text: 'text',
  bytes: 'text',
  id: 'text',
  texts: 'text',
  numbers: 'text',
  flag: 'bigint',
};

/** Some records say nothing that is to be moved. */
function isFact(kind: FactKind): string {
  return kind === 'record' ? `kind NOT IN (${unmovedKinds.map((one) => `'${one}'`).join(', ')})` : 'true';
}

/** Texts are ordered by their bytes, as other stores order them, wherever the database would order them otherwise. */
function ordering({ name, form }: { name: string; form: FactForm }): string {
  return form === 'text' ? `${name} COLLATE "C"` : name;
}

function reading({ name, form }: { name: string; form: FactForm }): string {
  if (form === 'bytes') return `encode(${name}, 'hex')`;
  return form === 'id' ? `replace(${name}::text, '-', '')` : name;
}

function writing(place: string, form: FactForm): string {
  switch (form) {
    case 'bytes':
      return `decode(${place}, 'hex')`;
    case 'id':
      return `${place}::uuid`;
    case 'texts':
    case 'numbers': {
      const type = form === 'texts' ? 'text' : 'bigint';
      return `ARRAY(SELECT value::${type} FROM jsonb_array_elements_text(${place}::jsonb) WITH ORDINALITY AS e (value, place) ORDER BY place)`;
    }
    case 'flag':
      return `${place} = 1`;
    default:
      return place;
  }
}

function toFact(value: Row[number], form: FactForm): FactValue {
  if (value === null || value === undefined) return null;
  switch (form) {
    case 'texts':
      return canonicalJson(value);
    case 'numbers':
      return canonicalJson((value as (string | number)[]).map(Number));
    case 'flag':
      return value === true ? 1 : 0;
    case 'number':
      return Number(value);
    default:
      return String(value);
  }
}

function tokenKeyOf(fact: Fact): number {
  return tokenKey(Buffer.from(String(factValue('session', fact, 'token_hash')), 'hex'));
}

function deadlineOfFact(fact: Fact): number {
  const number = (column: string): number | null => {
    const value = factValue('session', fact, column);
    return value === null ? null : Number(value);
  };
  const limits = {
    idleTimeoutMs: number('idle_timeout_ms'),
    expiresAt: number('expires_at'),
    lastAccessAt: number('last_access_at') ?? 0,
  };
  return deadlineOf(limits) ?? noDeadline;
}
