import type { Selector } from '../../session/selector.ts';
import type {
  LedgerEntry,
  ListOrder,
  ListQuery,
  SessionPage,
  SessionQuery,
  StoredSession,
} from '../../session/store.ts';
import { type FoundWords, matching, wordConditions } from './condition.ts';
import type { Ask, Connection } from './connection.ts';
import { asItWas, endedBy, stateIs, withEnding } from './deaths.ts';
import type { LedgerView } from './ledger-view.ts';
import { type Knowledge, sessionOf, sessionsOf } from './parts.ts';
import { sessionColumns } from './row.ts';
import { Parameters, statement } from './statement.ts';

/** One snapshot: what can be asked in it, and the revocations in it whose sweep may not have ended. */
export interface Snapshot extends Knowledge {
  readonly ask: Ask;
  readonly entries: readonly LedgerEntry[];
}

/** Runs work in one snapshot of the database, the ledger as it is in it included. */
export function inSnapshot<Result>(
  connection: Connection,
  knowledge: Knowledge,
  work: (snapshot: Snapshot) => Promise<Result>,
): Promise<Result> {
  return connection.converse('read', async (ask) => {
    const head = await knownHead(ask, knowledge.view);
    return work({ ...knowledge, ask, entries: knowledge.view.unswept(head) });
  });
}

/** The head of the ledger in a snapshot, up to which it is known here afterwards. */
async function knownHead(ask: Ask, view: LedgerView): Promise<number> {
  const [row] = await ask({
    text: 'SELECT coalesce(max(seq), 0) FROM curfew.revocation',
    values: [],
  });
  const head = (row as [number])[0];
  if (head > view.head) await view.catchUpBy(ask);
  return head;
}

/** A session by its id, with how it has ended. */
export async function findSession(
  { ask, words, entries }: Snapshot,
  id: string,
  now: number,
): Promise<StoredSession | undefined> {
  const rows = await ask(
    statement((p) => `SELECT ${sessionColumns} FROM curfew.session WHERE id = ${p.add(id, 'uuid')}`),
  );
  const session = await sessionOf(rows, words);
  return session && withEnding(session, entries, now);
}

/** The numbers of the words of a selector, in the same snapshot. */
export async function findWords(ask: Ask, selector: Selector): Promise<FoundWords> {
  const found: Record<string, number[]> = {};
  const { provider, adminId, accessGroup, app } = selector;
  if ((provider ?? adminId ?? accessGroup ?? app) === undefined) return found;
  const rows = await ask(
    statement((p) =>
      Object.entries(wordConditions(selector, p))
        .map(([table, words]) => `SELECT '${table}', id FROM (${words}) AS found`)
        .join(' UNION ALL '),
    ),
  );
  const known = wordConditions(selector, new Parameters());
  for (const table of Object.keys(known)) found[table] = [];
  for (const [table, id] of rows as [string, number][]) found[table]?.push(id);
  return found;
}

/** The order of a list, in the words of the engine. */
const orders = {
  '-createdAt': { column: 'created_at', instant: 'createdAt', isAscending: false },
  createdAt: { column: 'created_at', instant: 'createdAt', isAscending: true },
  '-lastAccessAt': { column: 'last_access_at', instant: 'lastAccessAt', isAscending: false },
  lastAccessAt: { column: 'last_access_at', instant: 'lastAccessAt', isAscending: true },
} as const satisfies Record<ListOrder, unknown>;

/** One page of sessions. */
export async function listSessions(
  { ask, words, entries }: Snapshot,
  query: ListQuery,
): Promise<SessionPage> {
  const { limit, after, asOf, now } = query;
  const { column, isAscending, instant } = orders[query.order ?? '-createdAt'];
  const found = await findWords(ask, query.selector);
  const rows = await ask(
    statement((p) => {
      const beyond =
        after === undefined
          ? ''
          : `AND (${column}, number) ${isAscending ? '>' : '<'} (${p.add(after.at, 'bigint')}, ${p.add(after.number, 'bigint')})`;
      const direction = isAscending ? 'ASC' : 'DESC';
      return `SELECT ${sessionColumns} FROM curfew.session WHERE ${conditionOf(query, entries, p, found)} ${beyond}
        ORDER BY ${column} ${direction}, number ${direction} LIMIT ${p.add(limit + 1, 'bigint')}`;
    }),
  );
  const read = await sessionsOf(rows.slice(0, limit), words);
  const sessions = read.map((session) =>
    asOf === undefined ? withEnding(session, entries, now) : asItWas(session, entries, asOf),
  );
  const last = sessions.at(-1);
  if (rows.length <= limit || last === undefined) return { sessions };
  return { sessions, next: { at: last[instant], number: last.number } };
}

/** The exact number of rows over all pages of a list. */
export async function countSessions({ ask, entries }: Snapshot, query: SessionQuery): Promise<number> {
  const found = await findWords(ask, query.selector);
  const rows = await ask(
    statement((p) => `SELECT count(*) FROM curfew.session WHERE ${conditionOf(query, entries, p, found)}`),
  );
  return (rows[0] as [number])[0];
}

/** What a row must fulfil to be in a list. */
export function conditionOf(
  query: SessionQuery,
  entries: readonly LedgerEntry[],
  p: Parameters,
  found: FoundWords = {},
): string {
  const { selector, revocation } = query;
  const parts = [matching(selector, p, found), stateIs(query, entries, p)];
  if (revocation !== undefined) parts.push(endedBy({ ...query, revocation }, entries, p));
  return parts.join(' AND ');
}

/** The condition for a preview. */
export function liveMatches(
  selector: Selector,
  entries: readonly LedgerEntry[],
  now: number,
  p: Parameters,
): string {
  return conditionOf({ selector, state: 'live', now }, entries, p);
}
