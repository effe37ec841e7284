import type { Entry } from 'ldapts';
import { normalDn, parseDn } from '../../core/distinguished-name.ts';

/** The distinguished name of an entry in the one way of writing it that sessions bear. */
export function dnOf(entry: Entry): string {
  return normalDn(entry.dn) ?? entry.dn;
}

/** Attributes that say whether an account is in use, of the directories that have them. */
export const stateAttributes = [
  'userAccountControl',
  'pwdAccountLockedTime',
  'nsAccountLock',
  'loginDisabled',
  'pwdReset',
] as const;

/**
 * Whether whoever runs the directory has taken the account out of use. A lock for too many wrong passwords is none: it
 * passes by itself, and anybody who knows a name could bring it about.
 */
export function isDisabled(entry: Entry): boolean {
  // Active Directory: the flag ACCOUNTDISABLE.
  const flags = Number(textsOf(entry, 'userAccountControl')[0] ?? 0);
  if (Number.isInteger(flags) && (flags & 2) !== 0) return true;
  // The password policy of OpenLDAP: locked for good, until an administrator unlocks it.
  if (textsOf(entry, 'pwdAccountLockedTime').includes('000001010000Z')) return true;
  // 389 Directory Server, and eDirectory.
  return ['nsAccountLock', 'loginDisabled'].some((name) =>
    textsOf(entry, name).some((text) => text.toLowerCase() === 'true'),
  );
}

/** Whether somebody else has set the password, so that the user must change it before anything else (OpenLDAP). */
export function mustChangePassword(entry: Entry): boolean {
  return textsOf(entry, 'pwdReset').some((text) => text.toLowerCase() === 'true');
}

/** The values of an attribute that are texts, in the order of the directory. Names of attributes know no capitals. */
export function textsOf(entry: Entry, attribute: string): string[] {
  const wanted = attribute.toLowerCase();
  const found = Object.keys(entry).find((name) => name !== 'dn' && name.toLowerCase() === wanted);
  if (found === undefined) return [];
  const values = entry[found];
  return (Array.isArray(values) ? values : [values]).filter((value) => typeof value === 'string');
}

/** Whether the server has given only some of the values of an attribute, as Active Directory does beyond 1,500. */
export function isCutShort(entry: Entry, attribute: string): boolean {
  const start = `${attribute.toLowerCase()};range=`;
  return Object.keys(entry).some((name) => name.toLowerCase().startsWith(start));
}

/**
 * The one value of an attribute that names the entry. Where there are several it is the one within the distinguished
 * name, else the first in the order of their letters, so that it is the same at each sign-in.
 */
export function nameOf(entry: Entry, attribute: string): string | undefined {
  const values = textsOf(entry, attribute).sort();
  if (values.length < 2) return values[0];
  const wanted = attribute.toLowerCase();
  const parts = parseDn(entry.dn)?.[0] ?? [];
  const inName = parts.find(({ type }) => type.toLowerCase() === wanted)?.value;
  return inName !== undefined && values.includes(inName) ? inName : values[0];
}
