import { digitsToUuid } from '../../core/ids.ts';
import { mostNamed, type RefusedUses, type RefusedUsesQuery } from '../../session/statistics-store.ts';
import type { Condition } from './condition.ts';
import type { Snapshot } from './query.ts';

/** Who still uses ended sessions, by address. */
export function refusedUses(snapshot: Snapshot, query: RefusedUsesQuery): RefusedUses {
  const { db } = snapshot;
  const within = withinRealm(snapshot, query);
  const source = query.realm === undefined ? 'refusal' : withSessions;
  const rows = db.all(
    `SELECT refusal.ip, sum(count) AS uses, count(*) AS sessions, min(first_at) AS firstAt, max(last_at) AS lastAt,
       count(*) OVER () AS addresses, sum(sum(count)) OVER () AS allUses
     FROM ${source} WHERE last_at >= ? AND ${within.sql} GROUP BY refusal.ip ORDER BY uses DESC, refusal.ip LIMIT ?`,
    query.since,
    ...within.values,
    query.limit,
  );
  const among = {
    sql: `last_at >= ? AND refusal.ip IN (SELECT value FROM json_each(?)) AND ${within.sql}`,
    values: [query.since, JSON.stringify(rows.map(({ ip }) => ip)), ...within.values],
  };
  const users = db.all(
    `WITH tried AS (SELECT refusal.ip, username, sum(count) AS uses FROM ${withSessions} WHERE ${among.sql}
       GROUP BY refusal.ip, username),
     ranked AS (SELECT ip, username, count(*) OVER (PARTITION BY ip) AS users,
       row_number() OVER (PARTITION BY ip ORDER BY uses DESC, username) AS rank FROM tried)
     SELECT ip, username, users FROM ranked WHERE rank <= ${mostNamed} ORDER BY rank`,
    ...among.values,
  );
  const sessions = db.all(
    `WITH ranked AS (SELECT refusal.ip, session.id,
       row_number() OVER (PARTITION BY refusal.ip ORDER BY last_at DESC, refusal.session DESC) AS rank
       FROM ${withSessions} WHERE ${among.sql})
     SELECT ip, lower(hex(id)) AS id FROM ranked WHERE rank <= ${mostNamed} ORDER BY rank`,
    ...among.values,
  );
  return {
    count: Number(rows[0]?.addresses ?? 0),
    uses: Number(rows[0]?.allUses ?? 0),
    addresses: rows.map((row) => {
      const own = users.filter(({ ip }) => ip === row.ip);
      return {
        ip: String(row.ip),
        uses: Number(row.uses),
        sessions: Number(row.sessions),
        users: Number(own[0]?.users ?? 0),
        usernames: own.map(({ username }) => String(username)),
        sessionIds: sessions.filter(({ ip }) => ip === row.ip).map(({ id }) => digitsToUuid(String(id))),
        firstAt: Number(row.firstAt),
        lastAt: Number(row.lastAt),
      };
    }),
  };
}

/** Refusals come first: there are fewer of them than of sessions. */
const withSessions = 'refusal CROSS JOIN session ON session.number = refusal.session';

function withinRealm({ dictionary }: Snapshot, { realm }: RefusedUsesQuery): Condition {
  if (realm === undefined) return { sql: '1', values: [] };
  return { sql: 'session.realm = ?', values: [dictionary.findRealm(realm) ?? -1] };
}
