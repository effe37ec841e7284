import { z } from 'zod';
import type { Administrator, AuthMethod } from '../access/administrator.ts';
import { dnKey } from '../core/distinguished-name.ts';
import { CurfewError } from '../core/errors.ts';
import { setting } from '../core/setting-forms.ts';

const groupName = z.string().min(1).max(1024);
const groupNames = z.array(groupName).max(100);

/** How the groups that a provider names become access groups; spread into the settings of every provider that has some. */
export const groupSettings = {
  accessGroups: setting(
    groupNames.default([]),
    'Access groups that everybody has who signs in by this provider.',
    { form: 'a list of names', initial: '(none)' },
  ),
  groups: setting(
    z.record(groupName, groupNames).default({}),
    "The access groups that each of the provider's groups gives; names are exact and case-sensitive.",
    { form: 'a map such as { ops: [staff, deployers] }', initial: '(none)' },
  ),
  otherGroups: setting(
    z.enum(['keep', 'drop']).default('keep'),
    'What becomes of groups that are not named in `groups`: access groups of the same name, or nothing.',
    { form: 'keep or drop', initial: 'keep' },
  ),
};

const groupSettingsSchema = z.strictObject(groupSettings);
export type GroupSettings = z.output<typeof groupSettingsSchema>;

/** More groups than this are taken for a mistake of the provider; rights are never left out in silence. */
const mostGroups = 1000;

/**
 * The access groups that the groups of a user give, each once.
 * @throws CurfewError `sign_in_refused` for more than 1,000 groups
 */
export function accessGroupsOf(
  groups: readonly string[],
  { accessGroups, groups: given, otherGroups }: GroupSettings,
): string[] {
  if (groups.length > mostGroups) {
    throw new CurfewError(
      'sign_in_refused',
      `The provider names ${groups.length} groups of the user, more than ${mostGroups}; let it name those only that matter here.`,
    );
  }
  const access = new Set(accessGroups);
  for (const group of groups) {
    // A group may bear the name of something that every object has, such as constructor.
    const named = Object.hasOwn(given, group) ? given[group] : undefined;
    if (named !== undefined) for (const name of named) access.add(name);
    else if (otherGroups === 'keep' && isGroupName(group)) access.add(group);
  }
  return [...access];
}

/** Whom a provider has authenticated, as far as administrators are told by it. */
export interface AdministratorClues {
  /** Of LDAP the DN; of an identity provider its own id of the user. */
  readonly subject?: string | undefined;
  /** Every value that the provider told, by name; of LDAP `dn` and `group`. */
  readonly claims: Readonly<Record<string, readonly string[]>>;
}

export interface AdministratorScope {
  readonly authMethod: Exclude<AuthMethod, 'Cluster'>;
  readonly realm: string;
  /**
   * Whether administrators of all realms may sign in here. Only of providers of the configuration: one that an
   * administrator of a single realm has made could otherwise say that its users are administrators of every realm.
   */
  readonly reachesAllRealms: boolean;
}

/**
 * The administrators' records that stand for a user, by ascending id; the user has the union of what they hold. A record
 * of LDAP is named by a DN, of the user or of a group; one of an identity provider by `attribute=value` or by the
 * provider's own id of the user. An id that itself reads like `attribute=value` counts for nothing, so that nobody
 * becomes an administrator by the choice of their name.
 */
export function administratorsOf(
  { subject, claims }: AdministratorClues,
  { authMethod, realm, reachesAllRealms }: AdministratorScope,
  administrators: Iterable<Administrator>,
): Administrator[] {
  const names = new Set<string>();
  for (const [name, values] of Object.entries(claims)) {
    for (const value of values) names.add(authMethod === 'Ldap' ? dnKey(value) : `${name}=${value}`);
  }
  if (subject !== undefined && authMethod === 'Ldap') names.add(dnKey(subject));
  else if (subject !== undefined && !subject.includes('=')) names.add(subject);
  // A DN may be written in several ways; whoever made the record need not know the one of the directory.
  const keyOf = authMethod === 'Ldap' ? dnKey : (username: string) => username;
  return [...administrators]
    .filter((record) => record.authMethod === authMethod && names.has(keyOf(record.username)))
    .filter((record) => record.realm === realm || (record.realm === null && reachesAllRealms))
    .sort((a, b) => a.id - b.id);
}

/** Names with control characters or half a surrogate pair cannot be kept, nor named by a selector. */
function isGroupName(group: string): boolean {
  return group !== '' && group.length <= 1024 && !/[\p{Cc}\p{Cs}]/u.test(group);
}
