import fc from 'fast-check';
import type { Selector } from '../../src/session/selector.ts';
import type { NewSession } from '../../src/session/store.ts';
import { iso, minute, startOfTime } from './manual-clock.ts';
import { aSession } from './sessions.ts';

/** Few values of each kind, so that random selectors name random sessions often. */
export const realms = ['default', 'eu', 'EU'] as const;
export const usernames = ['ann', 'Ann', 'bob', 'zoë', "o'neil", '%'] as const;
export const subjects = ['ann', 'cn=ann,dc=x', 's-1'] as const;
export const providerTypes = ['basic', 'ldap', 'saml'] as const;
export const providerNames = ['main', 'corp', 'basic'] as const;
export const providerSessions = ['1', 'sid-1', 'SID-1'] as const;
export const groups = ['administrator', 'read', 'volumes', '1'] as const;
export const adminIds = [0, 1, 7] as const;
export const apps = ['mail', 'web'] as const;
export const ips = ['192.0.2.1', '192.0.2.77', '198.51.100.1', '2001:db8::1', '2001:db9::1'] as const;
const networks = [
  '192.0.2.1',
  '192.0.2.0/24',
  '192.0.2.64/26',
  '0.0.0.0/0',
  '2001:db8::/32',
  '::/0',
  '::1',
] as const;
/** Sessions and ranges lie within this many minutes from the start of time. */
export const span = 8;
/** Ids of the sessions of a population by place. */
export const ids = Array.from(
  { length: 40 },
  (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
);

/** A value, or undefined once in `without` times. */
const optional = <T>(arbitrary: fc.Arbitrary<T>, without = 2): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: without });
/** A value once in `once` times, else undefined. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>, once: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: once - 1 }, { arbitrary, weight: 1 });

/** The object without its undefined members. */
function defined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

const instant = fc.integer({ min: 0, max: span }).map((minutes) => startOfTime + minutes * minute);

/** A session with names, rights, addresses and instants out of the few, but for its id. */
export const anySession: fc.Arbitrary<Omit<NewSession, 'id'>> = fc
  .record({
    realm: fc.constantFrom(...realms),
    username: fc.constantFrom(...usernames),
    subject: fc.constantFrom(...subjects),
    provider: fc.record({ type: fc.constantFrom(...providerTypes), name: fc.constantFrom(...providerNames) }),
    providerSession: optional(fc.constantFrom(...providerSessions)),
    accessGroups: fc.subarray([...groups]),
    adminIds: fc.subarray([...adminIds]),
    ip: optional(fc.constantFrom(...ips), 3),
    app: optional(fc.constantFrom(...apps)),
    createdAt: instant,
    used: fc.integer({ min: 0, max: span }),
    idleTimeoutMs: fc.constantFrom(null, 2 * minute, 5 * minute, 30 * minute),
    lifespanMs: fc.constantFrom(null, 3 * minute, 6 * minute, 30 * minute),
    providerConfigVersion: fc.nat(3),
  })
  .map(({ ip, app, providerSession, used, lifespanMs, ...rest }) => {
    const { id: _unused, ...session } = aSession({
      ...rest,
      client: ip === undefined ? {} : { ip },
      lastAccessAt: Math.min(rest.createdAt + used * minute, startOfTime + span * minute),
      expiresAt: lifespanMs === null ? null : rest.createdAt + lifespanMs,
      ...(providerSession === undefined ? {} : { providerSession }),
      ...(app === undefined ? {} : { app }),
    });
    return session;
  });

/** A range that holds at least one instant, open at either end or none. */
const range = fc.tuple(optional(fc.nat(span)), optional(fc.nat(span))).map(([a, b]) => {
  const from = a !== undefined && b !== undefined ? Math.min(a, b) : a;
  const to = a !== undefined && b !== undefined ? Math.max(a, b) + 1 : b;
  const text = (minutes: number | undefined) =>
    minutes === undefined ? undefined : iso(startOfTime + minutes * minute);
  return { from: text(from), to: text(to) };
});

const someIds = fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1, maxLength: 12 });

const someTypes = fc.subarray([...providerTypes, 'oidc'], { minLength: 1, maxLength: 3 });

/** One condition of a selector. */
const condition: fc.Arbitrary<Selector> = fc.oneof(
  { arbitrary: fc.constantFrom(...usernames).map((username): Selector => ({ username })), weight: 2 },
  { arbitrary: fc.constantFrom(...subjects).map((subject): Selector => ({ subject })), weight: 1 },
  { arbitrary: someIds.map((sessionIds): Selector => ({ sessionIds })), weight: 1 },
  {
    arbitrary: fc.constantFrom(...providerTypes).map((type): Selector => ({ provider: { type } })),
    weight: 1,
  },
  {
    arbitrary: fc.constantFrom(...providerNames).map((name): Selector => ({ provider: { name } })),
    weight: 1,
  },
  {
    arbitrary: fc
      .record({ type: fc.constantFrom(...providerTypes), name: fc.constantFrom(...providerNames) })
      .map((provider): Selector => ({ provider })),
    weight: 1,
  },
  {
    arbitrary: fc
      .record({ types: optional(someTypes), notTypes: optional(someTypes) })
      .filter(({ types, notTypes }) => types !== undefined || notTypes !== undefined)
      .map((provider): Selector => ({ provider: defined(provider) })),
    weight: 2,
  },
  {
    arbitrary: fc.constantFrom(...providerSessions).map((providerSession): Selector => ({ providerSession })),
    weight: 1,
  },
  { arbitrary: fc.constantFrom(...adminIds).map((adminId): Selector => ({ adminId })), weight: 1 },
  { arbitrary: fc.constantFrom(...groups).map((accessGroup): Selector => ({ accessGroup })), weight: 1 },
  { arbitrary: fc.constantFrom(...apps).map((app): Selector => ({ app })), weight: 1 },
  { arbitrary: fc.constantFrom(...networks).map((ip): Selector => ({ ip })), weight: 2 },
  {
    arbitrary: fc
      .integer({ min: 1, max: 4 })
      .map((below): Selector => ({ providerConfigVersionBelow: below })),
    weight: 1,
  },
  {
    arbitrary: range.map(
      ({ from, to }): Selector => defined({ createdFrom: from, createdTo: to }) as Selector,
    ),
    weight: 1,
  },
  {
    arbitrary: range.map(
      ({ from, to }): Selector => defined({ lastAccessFrom: from, lastAccessTo: to }) as Selector,
    ),
    weight: 1,
  },
);

/** A sound selector: `all`, or one to three conditions; with a realm and exceptions at times. */
export const anySelector: fc.Arbitrary<Selector> = fc
  .record({
    conditions: fc.oneof(
      { arbitrary: fc.constant<Selector[]>([]), weight: 1 },
      { arbitrary: fc.array(condition, { minLength: 1, maxLength: 3 }), weight: 6 },
    ),
    realm: seldom(fc.constantFrom(...realms, 'nowhere'), 3),
    except: seldom(someIds, 6),
  })
  .map(({ conditions, realm, except }) => {
    const merged: Selector = Object.assign({}, ...conditions);
    // A range that is open at both ends is no condition.
    const base: Selector = Object.keys(merged).length === 0 ? { all: true } : merged;
    return defined({ ...base, realm, except }) as Selector;
  });

/** The same selector with its ranges of time moved. */
export function moved(selector: Selector, ms: number): Selector {
  const fields = ['createdFrom', 'createdTo', 'lastAccessFrom', 'lastAccessTo'] as const;
  const changed: Selector = { ...selector };
  for (const field of fields) {
    const text = selector[field];
    if (text !== undefined) changed[field] = iso(Date.parse(text) + ms);
  }
  return changed;
}
