import { createHash } from 'node:crypto';
import { canonicalJson } from '../../session/revocation.ts';
import type { NewSession } from '../../session/store.ts';
import { type Row, type Statement, statement } from './statement.ts';

export interface RightsEntry {
  readonly accessGroups: readonly string[];
  readonly adminIds: readonly number[];
}

export interface ProviderEntry {
  readonly type: string;
  readonly name: string;
}

/** The numbers of the words that a row names. */
export interface WordNumbers {
  readonly realm: number;
  readonly provider: number;
  readonly rights: number;
  readonly app: number | null;
}

/**
 * The words that sessions share - realms, providers, apps, sets of rights - by the number that stands in their rows. An entry
 * never changes and never goes, so one that was read stays true on every node.
 */
export class Words {
  readonly #realms = new Map<number, string>();
  readonly #providers = new Map<number, ProviderEntry>();
  readonly #apps = new Map<number, string>();
  readonly #rights = new Map<number, RightsEntry>();
  /** The digests of words that are known to be in the database. */
  readonly #written = new Set<string>();
  readonly #ask: (statement: Statement) => Promise<Row[]>;

  constructor(ask: (statement: Statement) => Promise<Row[]>) {
    this.#ask = ask;
  }

  realm(id: number): string {
    return known(this.#realms, id);
  }

  provider(id: number): ProviderEntry {
    return known(this.#providers, id);
  }

  app(id: number): string {
    return known(this.#apps, id);
  }

  rights(id: number): RightsEntry {
    return known(this.#rights, id);
  }

  /** Reads the words of rows that are not known here yet. Gives undefined when there are none, so that nobody waits. */
  learn(rows: readonly WordNumbers[]): Promise<void> | undefined {
    const missing = {
      realm: new Set<number>(),
      provider: new Set<number>(),
      app: new Set<number>(),
      rights: new Set<number>(),
    };
    for (const { realm, provider, rights, app } of rows) {
      if (!this.#realms.has(realm)) missing.realm.add(realm);
      if (!this.#providers.has(provider)) missing.provider.add(provider);
      if (!this.#rights.has(rights)) missing.rights.add(rights);
      if (app !== null && !this.#apps.has(app)) missing.app.add(app);
    }
    const { realm, provider, app, rights } = missing;
    if (realm.size + provider.size + app.size + rights.size === 0) return undefined;
    return this.#read(missing);
  }

  async #read(missing: Record<'realm' | 'provider' | 'app' | 'rights', ReadonlySet<number>>): Promise<void> {
    const read = (columns: string, table: keyof typeof missing): Promise<Row[]> | Row[] =>
      missing[table].size === 0
        ? []
        : this.#ask(
            statement(
              (p) =>
                `SELECT id, ${columns} FROM curfew.${table} WHERE id = ANY(${p.add([...missing[table]], 'integer[]')})`,
            ),
          );
    for (const [id, name] of await read('name', 'realm')) this.#realms.set(id as number, name as string);
    for (const [id, type, name] of await read('type, name', 'provider'))
      this.#providers.set(id as number, { type: type as string, name: name as string });
    for (const [id, name] of await read('name', 'app')) this.#apps.set(id as number, name as string);
    for (const [id, groups, admins] of await read('access_groups, admin_ids', 'rights')) {
      const accessGroups = groups as string[];
      this.#rights.set(id as number, { accessGroups, adminIds: (admins as (string | number)[]).map(Number) });
    }
  }

  /** The statements that write those words of a session that may not be in the database yet. */
  writing(words: SessionWords): Statement[] {
    return [
      { digest: words.realm.digest, make: () => realmStatement(words) },
      { digest: words.provider.digest, make: () => providerStatement(words) },
      { digest: words.rights.digest, make: () => rightsStatement(words) },
      ...(words.app === undefined ? [] : [{ digest: words.app.digest, make: () => appStatement(words) }]),
    ].flatMap(({ digest, make }) => (this.#written.has(digest.toString('latin1')) ? [] : [make()]));
  }

  /** Says that the words of a session have been committed. */
  written({ realm, provider, rights, app }: SessionWords): void {
    for (const word of [realm, provider, rights, app]) {
      if (word !== undefined) this.#written.add(word.digest.toString('latin1'));
    }
  }
}

interface Word<Entry> {
  readonly entry: Entry;
  /** SHA-256, by which the word is found whatever its length. */
  readonly digest: Buffer;
}

/** The words of one session. */
export interface SessionWords {
  readonly realm: Word<string>;
  readonly provider: Word<ProviderEntry>;
  readonly rights: Word<RightsEntry>;
  readonly app: Word<string> | undefined;
}

export function wordsOf(
  session: Pick<NewSession, 'realm' | 'provider' | 'accessGroups' | 'adminIds' | 'app'>,
): SessionWords {
  const { realm, provider, accessGroups, adminIds, app } = session;
  return {
    realm: { entry: realm, digest: realmDigest(realm) },
    provider: { entry: provider, digest: digest('provider', realm, provider.type, provider.name) },
    rights: { entry: { accessGroups, adminIds }, digest: digest('rights', realm, accessGroups, adminIds) },
    app: app === undefined ? undefined : { entry: app, digest: digest('app', realm, app) },
  };
}

/** By what a realm is found. */
export function realmDigest(name: string): Buffer {
  return digest('realm', name);
}

/** The digest of a word: its kind, the name of its realm, and what it says. */
export function digestOfWord(kind: 'realm' | 'provider' | 'app' | 'rights', ...parts: unknown[]): Buffer {
  return digest(kind, ...parts);
}

function digest(...parts: unknown[]): Buffer {
  return createHash('sha256').update(canonicalJson(parts)).digest();
}

function realmStatement({ realm }: SessionWords): Statement {
  return statement((p) => {
    const name = p.add(realm.entry, 'text');
    return `INSERT INTO curfew.realm (name, digest) ${unlessThere('realm', name, p.add(realm.digest, 'bytea'))}`;
  });
}

function providerStatement({ realm, provider }: SessionWords): Statement {
  return statement((p) => {
    const { type, name } = provider.entry;
    const values = `${wordNumber('realm', p.add(realm.digest, 'bytea'))}, ${p.add(type, 'text')}, ${p.add(name, 'text')}`;
    return `INSERT INTO curfew.provider (realm, type, name, digest)
      ${unlessThere('provider', values, p.add(provider.digest, 'bytea'))}`;
  });
}

function rightsStatement({ realm, rights }: SessionWords): Statement {
  return statement((p) => {
    const { accessGroups, adminIds } = rights.entry;
    const values = `${wordNumber('realm', p.add(realm.digest, 'bytea'))}, ${p.add(accessGroups, 'text[]')}, ${p.add(adminIds, 'bigint[]')}`;
    return `INSERT INTO curfew.rights (realm, access_groups, admin_ids, digest)
      ${unlessThere('rights', values, p.add(rights.digest, 'bytea'))}`;
  });
}

function appStatement({ realm, app }: SessionWords): Statement {
  return statement((p) => {
    const values = `${wordNumber('realm', p.add(realm.digest, 'bytea'))}, ${p.add(app?.entry ?? '', 'text')}`;
    return `INSERT INTO curfew.app (realm, name, digest)
      ${unlessThere('app', values, p.add(app?.digest ?? null, 'bytea'))}`;
  });
}

/** Another node may write the same word at the same time; whoever comes second waits a moment, and finds it there. */
function unlessThere(table: string, values: string, digestPlace: string): string {
  return `SELECT ${values}, ${digestPlace}
    WHERE NOT EXISTS (SELECT FROM curfew.${table} WHERE digest = ${digestPlace}) ON CONFLICT (digest) DO NOTHING`;
}

/** The number of a word within a statement, NULL when it is not there. */
export function wordNumber(table: 'realm' | 'provider' | 'rights' | 'app', digestPlace: string): string {
  return `(SELECT id FROM curfew.${table} WHERE digest = ${digestPlace})`;
}

function known<Entry>(entries: ReadonlyMap<number, Entry>, id: number): Entry {
  const entry = entries.get(id);
  if (entry === undefined) throw new Error(`the word ${id} was not read`);
  return entry;
}
