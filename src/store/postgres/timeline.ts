import { endReasons, type Provider } from '../../session/session.ts';
import { type TimelineQuery, type TimelineSeries, TimelineTally } from '../../session/timeline.ts';
import { matching, realmIs } from './condition.ts';
import type { Snapshot } from './query.ts';
import { reasonNumber } from './row.ts';
import { type Statement, statement } from './statement.ts';

type Group = readonly [
  number: number,
  begunIn: number | null,
  endedIn: number | null,
  reason: number | null,
  count: number,
  realm: string,
  type: string,
  name: string,
];

/** What happened in a span of time: all rows that did not end before it, grouped by when they came and how they went. */
export async function timeline(snapshot: Snapshot, query: TimelineQuery): Promise<TimelineSeries[]> {
  const tally = new TimelineTally(query);
  const names = new Map<number, { realm: string; provider: Provider }>();
  const groups = (await snapshot.ask(grouped(snapshot, query))) as unknown as Group[];
  for (const [number, begunIn, endedIn, reason, count, realm, type, name] of groups) {
    names.set(number, { realm, provider: { type, name } });
    const how = endReasons[Number(reason) - 1];
    if (begunIn === -1) tally.before(number, count);
    else if (begunIn !== null) tally.begun(number, begunIn, count);
    else if (endedIn !== null && how !== undefined) tally.ended(number, how, endedIn, count);
  }
  return tally.series((number) => names.get(number) as { realm: string; provider: Provider });
}

/** Groups by provider and bucket of the start, -1 before the span, and by provider, bucket of the end, and reason. */
function grouped({ entries }: Snapshot, query: TimelineQuery): Statement {
  return statement((p) => {
    const from = p.add(query.from, 'bigint');
    const now = p.add(query.now, 'bigint');
    const bucketMs = p.add(query.bucketMs, 'bigint');
    const within = query.realm === undefined ? 'true' : realmIs(query.realm, p);
    // Among the cuts that name a row the first one counts, and its limit if that had passed before.
    const cuts = entries.map(
      ({ seq, at, selector }) =>
        `WHEN epoch < ${p.add(seq, 'bigint')} AND ${matching(selector, p)} THEN ${p.add(at, 'bigint')}`,
    );
    const due = cuts.length === 0 ? 'deadline' : `least(deadline, CASE ${cuts.join(' ')} END)`;
    // What is no column is worked out once for each row, behind a fence.
    return `WITH looked AS (SELECT provider, created_at, live, end_reason, deadline, expires_at,
          CASE WHEN live THEN ${due} ELSE ended_at END AS over_at
        FROM curfew.session WHERE ${within} AND (live OR ended_at >= ${from}) OFFSET 0),
      judged AS (SELECT *, NOT live OR over_at < deadline OR deadline <= ${now} AS is_over FROM looked),
      placed AS (SELECT provider,
          CASE WHEN created_at < ${from} THEN -1 ELSE (created_at - ${from}) / ${bucketMs} END AS begun_in,
          CASE WHEN is_over THEN (over_at - ${from}) / ${bucketMs} END AS ended_in,
          CASE WHEN NOT live THEN end_reason WHEN over_at < deadline THEN ${reasonNumber('revoked')}
            WHEN expires_at = deadline THEN ${reasonNumber('expired')} ELSE ${reasonNumber('idle')} END AS reason
        FROM judged WHERE NOT (is_over AND over_at < ${from})),
      grouped AS (SELECT provider, begun_in, ended_in, reason, count(*) AS n FROM placed
        GROUP BY GROUPING SETS ((provider, begun_in), (provider, ended_in, reason)))
      SELECT grouped.provider, begun_in, ended_in, reason, n, realm.name, provider.type, provider.name FROM grouped
        JOIN curfew.provider AS provider ON provider.id = grouped.provider
        JOIN curfew.realm AS realm ON realm.id = provider.realm`;
  });
}
