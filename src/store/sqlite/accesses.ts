import type { Selector } from '../../session/selector.ts';
import { conditionOf, resolve } from './condition.ts';
import type { Database } from './database.ts';
import type { Snapshot } from './query.ts';

/** The end of a range of last access lies no further than this behind its cut: further than any clock of one machine. */
const longestAfterCutMs = 60_000;

/**
 * The instant before which no access is to be written: it would fall under a cut of those active in a range of time that has
 * spared its session for want of it.
 * @param earliest of the accesses to be written
 */
export function accessFloor(db: Database, earliest: number): number {
  const cuts = db.all(
    `SELECT selector FROM revocation WHERE at >= ? AND selector LIKE '%"lastAccessTo":%'`,
    earliest - longestAfterCutMs,
  );
  const ends = cuts.map(({ selector }) => {
    const { lastAccessFrom, lastAccessTo } = JSON.parse(String(selector)) as Selector;
    return lastAccessFrom === undefined || lastAccessTo === undefined ? 0 : Date.parse(lastAccessTo);
  });
  return Math.max(0, ...ends);
}

/**
 * A selector whose range of last access ends with the moment of this transaction: where a live session that it means was
 * used after the end, by an access that another process has written, the end moves behind that.
 */
export function untilNow({ db, dictionary }: Snapshot, selector: Selector, at: number): Selector {
  const { lastAccessTo, ...open } = selector;
  if (lastAccessTo === undefined) return selector;
  const behind = conditionOf(resolve({ ...open, lastAccessFrom: lastAccessTo }, db, dictionary));
  const latest = db.number(
    `SELECT coalesce(max(last_access_at), -1) FROM session WHERE live = 1 AND deadline > ? AND ${behind.sql}`,
    at,
    ...behind.values,
  );
  return latest < 0 ? selector : { ...selector, lastAccessTo: new Date(latest + 1).toISOString() };
}
