import type { Selector } from '../../session/selector.ts';
import type { SessionQuery, Summary, Tally, UnknownName } from '../../session/store.ts';
import { both, conditionOf, resolve } from './condition.ts';
import type { Row } from './database.ts';
import { stateFilter, unsweptRevocations } from './deaths.ts';
import { planForCount } from './plan.ts';
import { listSessions, type Snapshot } from './query.ts';
import { numberOrNull } from './row.ts';

const topUsers = 20;
const sampleSize = 20;
const mostAdmins = 1000;

/** What a termination with this selector would hit now, all from one snapshot. */
export function summarise(snapshot: Snapshot, selector: Selector, now: number): Summary {
  const { dictionary } = snapshot;
  const query: SessionQuery = { selector, state: 'live', now };
  const tallies = { realm: new Counter(), provider: new Counter(), app: new Counter(), user: new Counter() };
  const adminIds = new Set<number>();
  let count = 0;
  for (const row of grouped(snapshot, query, 'realm, provider, app, rights')) {
    const n = Number(row.n);
    count += n;
    const { type, name } = dictionary.provider(Number(row.provider));
    tallies.realm.add(dictionary.realm(Number(row.realm)), n);
    tallies.provider.add(`${type}/${name}`, n);
    const app = numberOrNull(row.app);
    if (app !== null) tallies.app.add(dictionary.app(app).name, n);
    for (const id of dictionary.rightsOf(Number(row.rights)).adminIds)
      if (adminIds.size < mostAdmins) adminIds.add(id);
  }
  for (const row of grouped(snapshot, query, 'username', topUsers))
    tallies.user.add(String(row.username), Number(row.n));
  return {
    count,
    byRealm: tallies.realm.descending(),
    byProvider: tallies.provider.descending(),
    byUser: tallies.user.descending().slice(0, topUsers),
    byApp: tallies.app.descending(),
    sample: listSessions(snapshot, { ...query, limit: sampleSize }).sessions,
    adminIds: [...adminIds].sort((a, b) => a - b),
    unknown: count === 0 ? unknownNames(snapshot, selector) : [],
  };
}

/** Counts per group of live sessions; with `top` the greatest groups only. */
function grouped({ db, dictionary }: Snapshot, query: SessionQuery, columns: string, top?: number): Row[] {
  const resolved = resolve(query.selector, db, dictionary);
  const filter = stateFilter(query, unsweptRevocations(db), db, dictionary);
  const plan = planForCount(resolved);
  const source = plan.index === '' ? 'session' : `session INDEXED BY ${plan.index}`;
  const start = plan.column === undefined ? (plan.bound ?? { sql: '1', values: [] }) : undefined;
  const walk = start ?? {
    sql: `${plan.column} IN (${plan.values.map(() => '?').join(', ') || 'NULL'})`,
    values: plan.values,
  };
  const where = both(
    { sql: 'live = 1', values: [] },
    walk,
    conditionOf(resolved, plan.settled),
    filter.conditionFor(1),
  );
  const order = top === undefined ? '' : `ORDER BY n DESC, ${columns} LIMIT ${top}`;
  const sql = `SELECT ${columns}, count(*) AS n FROM ${source} WHERE ${where.sql} GROUP BY ${columns} ${order}`;
  return db.all(sql, ...where.values);
}

/** The names in a selector that no session, live or kept, ever bore here. */
export function unknownNames({ db, dictionary }: Snapshot, selector: Selector): UnknownName[] {
  const unknown: UnknownName[] = [];
  const { realm, username, subject, provider, providerSession, app, sessionIds } = selector;
  const resolved = resolve(selector, db, dictionary);
  if (realm !== undefined && dictionary.findRealm(realm) === undefined) unknown.push('realm');
  if (provider !== undefined && resolved.providers?.length === 0) unknown.push('provider');
  const within =
    realm === undefined ? { sql: '1', values: [] } : { sql: 'realm = ?', values: [resolved.realm ?? -1] };
  const seen = (column: 'username' | 'subject' | 'provider_session', value: string): boolean => {
    const sql = `SELECT 1 FROM session INDEXED BY session_${column} WHERE ${column} = ? AND ${within.sql} LIMIT 1`;
    return db.get(sql, value, ...within.values) !== undefined;
  };
  if (username !== undefined && !seen('username', username)) unknown.push('username');
  if (subject !== undefined && !seen('subject', subject)) unknown.push('subject');
  if (providerSession !== undefined && !seen('provider_session', providerSession)) {
    unknown.push('providerSession');
  }
  if (app !== undefined && resolved.apps?.length === 0) unknown.push('app');
  if (sessionIds !== undefined) {
    const sql = `SELECT 1 FROM session WHERE number IN (SELECT value FROM json_each(?)) AND ${within.sql} LIMIT 1`;
    const one = db.get(sql, JSON.stringify(resolved.numbers ?? []), ...within.values);
    if (one === undefined) unknown.push('sessionIds');
  }
  return unknown;
}

class Counter {
  readonly #counts = new Map<string, number>();

  add(value: string, count: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + count);
  }

  descending(): Tally[] {
    const tallies = [...this.#counts].map(([value, count]) => ({ value, count }));
    return tallies.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  }
}
