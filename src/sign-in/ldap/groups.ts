import { type Entry, ExtensibleFilter, type Filter, OrFilter } from 'ldapts';
import { dnKey, isWithinDn, normalDn, parseDn } from '../../core/distinguished-name.ts';
import { CurfewError } from '../../core/errors.ts';
import type { Connection } from './connection.ts';
import { dnOf, isCutShort, nameOf, textsOf } from './entry.ts';
import { isNoSuchObject } from './failure.ts';
import { anything, FilterTemplate } from './filter-template.ts';
import type { LdapSettings } from './settings.ts';

/** One group of a user. */
export interface Group {
  readonly dn: string;
  readonly name: string;
}

/** LDAP_MATCHING_RULE_IN_CHAIN: the server follows the memberships of groups in groups by itself. */
const inChainRule = '1.2.840.113556.1.4.1941';
/** The capability by which Active Directory and Samba name themselves; others ignore the rule in silence. */
const activeDirectory = '1.2.840.113556.1.4.800';

/** Rights are never left out in silence: a user of more groups than these is refused. */
const mostGroups = 1000;
const deepestNesting = 32;
/** How many groups one search asks about, and how many searches for single groups are under way at once. */
const batchSize = 50;

/** Finds the groups of users. */
export class GroupReader {
  readonly #settings: LdapSettings;
  readonly #filter: FilterTemplate;

  constructor(settings: LdapSettings) {
    this.#settings = settings;
    this.#filter = new FilterTemplate(settings.groupFilter);
  }

  /** What must be read of the entry of a user. */
  get userAttributes(): readonly string[] {
    return this.#settings.groupsFrom === 'memberOf' ? ['memberOf'] : [];
  }

  /**
   * The groups of a user, those of which the user's groups are members among them, each once.
   * @throws CurfewError `sign_in_refused` when there are more than can be followed
   */
  async groupsOf(user: Entry, username: string, connection: Connection): Promise<Group[]> {
    const { groupsFrom, nestedGroups } = this.#settings;
    if (groupsFrom === 'none') return [];
    // The root of Active Directory cannot be searched from, so its rule needs a base.
    const mayChain = nestedGroups === 'auto' && this.#settings.groupBase !== undefined;
    if (nestedGroups === 'chain' || (mayChain && (await connection.knows(activeDirectory)))) {
      return this.#chained(user, connection);
    }
    const groups =
      groupsFrom === 'memberOf'
        ? await this.#byMemberOf(user, connection)
        : await this.#bySearch({ username, dn: user.dn }, connection);
    return groups.filter(({ dn }) => this.#counts(dn));
  }

  /** Leaves it to the server to go from group to group. */
  async #chained(user: Entry, connection: Connection): Promise<Group[]> {
    const filter = new ExtensibleFilter({ matchType: 'member', rule: inChainRule, value: user.dn });
    return (await this.#search(filter, connection)).map((entry) => this.#groupOf(entry));
  }

  async #byMemberOf(user: Entry, connection: Connection): Promise<Group[]> {
    const { groupNameAttribute, nestedGroups } = this.#settings;
    const named = memberOf(user);
    const names = named.map((dn) => nameWithin(dn, groupNameAttribute));
    if (nestedGroups === 'no' && !names.includes(undefined)) {
      return named.map((dn, index) => ({ dn: normalDn(dn) ?? dn, name: names[index] as string }));
    }
    const found = new Found();
    for (let level = found.unseen(named); level.length > 0; ) {
      found.deeper();
      const entries = await this.#readAll(level, connection);
      for (const entry of entries) found.add(this.#groupOf(entry));
      level = nestedGroups === 'no' ? [] : found.unseen(entries.flatMap(memberOf));
    }
    return found.groups;
  }

  async #bySearch(user: { username: string; dn: string }, connection: Connection): Promise<Group[]> {
    const found = new Found();
    let entries = await this.#search(this.#filter.with(user), connection);
    for (;;) {
      found.deeper();
      const level = found.unseen(entries.map(({ dn }) => dn));
      for (const entry of entries) if (level.includes(entry.dn)) found.add(this.#groupOf(entry));
      if (level.length === 0 || this.#settings.nestedGroups === 'no') return found.groups;
      entries = await this.#groupsOfGroups(level, connection);
    }
  }

  /** The groups that name any of these groups. A filter by username names no groups, so there are none. */
  async #groupsOfGroups(dns: readonly string[], connection: Connection): Promise<Entry[]> {
    if (!this.#filter.asksForDn) return [];
    const found: Entry[] = [];
    for (let start = 0; start < dns.length; start += batchSize) {
      const filters = dns.slice(start, start + batchSize).map((dn) => this.#filter.withDnAlone(dn));
      found.push(...(await this.#search(new OrFilter({ filters }), connection)));
    }
    return found;
  }

  #search(filter: Filter, connection: Connection): Promise<Entry[]> {
    const { groupBase: base = '', groupNameAttribute } = this.#settings;
    return connection.findAll({ base, scope: 'sub', filter, attributes: [groupNameAttribute] }, mostGroups);
  }

  /** Reads groups by their names. One that is not there any more, or may not be read, is left out. */
  async #readAll(dns: readonly string[], connection: Connection): Promise<Entry[]> {
    const attributes = [this.#settings.groupNameAttribute, 'memberOf'];
    const read = (base: string): Promise<Entry[]> =>
      connection.find({ base, scope: 'base', filter: anything(), attributes }).catch((error: unknown) => {
        if (isNoSuchObject(error)) return [];
        throw error;
      });
    const entries: Entry[] = [];
    for (let start = 0; start < dns.length; start += batchSize) {
      entries.push(...(await Promise.all(dns.slice(start, start + batchSize).map(read))).flat());
    }
    return entries;
  }

  /** Groups elsewhere are followed, for they may lie within one that counts, but give nothing themselves. */
  #counts(dn: string): boolean {
    const { groupBase } = this.#settings;
    return groupBase === undefined || isWithinDn(dn, groupBase);
  }

  #groupOf(entry: Entry): Group {
    const dn = dnOf(entry);
    return { dn, name: nameOf(entry, this.#settings.groupNameAttribute) ?? dn };
  }
}

/** The groups found on the way from group to group, each once, so that a circle of groups comes to an end. */
class Found {
  readonly groups: Group[] = [];
  readonly #seen = new Set<string>();
  #depth = 0;

  deeper(): void {
    if (++this.#depth > deepestNesting) throw tooMuch(`are nested more than ${deepestNesting} deep`);
  }

  /** Those that were not met before; from now on they were. */
  unseen(dns: readonly string[]): string[] {
    const fresh = dns.filter((dn) => {
      const key = dnKey(dn);
      if (this.#seen.has(key)) return false;
      this.#seen.add(key);
      return true;
    });
    if (this.#seen.size > mostGroups) throw tooMuch(`are more than ${mostGroups}`);
    return fresh;
  }

  add(group: Group): void {
    this.groups.push(group);
  }
}

/** @throws CurfewError `sign_in_refused` when the server has not given all of them */
function memberOf(entry: Entry): string[] {
  if (isCutShort(entry, 'memberOf')) throw tooMuch('are more than the directory gives at once');
  return textsOf(entry, 'memberOf');
}

/** The name of a group as its distinguished name says it, if it does. */
function nameWithin(dn: string, attribute: string): string | undefined {
  const parts = parseDn(dn)?.[0] ?? [];
  return parts.find(({ type }) => type.toLowerCase() === attribute.toLowerCase())?.value;
}

function tooMuch(what: string): CurfewError {
  return new CurfewError(
    'sign_in_refused',
    `The groups of a user ${what}, so the rights of the user cannot be told; put the user into fewer groups.`,
  );
}
