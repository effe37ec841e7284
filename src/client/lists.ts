import type { Client } from './client.ts';
import type { Inputs, Outputs } from './operations.ts';
import { items } from './pages.ts';

/** A session as the API gives it. */
export type SessionItem = Outputs['sessions.list']['sessions'][number];
/** An entry of the ledger as the API gives it. */
export type RevocationItem = Outputs['revocations.list']['revocations'][number];

/** Every session that a query means, the newest first, one page in memory at a time. `limit` is the size of a page. */
export function eachSession(client: Client, query: Inputs['sessions.list']): AsyncGenerator<SessionItem> {
  const { cursor: start, ...rest } = query;
  return items(
    (cursor) => client.sessions.list({ ...rest, ...at(cursor ?? start) }),
    (page) => page.sessions,
  );
}

/** Every entry of the ledger that the caller may see, the newest first. */
export function eachRevocation(client: Client, pageSize = 1000): AsyncGenerator<RevocationItem> {
  return items(
    (cursor) => client.revocations.list({ limit: pageSize, ...at(cursor) }),
    (page) => page.revocations,
  );
}

/** An entry of the journal of administration as the API gives it. */
export type JournalItem = Outputs['journal.list']['entries'][number];

/** Every entry of the journal after a number that the caller may see, the oldest first. */
export async function* eachJournalEntry(
  client: Client,
  after = 0,
  pageSize = 1000,
): AsyncGenerator<JournalItem> {
  for (let next: number | undefined = after; next !== undefined; ) {
    const page: Outputs['journal.list'] = await client.journal.list({ after: next, limit: pageSize });
    yield* page.entries;
    next = page.next;
  }
}

function at(cursor: string | undefined): { cursor?: string } {
  return cursor === undefined ? {} : { cursor };
}

/** A user as the API gives it. */
export type UserItem = Outputs['users.list']['users'][number];

/** Every user of a realm, by name. */
export function eachUser(
  client: Client,
  realm: string | undefined,
  pageSize = 1000,
): AsyncGenerator<UserItem> {
  return items(
    (cursor) =>
      client.users.list({ limit: pageSize, ...(realm === undefined ? {} : { realm }), ...at(cursor) }),
    (page) => page.users,
  );
}
