import type { Provider } from '../../session/session.ts';
import type { Survey, SurveyQuery } from '../../session/survey.ts';
import { both, type Condition, conditionOf, resolve } from './condition.ts';
import { deadByLedger, unsweptRevocations } from './deaths.ts';
import type { Snapshot } from './query.ts';

/** What a policy would find among the live sessions of a realm, all from one snapshot. */
export function survey({ db, dictionary }: Snapshot, query: SurveyQuery): Survey {
  const { realm, username, exceptUsernames = [], sessionLimit, now } = query;
  const dead = deadByLedger(unsweptRevocations(db), db, dictionary);
  const resolved = resolve({ realm, ...(username === undefined ? {} : { username }) }, db, dictionary);
  const live = both(
    { sql: 'live = 1', values: [] },
    conditionOf(resolved),
    { sql: `deadline > ? AND NOT (${dead.sql})`, values: [now, ...dead.values] },
    {
      sql: 'username NOT IN (SELECT value FROM json_each(?))',
      values: [JSON.stringify(exceptUsernames)],
    },
  );
  const source = `session INDEXED BY ${username === undefined ? 'session_realm' : 'session_username'}`;
  const mine = ofProviders(query, (provider) => resolve({ realm, provider }, db, dictionary).providers ?? []);
  const longer = longerThan(query);
  const of = both(live, mine);
  const counted = db.get(
    `SELECT count(*) AS live, count(*) FILTER (WHERE ${longer.sql}) AS longer FROM ${source} WHERE ${of.sql}`,
    ...longer.values,
    ...of.values,
  );
  const found = { live: Number(counted?.live), longer: Number(counted?.longer) };
  if (sessionLimit.kind === 'unset' || sessionLimit.kind === 'unlimited') {
    return { ...found, full: 0, over: 0 };
  }
  const { max, per } = sessionLimit;
  // Counted per user, a limit counts sessions of other providers too; it is met where a session of these providers stands.
  const groups =
    per === 'user'
      ? { columns: 'username', where: live, having: { sql: `max(${mine.sql})`, values: mine.values } }
      : { columns: 'username, provider', where: of, having: { sql: '1', values: [] } };
  const crowd = db.get(
    `SELECT count(*) AS full, coalesce(sum(n - ?), 0) AS over FROM (SELECT count(*) AS n FROM ${source}
      WHERE ${groups.where.sql} GROUP BY ${groups.columns} HAVING n >= ? AND ${groups.having.sql})`,
    max,
    ...groups.where.values,
    max,
    ...groups.having.values,
  );
  return { ...found, full: Number(crowd?.full), over: Number(crowd?.over) };
}

function ofProviders(
  { provider, exceptProviders = [] }: SurveyQuery,
  numbersOf: (provider: Provider) => readonly number[],
): Condition {
  const not = exceptProviders.flatMap(numbersOf);
  const only = provider === undefined ? undefined : numbersOf(provider);
  return both(
    { sql: 'provider NOT IN (SELECT value FROM json_each(?))', values: [JSON.stringify(not)] },
    only === undefined
      ? { sql: '1', values: [] }
      : { sql: 'provider IN (SELECT value FROM json_each(?))', values: [JSON.stringify(only)] },
  );
}

function longerThan({ idleTimeoutMs, lifespanMs }: SurveyQuery): Condition {
  return {
    sql: `(? IS NOT NULL AND (idle_timeout_ms IS NULL OR idle_timeout_ms > ?))
      OR (? IS NOT NULL AND (expires_at IS NULL OR expires_at - created_at > ?))`,
    values: [idleTimeoutMs, idleTimeoutMs, lifespanMs, lifespanMs],
  };
}
