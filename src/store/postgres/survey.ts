import type { Provider } from '../../session/session.ts';
import type { Survey, SurveyQuery } from '../../session/survey.ts';
import { realmIs } from './condition.ts';
import { liveMatches, type Snapshot } from './query.ts';
import { type Parameters, statement } from './statement.ts';

/** What a policy would find among the live sessions of a realm, all from one snapshot. */
export async function survey({ ask, entries }: Snapshot, query: SurveyQuery): Promise<Survey> {
  const { realm, username, exceptUsernames = [], sessionLimit, now } = query;
  const selector = { realm, ...(username === undefined ? {} : { username }) };
  const live = (p: Parameters): string =>
    `${liveMatches(selector, entries, now, p)} AND NOT username = ANY(${p.add(exceptUsernames, 'text[]')})`;
  const [counted] = await ask(
    statement(
      (p) => `SELECT count(*), count(*) FILTER (WHERE ${longerThan(query, p)}) FROM curfew.session
        WHERE ${live(p)} AND ${ofProviders(query, p)}`,
    ),
  );
  const [count, longer] = counted as unknown as [number, number];
  if (sessionLimit.kind === 'unset' || sessionLimit.kind === 'unlimited') {
    return { live: count, longer, full: 0, over: 0 };
  }
  const { max, per } = sessionLimit;
  const [crowd] = await ask(
    statement((p) => {
      const limit = p.add(max, 'bigint');
      // Counted per user, a limit counts sessions of other providers too; it is met where a session of these providers stands.
      const groups =
        per === 'user'
          ? { columns: 'username', where: 'true', having: `bool_or(${ofProviders(query, p)})` }
          : { columns: 'username, provider', where: ofProviders(query, p), having: 'true' };
      return `SELECT count(*), coalesce(sum(n - ${limit}), 0)::bigint FROM (
        SELECT count(*) AS n FROM curfew.session WHERE ${live(p)} AND ${groups.where}
        GROUP BY ${groups.columns} HAVING count(*) >= ${limit} AND ${groups.having}) AS crowd`;
    }),
  );
  const [full, over] = crowd as unknown as [number, number];
  return { live: count, longer, full, over };
}

function ofProviders({ realm, provider, exceptProviders = [] }: SurveyQuery, p: Parameters): string {
  const among = (providers: readonly Provider[]): string => {
    const types = p.add(
      providers.map(({ type }) => type),
      'text[]',
    );
    const names = p.add(
      providers.map(({ name }) => name),
      'text[]',
    );
    return `provider = ANY(ARRAY(SELECT id FROM curfew.provider
      WHERE ${realmIs(realm, p)} AND (type, name) IN (SELECT * FROM unnest(${types}, ${names}))))`;
  };
  const only = provider === undefined ? 'true' : among([provider]);
  return `(${only} AND NOT ${among(exceptProviders)})`;
}

function longerThan({ idleTimeoutMs, lifespanMs }: SurveyQuery, p: Parameters): string {
  const idle =
    idleTimeoutMs === null
      ? 'false'
      : `(idle_timeout_ms IS NULL OR idle_timeout_ms > ${p.add(idleTimeoutMs, 'bigint')})`;
  const whole =
    lifespanMs === null
      ? 'false'
      : `(expires_at IS NULL OR expires_at - created_at > ${p.add(lifespanMs, 'bigint')})`;
  return `(${idle} OR ${whole})`;
}
