import { mostWords, type SharedWords } from '../../session/overview.ts';
import { canonicalJson } from '../../session/revocation.ts';
import type { Provider } from '../../session/session.ts';
import type { Database } from './database.ts';

export interface RightsEntry {
  readonly realm: number;
  readonly accessGroups: readonly string[];
  readonly adminIds: readonly number[];
}

export interface ProviderEntry extends Provider {
  readonly realm: number;
}

interface AppEntry {
  readonly realm: number;
  readonly name: string;
}

/**
 * The words that sessions share - realms, providers, apps, sets of rights - by the number that stands in their rows.
 * Entries are only ever added, so what was read stays true; an unknown number means there is more to read.
 */
export class Dictionary {
  readonly #db: Database;
  readonly realms = new Map<number, string>();
  readonly providers = new Map<number, ProviderEntry>();
  readonly apps = new Map<number, AppEntry>();
  readonly rights = new Map<number, RightsEntry>();
  readonly #numbers = new Map<string, number>();

  constructor(db: Database) {
    this.#db = db;
  }

  realm(id: number): string {
    return this.#known(this.realms, id);
  }

  provider(id: number): ProviderEntry {
    return this.#known(this.providers, id);
  }

  app(id: number): AppEntry {
    return this.#known(this.apps, id);
  }

  rightsOf(id: number): RightsEntry {
    return this.#known(this.rights, id);
  }

  #known<T>(entries: Map<number, T>, id: number): T {
    const entry = entries.get(id);
    if (entry !== undefined) return entry;
    this.load();
    const loaded = entries.get(id);
    if (loaded === undefined) throw new Error(`the dictionary has no entry ${id}`);
    return loaded;
  }

  /** Reads the entries added since the last time. */
  load(): void {
    const read = (table: string, known: Map<number, unknown>): ReturnType<Database['all']> =>
      this.#db.all(`SELECT * FROM ${table} WHERE id > ? ORDER BY id`, greatest(known));
    for (const row of read('realm', this.realms)) {
      this.realms.set(Number(row.id), String(row.name));
      this.#numbers.set(key('realm', row.name), Number(row.id));
    }
    for (const row of read('provider', this.providers)) {
      this.providers.set(Number(row.id), {
        realm: Number(row.realm),
        type: String(row.type),
        name: String(row.name),
      });
      this.#numbers.set(key('provider', row.realm, row.type, row.name), Number(row.id));
    }
    for (const row of read('app', this.apps)) {
      this.apps.set(Number(row.id), { realm: Number(row.realm), name: String(row.name) });
      this.#numbers.set(key('app', row.realm, row.name), Number(row.id));
    }
    for (const row of read('rights', this.rights)) {
      const accessGroups = JSON.parse(String(row.access_groups)) as string[];
      const adminIds = JSON.parse(String(row.admin_ids)) as number[];
      this.rights.set(Number(row.id), { realm: Number(row.realm), accessGroups, adminIds });
      this.#numbers.set(key('rights', row.realm, row.access_groups, row.admin_ids), Number(row.id));
    }
  }

  /** Forgets what was read; after a transaction that added entries was undone. */
  forget(): void {
    for (const entries of [this.realms, this.providers, this.apps, this.rights]) entries.clear();
    this.#numbers.clear();
  }

  /** The words of a realm, or of all, as people know them: each once, in order. */
  words(realm: string | undefined): SharedWords {
    const border = realm === undefined ? undefined : (this.findRealm(realm) ?? -1);
    const within = <T extends { realm: number }>(entries: Map<number, T>): T[] =>
      [...entries.values()].filter((entry) => border === undefined || entry.realm === border);
    const inOrder = (texts: readonly string[]): string[] =>
      [...new Set(texts)].sort(byBytes).slice(0, mostWords);
    const providers = new Map(
      within(this.providers).map(({ type, name }) => [`${type}\0${name}`, { type, name }]),
    );
    return {
      providers: inOrder([...providers.keys()]).map((text) => providers.get(text) as Provider),
      apps: inOrder(within(this.apps).map(({ name }) => name)),
      accessGroups: inOrder(within(this.rights).flatMap(({ accessGroups }) => accessGroups)),
    };
  }

  /** The number of a realm, or undefined if it was never used. */
  findRealm(name: string): number | undefined {
    return this.#numbers.get(key('realm', name));
  }

  /** The number of a realm, which is made if need be. The next three are alike. */
  internRealm(name: string): number {
    return this.#intern(key('realm', name), () => {
      const id = this.#db.run('INSERT INTO realm (name) VALUES (?)', name).lastInsertRowid;
      this.realms.set(id, name);
      return id;
    });
  }

  internProvider(realm: number, { type, name }: Provider): number {
    return this.#intern(key('provider', realm, type, name), () => {
      const sql = 'INSERT INTO provider (realm, type, name) VALUES (?, ?, ?)';
      const id = this.#db.run(sql, realm, type, name).lastInsertRowid;
      this.providers.set(id, { realm, type, name });
      return id;
    });
  }

  internApp(realm: number, name: string): number {
    return this.#intern(key('app', realm, name), () => {
      const id = this.#db.run('INSERT INTO app (realm, name) VALUES (?, ?)', realm, name).lastInsertRowid;
      this.apps.set(id, { realm, name });
      return id;
    });
  }

  internRights(realm: number, accessGroups: readonly string[], adminIds: readonly number[]): number {
    const groupsText = canonicalJson(accessGroups);
    const adminsText = canonicalJson(adminIds);
    return this.#intern(key('rights', realm, groupsText, adminsText), () => {
      const sql = 'INSERT INTO rights (realm, access_groups, admin_ids) VALUES (?, ?, ?)';
      const id = this.#db.run(sql, realm, groupsText, adminsText).lastInsertRowid;
      this.rights.set(id, { realm, accessGroups, adminIds });
      return id;
    });
  }

  #intern(text: string, make: () => number): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const id = make();
    this.#numbers.set(text, id);
    return id;
  }
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function key(...parts: unknown[]): string {
  return JSON.stringify(parts);
}

function greatest(entries: Map<number, unknown>): number {
  let last = 0;
  for (const id of entries.keys()) if (id > last) last = id;
  return last;
}
