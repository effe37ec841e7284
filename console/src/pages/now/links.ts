import type { Query } from '../../location.ts';
import { href } from '../../location.ts';

/** The list of the sessions that a query names. */
export function toSessions(query: Query): string {
  return href('/sessions', query);
}

/** The sessions that were made in a span of time. @param from and `to` in epoch milliseconds */
export function sessionsMadeIn(from: number, to: number, realm: string | undefined): Query {
  const text = (ms: number): string => new Date(Math.round(ms)).toISOString();
  return { state: 'any', realm, createdFrom: text(from), createdTo: text(to) };
}

/** One entry of the ledger. */
export function toEntry(seq: number): string {
  return href('/ledger', { entry: seq });
}

/** The story of one session, live or ended. */
export function toStory(id: string): string {
  return href('/sessions', { state: 'any', id, session: id });
}
