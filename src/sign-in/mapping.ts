import { z } from 'zod';
import type { Administrator, AuthMethod } from '../access/administrator.ts';
import { CurfewError } from '../core/errors.ts';

const groupName = z.string().min(1).max(1024);

/** How the groups that a provider tells of a user become access groups; part of the settings of every provider. */
export const mappingSchema = z.strictObject({
  accessGroups: z
    .array(groupName)
    .max(100)
    .default([])
    .describe('Access groups that everybody has who signs in by this provider'),
  groups: z
    .record(groupName, z.array(groupName).max(100))
    .default({})
    .describe("The access groups of each of the provider's groups, exact and case-sensitive"),
  otherGroups: z
    .enum(['keep', 'drop'])
    .default('keep')
    .describe('What becomes of groups that are not named in groups: access groups of the same name, or none'),
});

export type GroupMapping = z.output<typeof mappingSchema>;

/** What a provider told of a user, as far as rights come of it. */
export interface Grounds {
  /** The groups of the user as the provider names them: `cn=ops,dc=example`, `ops`. */
  readonly groups: readonly string[];
  /**
   * The usernames of administrators' records that stand for the user: of LDAP the DNs of the user and their groups, of
   * an identity provider `attribute=value` for every value it told, and its own id of the user (see `namesOf`).
   */
  readonly names: readonly string[];
}

export interface MappingOptions {
  readonly mapping: GroupMapping;
  readonly authMethod: Exclude<AuthMethod, 'Cluster'>;
  readonly realm: string;
  /**
   * Whether administrators of all realms may sign in here. Only of providers of the configuration: one that an
   * administrator of a single realm has made could otherwise say that its users are administrators of every realm.
   */
  readonly reachesAllRealms: boolean;
  /** Every administrator there is, asked at each sign-in. */
  readonly administrators: () => Iterable<Administrator>;
}

/** The rights that a user signs in with. */
export interface MappedRights {
  /** In ascending order, each once. */
  readonly accessGroups: readonly string[];
  readonly adminIds: readonly number[];
}

/** More groups than this are taken for a mistake of the provider; rights are never left out in silence. */
const mostGroups = 1000;

/**
 * The access groups and administrators of a user: what the settings grant, and the union of what every matching
 * administrator's record holds.
 * @throws CurfewError `sign_in_refused` for more than 1,000 groups
 */
export function mapRights({ groups, names }: Grounds, options: MappingOptions): MappedRights {
  const { mapping, authMethod, realm, reachesAllRealms } = options;
  if (groups.length > mostGroups) {
    throw new CurfewError(
      'sign_in_refused',
      `The provider names ${groups.length} groups of the user, more than ${mostGroups}; let it name those only that matter here.`,
    );
  }
  const access = new Set(mapping.accessGroups);
  for (const group of groups) {
    const granted = Object.hasOwn(mapping.groups, group) ? mapping.groups[group] : undefined;
    if (granted !== undefined) for (const name of granted) access.add(name);
    else if (mapping.otherGroups === 'keep' && isGroupName(group)) access.add(group);
  }
  const own = new Set(names);
  const adminIds: number[] = [];
  for (const administrator of options.administrators()) {
    const isReached = administrator.realm === realm || (administrator.realm === null && reachesAllRealms);
    if (administrator.authMethod !== authMethod || !isReached || !own.has(administrator.username)) continue;
    adminIds.push(administrator.id);
    for (const group of administrator.accessGroups) access.add(group);
  }
  return { accessGroups: [...access].sort(), adminIds: adminIds.sort((a, b) => a - b) };
}

/**
 * The usernames of administrators' records that stand for a user of an identity provider: `attribute=value` for each
 * value, and the provider's own id of the user. An id that itself reads like `attribute=value` is left out, so that
 * nobody becomes an administrator by the choice of their name.
 */
export function namesOf(
  subject: string | undefined,
  attributes: Iterable<readonly [name: string, value: string]>,
): string[] {
  const names = [...attributes].map(([name, value]) => `${name}=${value}`);
  return subject === undefined || subject.includes('=') ? names : [...names, subject];
}

/** Names with control characters or half a surrogate pair cannot be kept, nor named by a selector. */
function isGroupName(group: string): boolean {
  return group !== '' && group.length <= 1024 && !/[\p{Cc}\p{Cs}]/u.test(group);
}
