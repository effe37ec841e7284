import type { Entry } from 'ldapts';
import { parseDn, writeDn } from '../../core/distinguished-name.ts';
import { CurfewError } from '../../core/errors.ts';
import type { Connection } from './connection.ts';
import { isDisabled, mustChangePassword, stateAttributes } from './entry.ts';
import { isNoSuchObject, isRefusal } from './failure.ts';
import { FilterTemplate, usernamePlace } from './filter-template.ts';
import { type Group, GroupReader } from './groups.ts';
import type { Server } from './servers.ts';
import type { LdapSettings } from './settings.ts';

/** What the directory knows of a user. */
export interface DirectoryUser {
  readonly entry: Entry;
  readonly groups: readonly Group[];
}

/** The questions that a provider asks one server of its directory. Each throws ServerFailure where the server cannot answer. */
export class Directory {
  readonly #settings: LdapSettings;
  readonly #users: FilterTemplate;
  readonly #groups: GroupReader;

  constructor(settings: LdapSettings) {
    this.#settings = settings;
    this.#users = new FilterTemplate(settings.userFilter);
    this.#groups = new GroupReader(settings);
  }

  /** Whether Curfew may look into the directory by itself, rather than as a user only. */
  get searchesByItself(): boolean {
    return this.#settings.bindDn !== undefined || this.#settings.userDn === undefined;
  }

  /**
   * The user whose name and password these are; undefined when either is wrong, or the account is not in use.
   * @throws CurfewError `sign_in_refused` when the user cannot be let in although both are right
   */
  async prove(server: Server, username: string, password: string): Promise<DirectoryUser | undefined> {
    const found = await this.#prove(server, username, password);
    if (found === undefined || !mustChangePassword(found.entry)) return found;
    throw new CurfewError(
      'sign_in_refused',
      'A user must change the password before anything else; let the user do so at the directory.',
    );
  }

  async #prove(server: Server, username: string, password: string): Promise<DirectoryUser | undefined> {
    const dn = await this.#entryNameOf(server, username);
    if (dn === undefined) return undefined;
    if (!this.searchesByItself) {
      return server.prove(async (connection) => {
        if (!(await isRightPassword(connection, dn, password))) return undefined;
        return this.#read(connection, dn, username).catch(nothingIfForbidden);
      });
    }
    const isRight = await server.prove((connection) => isRightPassword(connection, dn, password));
    return isRight ? this.read(server, dn, username) : undefined;
  }

  /** What the directory says now of an entry; undefined when it is gone, out of use, or not one that may sign in. */
  read(server: Server, dn: string, username: string): Promise<DirectoryUser | undefined> {
    return server.search((connection) => this.#read(connection, dn, username));
  }

  /** The entries that a name stands for, two at most. */
  find(connection: Connection, username: string): Promise<Entry[]> {
    const { userBase: base = '' } = this.#settings;
    const filter = this.#users.with({ username });
    return connection.find({ base, scope: 'sub', filter, attributes: ['1.1'] });
  }

  /**
   * The name of the entry that a user is bound as; undefined when nobody has the name.
   * @throws CurfewError `sign_in_refused` when the name stands for several entries
   */
  async #entryNameOf(server: Server, username: string): Promise<string | undefined> {
    const { userDn } = this.#settings;
    if (userDn !== undefined) return dnFor(userDn, username);
    const [entry, other] = await server.search((connection) => this.find(connection, username));
    if (other === undefined) return entry?.dn;
    throw new CurfewError(
      'sign_in_refused',
      'The name stands for several entries of the directory; let userFilter name one only.',
    );
  }

  async #read(connection: Connection, dn: string, username: string): Promise<DirectoryUser | undefined> {
    const { usernameAttribute, attributes } = this.#settings;
    const wanted = [usernameAttribute, ...Object.values(attributes), ...stateAttributes];
    const search = {
      base: dn,
      scope: 'base' as const,
      filter: this.#users.rest,
      attributes: [...new Set([...wanted, ...this.#groups.userAttributes])],
    };
    const [entry] = await connection.find(search).catch((error: unknown) => {
      if (isNoSuchObject(error)) return [];
      throw error;
    });
    if (entry === undefined || isDisabled(entry)) return undefined;
    return { entry, groups: await this.#groups.groupsOf(entry, username, connection) };
  }
}

/** The name of a user's entry by a template. The username cannot leave the value in which it stands. */
export function dnFor(template: string, username: string): string {
  const name = parseDn(template) ?? [];
  return writeDn(
    name.map((parts) =>
      parts.map(({ type, value }) => ({ type, value: value.split(usernamePlace).join(username) })),
    ),
  );
}

/** Whoever may not read their own entry is not let in; it is no failure of the server. */
function nothingIfForbidden(error: unknown): undefined {
  if (!isRefusal(error)) throw error;
}

async function isRightPassword(connection: Connection, dn: string, password: string): Promise<boolean> {
  try {
    await connection.bind(dn, password);
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}
