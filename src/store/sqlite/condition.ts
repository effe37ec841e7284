import { type AddressRange, parseNetwork } from '../../core/address.ts';
import { uuidToBytes } from '../../core/ids.ts';
import type { Selector } from '../../session/selector.ts';
import type { Database, SqlValue } from './database.ts';
import type { Dictionary } from './dictionary.ts';

/** A truth value in SQL, never NULL, with the values of its placeholders in order. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** A selector with its words replaced by the numbers that rows hold. An empty list matches nothing. */
export interface Resolved {
  readonly realm?: number;
  readonly username?: string;
  readonly subject?: string;
  readonly providerSession?: string;
  readonly providers?: readonly number[];
  readonly rights?: readonly number[];
  readonly apps?: readonly number[];
  readonly numbers?: readonly number[];
  readonly except?: readonly number[];
  readonly ip?: AddressRange;
  readonly createdFrom?: number;
  readonly createdTo?: number;
  readonly lastAccessFrom?: number;
  readonly lastAccessTo?: number;
  readonly versionBelow?: number;
}

const unknownNumber = -1;

/** Looks up the words of a selector, in the transaction in which it will be used. */
export function resolve(selector: Selector, db: Database, dictionary: Dictionary): Resolved {
  const { provider, adminId, accessGroup, app, sessionIds, except } = selector;
  const realm =
    selector.realm === undefined ? undefined : (dictionary.findRealm(selector.realm) ?? unknownNumber);
  const inRealm = (entry: { realm: number }): boolean => realm === undefined || entry.realm === realm;
  const range = selector.ip === undefined ? undefined : parseNetwork(selector.ip);
  return compact({
    realm,
    username: selector.username,
    subject: selector.subject,
    providerSession: selector.providerSession,
    providers:
      provider &&
      keysWhere(dictionary.providers, (entry) => {
        if (provider.type !== undefined && provider.type !== entry.type) return false;
        if (provider.name !== undefined && provider.name !== entry.name) return false;
        if (provider.types !== undefined && !provider.types.includes(entry.type)) return false;
        if (provider.notTypes?.includes(entry.type)) return false;
        return inRealm(entry);
      }),
    rights:
      adminId === undefined && accessGroup === undefined
        ? undefined
        : keysWhere(dictionary.rights, (entry) => {
            if (adminId !== undefined && !entry.adminIds.includes(adminId)) return false;
            if (accessGroup !== undefined && !entry.accessGroups.includes(accessGroup)) return false;
            return inRealm(entry);
          }),
    apps:
      app === undefined
        ? undefined
        : keysWhere(dictionary.apps, (entry) => entry.name === app && inRealm(entry)),
    numbers: sessionIds && numbersOf(sessionIds, db),
    except: except && numbersOf(except, db),
    ip: range,
    createdFrom: instant(selector.createdFrom),
    createdTo: instant(selector.createdTo),
    lastAccessFrom: instant(selector.lastAccessFrom),
    lastAccessTo: instant(selector.lastAccessTo),
    versionBelow: selector.providerConfigVersionBelow,
  });
}

/** The meaning of a selector, in SQL; its twin is `compileSelector`. Fields that an index walk has settled are left out. */
export function conditionOf(resolved: Resolved, settled: ReadonlySet<keyof Resolved> = new Set()): Condition {
  const parts: string[] = [];
  const values: SqlValue[] = [];
  const add = (field: keyof Resolved, sql: string, ...bound: SqlValue[]): void => {
    if (settled.has(field)) return;
    parts.push(sql);
    values.push(...bound);
  };
  const { realm, username, subject, providerSession, ip, versionBelow } = resolved;
  if (realm !== undefined) add('realm', 'realm = ?', realm);
  if (username !== undefined) add('username', 'username = ?', username);
  if (subject !== undefined) add('subject', 'subject = ?', subject);
  // Never NULL, so that its negation holds for the sessions that bear none.
  if (providerSession !== undefined) {
    add('providerSession', '(provider_session IS NOT NULL AND provider_session = ?)', providerSession);
  }
  if (resolved.providers !== undefined) add('providers', ...among('provider', resolved.providers));
  if (resolved.rights !== undefined) add('rights', ...among('rights', resolved.rights));
  if (resolved.apps !== undefined) add('apps', ...among('coalesce(app, -1)', resolved.apps));
  if (resolved.numbers !== undefined) add('numbers', ...among('number', resolved.numbers));
  if (resolved.except !== undefined) {
    const [sql, ids] = among('number', resolved.except);
    add('except', `NOT ${sql}`, ids);
  }
  if (ip !== undefined) add('ip', '(ip IS NOT NULL AND ip >= ? AND ip <= ?)', ip.from, ip.to);
  if (resolved.createdFrom !== undefined) add('createdFrom', 'created_at >= ?', resolved.createdFrom);
  if (resolved.createdTo !== undefined) add('createdTo', 'created_at < ?', resolved.createdTo);
  if (resolved.lastAccessFrom !== undefined)
    add('lastAccessFrom', 'last_access_at >= ?', resolved.lastAccessFrom);
  if (resolved.lastAccessTo !== undefined) add('lastAccessTo', 'last_access_at < ?', resolved.lastAccessTo);
  if (versionBelow !== undefined) add('versionBelow', 'provider_config_version < ?', versionBelow);
  return { sql: parts.length === 0 ? '1' : parts.join(' AND '), values };
}

/** Conditions that must all hold. */
export function both(...conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.map(({ sql }) => `(${sql})`).join(' AND '),
    values: conditions.flatMap(({ values }) => values),
  };
}

export function not({ sql, values }: Condition): Condition {
  return { sql: `NOT (${sql})`, values };
}

function among(column: string, numbers: readonly number[]): [string, SqlValue] {
  return [`(${column} IN (SELECT value FROM json_each(?)))`, JSON.stringify(numbers)];
}

function numbersOf(ids: readonly string[], db: Database): number[] {
  return ids.flatMap((id) =>
    db.all('SELECT number FROM session WHERE id = ?', uuidToBytes(id)).map((row) => Number(row.number)),
  );
}

function keysWhere<T>(entries: ReadonlyMap<number, T>, test: (entry: T) => boolean): number[] {
  const keys: number[] = [];
  for (const [key, entry] of entries) if (test(entry)) keys.push(key);
  return keys;
}

function instant(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}

/** The object without the members that are undefined. */
function compact<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
