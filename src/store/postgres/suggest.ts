import { type AddressRange, bytesToAddress } from '../../core/address.ts';
import {
  endOfBeginning,
  firstOf,
  mostCounted,
  type Suggestion,
  type Suggestions,
  type SuggestQuery,
} from '../../session/suggestions.ts';
import { deadBy, realmIs } from './condition.ts';
import type { Snapshot } from './query.ts';
import { type Parameters, type Row, statement } from './statement.ts';

/** So many letters of a name are in the index. */
const indexed = 100;
/** So many different values are looked at for one beginning. */
const mostLookedAt = 300;
/** So many of the newest sessions of a realm are looked at for addresses beside, whose index knows no realms. */
const newestOfRealm = 2000;

/** The names and addresses of live sessions that begin with a text. */
export async function suggest(snapshot: Snapshot, query: SuggestQuery): Promise<Suggestions> {
  return {
    usernames: await namesBeginning(snapshot, query, 'username'),
    subjects: await namesBeginning(snapshot, query, 'subject'),
    addresses: await addressesWithin(snapshot, query),
  };
}

async function namesBeginning(
  snapshot: Snapshot,
  query: SuggestQuery,
  column: 'username' | 'subject',
): Promise<Suggestion[]> {
  const found: Suggestion[] = [];
  for (const beginning of query.beginnings) {
    const rows = await snapshot.ask(statement((p) => namesQuery(snapshot, query, { column, beginning }, p)));
    found.push(...suggestionsOf(rows, (value) => value as string));
  }
  return firstOf(found, query);
}

/**
 * Steps from one name to the next within the index, in each realm, until enough are found that live sessions bear. Names are
 * read from the rows, for the index may hold but a part of one.
 */
function namesQuery(
  snapshot: Snapshot,
  query: SuggestQuery,
  { column, beginning }: { column: 'username' | 'subject'; beginning: string },
  p: Parameters,
): string {
  const key = `left(${column}, ${indexed})`;
  const part = [...beginning].slice(0, indexed).join('');
  const next = (beyond: string): string => `SELECT ${key} AS value FROM curfew.session
    WHERE live AND realm = border.id AND ${key} ${beyond} AND ${key} <= ${p.add(endOfBeginning(part), 'text')}
    ORDER BY ${key} LIMIT 1`;
  const isMeant = `${column} >= ${p.add(beginning, 'text')} AND ${column} <= ${p.add(endOfBeginning(beginning), 'text')}`;
  return `SELECT named.value, border.name, named.live FROM curfew.realm AS border CROSS JOIN LATERAL (
      WITH RECURSIVE ${stepsOf(next(`>= ${p.add(part, 'text')}`), next('> step.value'))}
      SELECT counted.value, counted.live FROM step CROSS JOIN LATERAL (
        SELECT value, count(*) AS live FROM (
          SELECT ${column} AS value FROM curfew.session
          WHERE realm = border.id AND ${key} = step.value AND ${isMeant} AND ${isAlive(snapshot, query, p)}
          LIMIT ${mostCounted}
        ) AS borne GROUP BY value
      ) AS counted LIMIT ${p.add(query.limit, 'bigint')}
    ) AS named WHERE ${withinBorder(query, p)} ORDER BY 1, 2 LIMIT ${p.add(query.limit, 'bigint')}`;
}

async function addressesWithin(snapshot: Snapshot, query: SuggestQuery): Promise<Suggestion[]> {
  const found: Suggestion[] = [];
  for (const range of query.addresses) {
    const rows = await snapshot.ask(statement((p) => addressesQuery(snapshot, query, range, p)));
    found.push(...suggestionsOf(rows, (value) => bytesToAddress(value as Buffer)));
  }
  return found.slice(0, query.limit);
}

function addressesQuery(
  snapshot: Snapshot,
  query: SuggestQuery,
  { from, to }: AddressRange,
  p: Parameters,
): string {
  const [first, last] = [p.add(from, 'bytea'), p.add(to, 'bytea')];
  const next = (beyond: string): string =>
    `SELECT ip AS value FROM curfew.session WHERE ip IS NOT NULL AND ip ${beyond} AND ip <= ${last} ORDER BY ip LIMIT 1`;
  const newest =
    query.realm === undefined
      ? ''
      : `UNION SELECT ip FROM (SELECT ip FROM curfew.session WHERE ${realmIs(query.realm, p)}
          ORDER BY created_at DESC, number DESC LIMIT ${newestOfRealm}) AS newest
        WHERE ip IS NOT NULL AND ip >= ${first} AND ip <= ${last}`;
  return `WITH RECURSIVE ${stepsOf(next(`>= ${first}`), next('> step.value'))}
    SELECT place.value, border.name, borne.live FROM (SELECT value FROM step ${newest} ORDER BY value) AS place
    CROSS JOIN LATERAL (
      SELECT realm, count(*) AS live FROM (
        SELECT realm FROM curfew.session WHERE ip = place.value AND ip IS NOT NULL AND ${isAlive(snapshot, query, p)}
        LIMIT ${mostCounted}
      ) AS counted GROUP BY realm
    ) AS borne JOIN curfew.realm AS border ON border.id = borne.realm
    WHERE ${withinBorder(query, p)} ORDER BY 1, 2 LIMIT ${p.add(query.limit, 'bigint')}`;
}

/** Different values one after the other, each found by one step into an index. */
function stepsOf(first: string, next: string): string {
  return `step AS (
      SELECT value, 1 AS n FROM (${first}) AS one
      UNION ALL
      SELECT following.value, n + 1 FROM step CROSS JOIN LATERAL (${next}) AS following WHERE n < ${mostLookedAt}
    )`;
}

function isAlive({ entries }: Snapshot, { now }: SuggestQuery, p: Parameters): string {
  return `live AND deadline > ${p.add(now, 'bigint')} AND NOT ${deadBy(entries, p)}`;
}

function withinBorder({ realm }: SuggestQuery, p: Parameters): string {
  return realm === undefined ? 'true' : `border.name = ${p.add(realm, 'text')}`;
}

function suggestionsOf(rows: readonly Row[], textOf: (value: unknown) => string): Suggestion[] {
  return (rows as unknown as [unknown, string, number][]).map(([value, realm, live]) => ({
    value: textOf(value),
    realm,
    live,
  }));
}
