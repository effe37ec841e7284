import type { Selector } from '../../session/selector.ts';
import type { Summary, Tally, UnknownName } from '../../session/store.ts';
import { providerIs, realmIs, sameText } from './condition.ts';
import { listSessions, liveMatches, type Snapshot } from './query.ts';
import { type Parameters, type Row, statement } from './statement.ts';
import { realmDigest } from './words.ts';

const topUsers = 20;
const sampleSize = 20;
const mostAdmins = 1000;

/** What a termination with this selector would hit now, all from one snapshot. */
export async function summarise(snapshot: Snapshot, selector: Selector, now: number): Promise<Summary> {
  const { ask, words, entries } = snapshot;
  const grouped = (columns: string, end: string): Promise<Row[]> =>
    ask(
      statement(
        (
          p,
        ) => `SELECT count(*), ${columns} FROM curfew.session WHERE ${liveMatches(selector, entries, now, p)}
          GROUP BY ${columns} ${end}`,
      ),
    );
  const tallies = { realm: new Counter(), provider: new Counter(), app: new Counter() };
  const adminIds = new Set<number>();
  let count = 0;
  const groups = (await grouped('realm, provider, rights, app', '')) as unknown as [
    count: number,
    realm: number,
    provider: number,
    rights: number,
    app: number | null,
  ][];
  await words.learn(groups.map(([, realm, provider, rights, app]) => ({ realm, provider, rights, app })));
  for (const [n, realm, provider, rights, app] of groups) {
    count += n;
    const { type, name } = words.provider(provider);
    tallies.realm.add(words.realm(realm), n);
    tallies.provider.add(`${type}/${name}`, n);
    if (app !== null) tallies.app.add(words.app(app), n);
    for (const id of words.rights(rights).adminIds) if (adminIds.size < mostAdmins) adminIds.add(id);
  }
  const users = await grouped('username', `ORDER BY 1 DESC, username LIMIT ${topUsers}`);
  const { sessions } = await listSessions(snapshot, { selector, state: 'live', now, limit: sampleSize });
  return {
    count,
    byRealm: tallies.realm.descending(),
    byProvider: tallies.provider.descending(),
    byUser: users.map(([n, name]) => ({ value: name as string, count: n as number })),
    byApp: tallies.app.descending(),
    sample: sessions,
    adminIds: [...adminIds].sort((a, b) => a - b),
    unknown: count === 0 ? await unknownNames(snapshot, selector) : [],
  };
}

/** The names in a selector that no session, live or kept, ever bore here. */
export async function unknownNames(
  { ask }: Pick<Snapshot, 'ask'>,
  selector: Selector,
): Promise<UnknownName[]> {
  const { realm, username, subject, provider, providerSession, app, sessionIds } = selector;
  const unknown: UnknownName[] = [];
  const demand = async (
    name: UnknownName,
    table: 'realm' | 'provider' | 'app' | 'session',
    condition: (p: Parameters) => string,
  ): Promise<void> => {
    const rows = await ask(
      statement((p) => {
        const within = realm === undefined || table === 'realm' ? 'true' : realmIs(realm, p);
        return `SELECT 1 FROM curfew.${table} WHERE ${within} AND ${condition(p)} LIMIT 1`;
      }),
    );
    if (rows.length === 0) unknown.push(name);
  };
  if (realm !== undefined) {
    await demand('realm', 'realm', (p) => `digest = ${p.add(realmDigest(realm), 'bytea')}`);
  }
  if (provider !== undefined) await demand('provider', 'provider', (p) => providerIs(provider, p));
  if (username !== undefined) {
    await demand('username', 'session', (p) => sameText('username', username, p));
  }
  if (subject !== undefined) await demand('subject', 'session', (p) => sameText('subject', subject, p));
  if (providerSession !== undefined) {
    await demand(
      'providerSession',
      'session',
      (p) => `provider_session IS NOT NULL AND ${sameText('provider_session', providerSession, p)}`,
    );
  }
  if (app !== undefined) await demand('app', 'app', (p) => `name = ${p.add(app, 'text')}`);
  if (sessionIds !== undefined) {
    await demand('sessionIds', 'session', (p) => `id = ANY(${p.add(sessionIds, 'uuid[]')})`);
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
