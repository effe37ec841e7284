import { mostNamed, type RefusedUses, type RefusedUsesQuery } from '../../session/statistics-store.ts';
import { realmIs } from './condition.ts';
import type { Snapshot } from './query.ts';
import { type Parameters, statement } from './statement.ts';

type AddressRow = readonly [
  ip: string,
  uses: number,
  sessions: number,
  firstAt: number,
  lastAt: number,
  count: number,
  allUses: number,
];

/** Who still uses ended sessions, by address. */
export async function refusedUses({ ask }: Snapshot, query: RefusedUsesQuery): Promise<RefusedUses> {
  const rows = (await ask(
    statement(
      (p) => `SELECT refusal.ip, sum(count)::bigint AS uses, count(*), min(first_at), max(last_at),
          count(*) OVER (), (sum(sum(count)) OVER ())::bigint
        FROM curfew.refusal ${ofRealm(query, p)} WHERE last_at >= ${p.add(query.since, 'bigint')}
        GROUP BY refusal.ip ORDER BY uses DESC, refusal.ip COLLATE "C" LIMIT ${p.add(query.limit, 'bigint')}`,
    ),
  )) as unknown as AddressRow[];
  const ips = rows.map(([ip]) => ip);
  const users = (await ask(
    statement(
      (p) => `WITH tried AS (SELECT refusal.ip, username, sum(count) AS uses
          FROM curfew.refusal ${ofRealm(query, p, true)} WHERE ${isAmong(ips, query, p)} GROUP BY refusal.ip, username),
        ranked AS (SELECT ip, username, count(*) OVER (PARTITION BY ip) AS users,
          row_number() OVER (PARTITION BY ip ORDER BY uses DESC, username) AS rank FROM tried)
        SELECT ip, username, users FROM ranked WHERE rank <= ${mostNamed} ORDER BY rank`,
    ),
  )) as unknown as [ip: string, username: string, users: number][];
  const sessions = (await ask(
    statement(
      (p) => `WITH ranked AS (SELECT refusal.ip, session.id,
            row_number() OVER (PARTITION BY refusal.ip ORDER BY last_at DESC, refusal.session DESC) AS rank
          FROM curfew.refusal ${ofRealm(query, p, true)} WHERE ${isAmong(ips, query, p)})
        SELECT ip, id FROM ranked WHERE rank <= ${mostNamed} ORDER BY rank`,
    ),
  )) as unknown as [ip: string, id: string][];
  return {
    count: rows[0]?.[5] ?? 0,
    uses: rows[0]?.[6] ?? 0,
    addresses: rows.map(([ip, uses, tried, firstAt, lastAt]) => {
      const own = users.filter((one) => one[0] === ip);
      return {
        ip,
        uses,
        sessions: tried,
        users: own[0]?.[2] ?? 0,
        usernames: own.map(([, username]) => username),
        sessionIds: sessions.filter((one) => one[0] === ip).map(([, id]) => id),
        firstAt,
        lastAt,
      };
    }),
  };
}

/** The sessions of refusals, where something of them is asked for. */
function ofRealm({ realm }: RefusedUsesQuery, p: Parameters, needsSession = false): string {
  if (realm === undefined && !needsSession) return '';
  const within = realm === undefined ? 'true' : realmIs(realm, p);
  return `JOIN curfew.session AS session ON session.number = refusal.session AND ${within}`;
}

function isAmong(ips: readonly string[], { since }: RefusedUsesQuery, p: Parameters): string {
  return `last_at >= ${p.add(since, 'bigint')} AND refusal.ip = ANY(${p.add(ips, 'text[]')})`;
}
