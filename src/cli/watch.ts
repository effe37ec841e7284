import type { Client } from '../client/client.ts';
import type { SessionItem } from '../client/lists.ts';
import type { Inputs } from '../client/operations.ts';

/** What changed between two looks: a session that appeared, or one that is not live any more. */
export interface SessionEvent {
  readonly event: 'started' | 'ended';
  readonly session: SessionItem;
}

/** What one look saw. */
export interface Look {
  readonly sessions: readonly SessionItem[];
  /** The exact number of live sessions, of which `sessions` are the newest. */
  readonly count: number;
  readonly events: readonly SessionEvent[];
}

/** Ids that one request asks for; more would make its address too long for servers and proxies. */
const idsPerRequest = 100;

/**
 * Follows the newest live sessions that a query means, and nothing beyond `window` of them, however many there are.
 * @returns a function that looks once; the first look has no events
 */
export function follower(
  client: Client,
  query: Inputs['sessions.list'],
  window: number,
): () => Promise<Look> {
  let known: Map<string, SessionItem> | undefined;
  return async () => {
    const page = await client.sessions.list({ ...query, state: 'live', count: 'exact', limit: window });
    const present = new Map(page.sessions.map((session) => [session.id, session]));
    const oldest = page.nextCursor === undefined ? undefined : page.sessions.at(-1);
    const events = known === undefined ? [] : await changes(client, known, present, oldest);
    known = present;
    return { sessions: page.sessions, count: page.count ?? page.sessions.length, events };
  };
}

async function changes(
  client: Client,
  before: ReadonlyMap<string, SessionItem>,
  present: ReadonlyMap<string, SessionItem>,
  oldest: SessionItem | undefined,
): Promise<SessionEvent[]> {
  const newest = before.values().next().value;
  const started = [...present.values()]
    // Where the window has room again, older sessions come back into it; those did not start just now.
    .filter(({ id, createdAt }) => !before.has(id) && (newest === undefined || createdAt >= newest.createdAt))
    .reverse()
    .map((session) => ({ event: 'started' as const, session }));
  const gone = [...before.values()].filter(
    ({ id, createdAt }) => !present.has(id) && !(oldest !== undefined && createdAt <= oldest.createdAt),
  );
  return [...started, ...(await endings(client, gone))];
}

/** How the sessions that went out of sight ended. One that a selector by last access no longer names is still live. */
async function endings(client: Client, gone: readonly SessionItem[]): Promise<SessionEvent[]> {
  const events: SessionEvent[] = [];
  for (let start = 0; start < gone.length; start += idsPerRequest) {
    const sessionIds = gone.slice(start, start + idsPerRequest).map(({ id }) => id);
    const { sessions } = await client.sessions.list({ sessionIds, state: 'ended', limit: idsPerRequest });
    for (const session of sessions) events.push({ event: 'ended', session });
  }
  return events;
}

/** The pause before the next look: as asked while things change, longer and longer while they do not. */
export function nextPause(pauseMs: number, leastMs: number, isQuiet: boolean): number {
  return isQuiet ? Math.min(pauseMs * 1.5, leastMs * 10) : leastMs;
}
