import type { Wildcard } from '../core/wildcard.ts';
import type { Registry } from './registry.ts';
import type { Selector } from './selector.ts';
import type { StoredSession } from './store.ts';

/** So many sessions are in memory at once while names are looked through. */
const pageSize = 1000;

/** Live sessions whose user name matches a pattern, in one realm or, without one, in all. */
export interface NameQuery {
  readonly realm: string | undefined;
  readonly pattern: Wildcard;
  /** The pattern as it was written. */
  readonly text: string;
  readonly ignoreCase: boolean;
}

/**
 * The newest sessions that match, at most `limit`, and how many match in all. A selector has no patterns, so unless the
 * pattern names one user or all, every live session of the realm is looked at, a page at a time.
 */
export async function searchByName(
  registry: Registry,
  query: NameQuery,
  limit: number,
): Promise<{ sessions: StoredSession[]; matched: number }> {
  const { pattern } = query;
  const selector = selectorFor(query);
  const isExact = selector.username !== undefined || pattern.matchesAll;
  const sessions: StoredSession[] = [];
  let matched = 0;
  for await (const session of liveSessions(registry, selector)) {
    if (!isExact && !pattern.matches(session.username)) continue;
    if (sessions.length === limit && isExact) {
      // What is beyond the limit need not be read to be counted.
      const count = await registry.count({ selector, state: 'live' });
      return { sessions, matched: Math.max(count, limit + 1) };
    }
    matched++;
    if (sessions.length < limit) sessions.push(session);
  }
  return { sessions, matched };
}

/** The names of the users who have live sessions and match, or undefined when there are more than `most`. */
export async function usersByName(
  registry: Registry,
  query: NameQuery,
  most: number,
): Promise<ReadonlySet<string> | undefined> {
  const users = new Set<string>();
  for await (const { username } of liveSessions(registry, selectorFor(query))) {
    if (!query.pattern.matches(username)) continue;
    users.add(username);
    if (users.size > most) return undefined;
  }
  return users;
}

function selectorFor({ realm, pattern, text, ignoreCase }: NameQuery): Selector {
  const named: Selector = pattern.isPattern || ignoreCase ? { all: true } : { username: text };
  return realm === undefined ? named : { ...named, realm };
}

async function* liveSessions(registry: Registry, selector: Selector): AsyncGenerator<StoredSession> {
  let page = await registry.list({ selector, state: 'live', limit: pageSize });
  for (;;) {
    yield* page.sessions;
    if (page.next === undefined) return;
    page = await registry.list({ selector, state: 'live', limit: pageSize, after: page.next });
  }
}
