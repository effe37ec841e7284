import { parseNetwork } from '../../core/address.ts';
import { canonicalJson } from '../../session/revocation.ts';
import type { Selector } from '../../session/selector.ts';
import type { LedgerEntry } from '../../session/store.ts';
import type { Parameters } from './statement.ts';
import { realmDigest, wordNumber } from './words.ts';

/** The numbers of the words that a selector means, found beforehand, so that the server can tell how many rows have them. */
export interface FoundWords {
  readonly provider?: readonly number[];
  readonly rights?: readonly number[];
  readonly app?: readonly number[];
}

/** The meaning of a selector, in SQL: a condition that is never NULL. Its twin is `compileSelector`. */
export function matching(selector: Selector, p: Parameters, found: FoundWords = {}): string {
  const parts: string[] = [];
  const { realm, username, subject, providerSession } = selector;
  if (realm !== undefined) parts.push(realmIs(realm, p));
  if (username !== undefined) parts.push(sameText('username', username, p));
  if (subject !== undefined) parts.push(sameText('subject', subject, p));
  if (providerSession !== undefined) {
    parts.push(`provider_session IS NOT NULL AND ${sameText('provider_session', providerSession, p)}`);
  }
  for (const [table, words] of Object.entries(wordConditions(selector, p))) {
    const known = found[table as keyof FoundWords];
    const numbers = known === undefined ? `ARRAY(${words})` : p.add(known, 'integer[]');
    // Only an app may be missing.
    const isThere = table === 'app' ? 'app IS NOT NULL AND ' : '';
    parts.push(`${isThere}${table} = ANY(${numbers})`);
  }
  if (selector.sessionIds !== undefined) parts.push(`id = ANY(${p.add(selector.sessionIds, 'uuid[]')})`);
  if (selector.except !== undefined) parts.push(`NOT id = ANY(${p.add(selector.except, 'uuid[]')})`);
  if (selector.ip !== undefined) {
    const range = parseNetwork(selector.ip);
    if (range === undefined) parts.push('false');
    else {
      parts.push(
        `ip IS NOT NULL AND ip >= ${p.add(range.from, 'bytea')} AND ip <= ${p.add(range.to, 'bytea')}`,
      );
    }
  }
  const from = (column: string, text: string | undefined): void => {
    if (text !== undefined) parts.push(`${column} >= ${p.add(Date.parse(text), 'bigint')}`);
  };
  const to = (column: string, text: string | undefined): void => {
    if (text !== undefined) parts.push(`${column} < ${p.add(Date.parse(text), 'bigint')}`);
  };
  from('created_at', selector.createdFrom);
  to('created_at', selector.createdTo);
  from('last_access_at', selector.lastAccessFrom);
  to('last_access_at', selector.lastAccessTo);
  const below = selector.providerConfigVersionBelow;
  if (below !== undefined) parts.push(`provider_config_version < ${p.add(below, 'bigint')}`);
  return parts.length === 0 ? 'true' : parts.map((part) => `(${part})`).join(' AND ');
}

/** Whether a row that looks live is dead by one of these revocations. */
export function deadBy(entries: readonly LedgerEntry[], p: Parameters): string {
  // Where several say the same, the last of them names whatever the others name.
  const last = new Map<string, LedgerEntry>();
  for (const entry of entries) last.set(canonicalJson(entry.selector), entry);
  const parts = [...last.values()].map(
    ({ seq, selector }) => `(epoch < ${p.add(seq, 'bigint')} AND ${matching(selector, p)})`,
  );
  return parts.length === 0 ? 'false' : `(${parts.join(' OR ')})`;
}

/** Whether a row belongs to a realm, or a word does: both have a column of that name. */
export function realmIs(realm: string, p: Parameters): string {
  return `realm = coalesce(${wordNumber('realm', p.add(realmDigest(realm), 'bytea'))}, -1)`;
}

/** Whether a word is one of the providers that a selector means. */
export function providerIs(
  { type, name, types, notTypes }: NonNullable<Selector['provider']>,
  p: Parameters,
): string {
  const parts = ['true'];
  if (type !== undefined) parts.push(`type = ${p.add(type, 'text')}`);
  if (name !== undefined) parts.push(`name = ${p.add(name, 'text')}`);
  if (types !== undefined) parts.push(`type = ANY(${p.add(types, 'text[]')})`);
  if (notTypes !== undefined) parts.push(`NOT type = ANY(${p.add(notTypes, 'text[]')})`);
  return parts.join(' AND ');
}

/** A text of any length is found by its hash. */
export function sameText(
  column: 'username' | 'subject' | 'provider_session',
  text: string,
  p: Parameters,
): string {
  const place = p.add(text, 'text');
  return `hashtextextended(${column}, 0) = hashtextextended(${place}, 0) AND ${column} = ${place}`;
}

/** For each kind of words that a selector asks for, the query that gives their numbers. */
export function wordConditions(
  { realm, provider, adminId, accessGroup, app }: Selector,
  p: Parameters,
): { readonly [Table in keyof FoundWords]: string } {
  const within = realm === undefined ? 'true' : realmIs(realm, p);
  const ofRights = [within];
  if (adminId !== undefined) ofRights.push(`${p.add(adminId, 'bigint')} = ANY(admin_ids)`);
  if (accessGroup !== undefined) ofRights.push(`${p.add(accessGroup, 'text')} = ANY(access_groups)`);
  const query = (table: keyof FoundWords, ...conditions: readonly string[]): string =>
    `SELECT id FROM curfew.${table} WHERE ${conditions.join(' AND ')}`;
  return {
    ...(provider === undefined ? {} : { provider: query('provider', within, providerIs(provider, p)) }),
    ...(ofRights.length === 1 ? {} : { rights: query('rights', ...ofRights) }),
    ...(app === undefined ? {} : { app: query('app', within, `name = ${p.add(app, 'text')}`) }),
  };
}
