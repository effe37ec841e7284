/**
 * The facts a store is made of, in a form that no engine has for itself: what moves when a store moves to another engine.
 * They are taken over as they are - numbers, hashes, what is marked and what is not - so that every epoch, cursor and chain
 * stays true. What an engine can work out from them, such as a deadline or an index, is not among them.
 */

/**
 * How a value is told: `number`; `text`; `bytes` and `id` as digits of hexadecimal; `texts` and `numbers` as the canonical
 * JSON of a list; `flag` as 0 or 1. Any may be null where the fact has none.
 */
export type FactForm = 'number' | 'text' | 'bytes' | 'id' | 'texts' | 'numbers' | 'flag';

export interface FactTable {
  /** Name and form of each value, in order. */
  readonly columns: Readonly<Record<string, FactForm>>;
  /** The columns that tell one fact from another, and that order them. */
  readonly key: readonly string[];
}

const chained = {
  by_kind: 'text',
  by_id: 'text',
  by_name: 'text',
  face: 'text',
  from_address: 'text',
  previous_hash: 'text',
  hash: 'text',
} as const;

/** Every kind of fact, in the order in which they can be taken over: none names one of a later kind. */
export const factTables = {
  realm: { columns: { id: 'number', name: 'text' }, key: ['id'] },
  provider: { columns: { id: 'number', realm: 'number', type: 'text', name: 'text' }, key: ['id'] },
  app: { columns: { id: 'number', realm: 'number', name: 'text' }, key: ['id'] },
  rights: {
    columns: { id: 'number', realm: 'number', access_groups: 'texts', admin_ids: 'numbers' },
    key: ['id'],
  },
  revocation: {
    columns: {
      seq: 'number',
      at: 'number',
      selector: 'text',
      ...chained,
      reason: 'text',
      matched: 'number',
      swept: 'number',
      swept_at: 'number',
    },
    key: ['seq'],
  },
  journal: {
    columns: { seq: 'number', at: 'number', event: 'text', detail: 'text', ...chained },
    key: ['seq'],
  },
  record: { columns: { kind: 'text', id: 'text', body: 'text', version: 'number' }, key: ['kind', 'id'] },
  session: {
    columns: {
      number: 'number',
      id: 'id',
      token_hash: 'bytes',
      realm: 'number',
      username: 'text',
      subject: 'text',
      provider: 'number',
      provider_session: 'text',
      rights: 'number',
      app: 'number',
      ip: 'bytes',
      user_agent: 'text',
      attributes: 'text',
      created_at: 'number',
      last_access_at: 'number',
      idle_timeout_ms: 'number',
      expires_at: 'number',
      epoch: 'number',
      provider_config_version: 'number',
      live: 'flag',
      end_reason: 'number',
      ended_at: 'number',
      revocation: 'number',
    },
    key: ['number'],
  },
  idempotency: {
    columns: { key: 'bytes', request: 'bytes', session: 'number', at: 'number' },
    key: ['key'],
  },
  refusal: {
    columns: { session: 'number', ip: 'text', count: 'number', first_at: 'number', last_at: 'number' },
    key: ['session', 'ip'],
  },
} as const satisfies Record<string, FactTable>;

export type FactKind = keyof typeof factTables;
export const factKinds = Object.keys(factTables) as FactKind[];

export type FactValue = string | number | null;
/** The values of one fact, in the order of the columns of its kind. */
export type Fact = readonly FactValue[];
/** The values of the key of one fact. */
export type FactKey = readonly FactValue[];

/** The columns of a kind, as a list. */
export function columnsOf(kind: FactKind): { readonly name: string; readonly form: FactForm }[] {
  const { columns }: FactTable = factTables[kind];
  return Object.entries(columns).map(([name, form]) => ({ name, form }));
}

/** The columns of the key of a kind. */
export function keyOf(kind: FactKind): { readonly name: string; readonly form: FactForm }[] {
  const { columns, key }: FactTable = factTables[kind];
  return key.map((name) => ({ name, form: columns[name] as FactForm }));
}

/** One value of a fact. */
export function factValue(kind: FactKind, fact: Fact, column: string): FactValue {
  return fact[Object.keys(factTables[kind].columns).indexOf(column)] ?? null;
}

/** The key of a fact. */
export function keyOfFact(kind: FactKind, fact: Fact): FactKey {
  return factTables[kind].key.map((column) => factValue(kind, fact, column));
}

/** Which key comes first in the order of the stores: numbers by size, texts by their UTF-8 bytes. */
export function compareKeys(a: FactKey, b: FactKey): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? null;
    const order =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right)));
    if (order !== 0) return order;
  }
  return 0;
}

/** A note on a store that is being moved, or was. A server does not start on it. */
export type MoveNote =
  /** It is being filled from another store and not whole yet. */
  | { readonly state: 'filling'; readonly from: string; readonly at: number }
  /** Everything in it has moved to another store. */
  | { readonly state: 'moved'; readonly to: string; readonly at: number };

/** A store as it is moved from or to, offline: nobody else works on it meanwhile. */
export interface Movable {
  /** Names it to people, and tells it from others; without secrets. */
  readonly name: string;
  note(): Promise<MoveNote | undefined>;
  /** Undefined takes the note away. */
  setNote(note: MoveNote | undefined): Promise<void>;
  count(kind: FactKind): Promise<number>;
  /** Facts after a key, ascending; the note is not among the records. */
  read(kind: FactKind, after: FactKey | undefined, limit: number): Promise<Fact[]>;
  /** The greatest key of a kind. */
  lastKey(kind: FactKind): Promise<FactKey | undefined>;
  /** Takes facts over as they are: all of them durably, or none. */
  write(kind: FactKind, facts: readonly Fact[]): Promise<void>;
  /** The greatest number that a session ever bore. None is given twice, also when its session is long gone. */
  lastNumber(): Promise<number>;
  setLastNumber(number: number): Promise<void>;
  /** Deletes every fact; only to be asked of a store whose filling was given up. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Where the note lies among the records: in a kind of its own, which no part reads. */
export const moveNotePlace = { kind: 'move', id: 'note' } as const;

/** Kinds of records that belong to one store and its servers, and do not move with the others. */
export const unmovedKinds: readonly string[] = [moveNotePlace.kind, 'node'];
