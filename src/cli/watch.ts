import type { Client } from '../client/client.ts';
import type { SessionItem } from '../client/lists.ts';
import type { Inputs } from '../client/operations.ts';

/** What changed between two looks: a session that appeared, one that is not live any more, or one that is not kept any more. */
export interface SessionEvent {
  readonly event: 'started' | 'ended' | 'removed';
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

/** How far the clocks of nodes may lie apart: a session that one of them makes now may be older than the newest by this. */
const skewMs = 5 * 60_000;

/** The newest sessions of a list as one look saw them. */
interface Page {
  readonly sessions: ReadonlyMap<string, SessionItem>;
  /** The oldest of them where there are more; what is not newer may come into the list without being new. */
  readonly oldest: SessionItem | undefined;
}

interface Both {
  readonly live: Page;
  readonly ended: Page;
}

/**
 * Follows the newest live sessions that a query means, and nothing beyond `window` of them, however many there are. A session
 * that started and ended between two looks is found among the newest that have ended.
 * @returns a function that looks once; the first look has no events
 */
export function follower(
  client: Client,
  query: Inputs['sessions.list'],
  window: number,
): () => Promise<Look> {
  let before: Both | undefined;
  let newest = Number.NEGATIVE_INFINITY;
  const pageOfState = (state: 'live' | 'ended', more: Inputs['sessions.list'] = {}) =>
    client.sessions.list({ ...query, ...more, state, limit: window });
  return async () => {
    const found = await pageOfState('live', { count: 'exact' });
    const live = pageOf(found);
    newest = Math.max(newest, createdAtOf(newestOf(live)));
    // Among a million sessions those that have ended are not to be looked for back to the first.
    const isBounded =
      Number.isFinite(newest) && query.createdFrom === undefined && query.createdTo === undefined;
    const since = isBounded ? { createdFrom: new Date(newest - skewMs).toISOString() } : {};
    const ended = pageOf(await pageOfState('ended', since));
    newest = Math.max(newest, createdAtOf(newestOf(ended)));
    const events = before === undefined ? [] : await changes({ client, query }, before, { live, ended });
    // What could not be learnt whole is learnt anew with the next look, so nothing is taken over before its end.
    before = { live, ended };
    return { sessions: found.sessions, count: found.count ?? found.sessions.length, events };
  };
}

interface Watch {
  readonly client: Client;
  readonly query: Inputs['sessions.list'];
}

function pageOf({
  sessions,
  nextCursor,
}: {
  sessions: readonly SessionItem[];
  nextCursor?: string | undefined;
}): Page {
  return {
    sessions: new Map(sessions.map((session) => [session.id, session])),
    oldest: nextCursor === undefined ? undefined : sessions.at(-1),
  };
}

async function changes(watch: Watch, before: Both, now: Both): Promise<SessionEvent[]> {
  const isNew = (session: SessionItem): boolean =>
    !before.live.sessions.has(session.id) &&
    !before.ended.sessions.has(session.id) &&
    // Where a list has room again, older sessions come back into it; those did not start just now.
    isNewer(session, before.live.oldest) &&
    isNewer(session, before.ended.oldest) &&
    (!followsAccess(watch.query) || isNewer(session, newestOf(before.live)));
  const started = [...now.live.sessions.values()].filter(isNew);
  const brief = [...now.ended.sessions.values()].filter(
    (session) => isNew(session) && !now.live.sessions.has(session.id),
  );
  const appeared = [...started, ...brief]
    .sort((one, other) => Date.parse(one.createdAt) - Date.parse(other.createdAt))
    .map((session) => ({ event: 'started' as const, session }));
  const gone = [...before.live.sessions.values()].filter(
    (session) => !now.live.sessions.has(session.id) && isNewer(session, now.live.oldest),
  );
  const ended = brief.map((session) => ({ event: 'ended' as const, session }));
  return [...appeared, ...ended, ...(await endings(watch.client, gone))];
}

function isNewer({ createdAt }: SessionItem, than: SessionItem | undefined): boolean {
  return than === undefined || createdAt > than.createdAt;
}

/** Epoch milliseconds; before everything for none. */
function createdAtOf(session: SessionItem | undefined): number {
  return session === undefined ? Number.NEGATIVE_INFINITY : Date.parse(session.createdAt);
}

function newestOf({ sessions }: Page): SessionItem | undefined {
  return sessions.values().next().value;
}

/** Whether a session comes and goes as it is used, and not only as it starts and ends. */
export function followsAccess({ lastAccessFrom, lastAccessTo }: Inputs['sessions.list']): boolean {
  return lastAccessFrom !== undefined || lastAccessTo !== undefined;
}

/** What became of sessions that went out of sight. One that a selector by last access no longer names is still live. */
async function endings(client: Client, gone: readonly SessionItem[]): Promise<SessionEvent[]> {
  const events: SessionEvent[] = [];
  for (let start = 0; start < gone.length; start += idsPerRequest) {
    const asked = gone.slice(start, start + idsPerRequest);
    const sessionIds = asked.map(({ id }) => id);
    const { sessions } = await client.sessions.list({ sessionIds, state: 'any', limit: idsPerRequest });
    const found = new Map(sessions.map((session) => [session.id, session]));
    for (const last of asked) {
      const session = found.get(last.id);
      if (session === undefined) events.push({ event: 'removed', session: last });
      else if (session.ended !== undefined) events.push({ event: 'ended', session });
    }
  }
  return events;
}

/** The pause before the next look: as asked while things change, longer and longer while they do not. */
export function nextPause(pauseMs: number, leastMs: number, isQuiet: boolean): number {
  return isQuiet ? Math.min(pauseMs * 1.5, leastMs * 10) : leastMs;
}
