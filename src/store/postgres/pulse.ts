import type { Pulse, PulseQuery } from '../../session/store.ts';
import { realmIs } from './condition.ts';
import { endedBy } from './deaths.ts';
import { countSessions, type Snapshot } from './query.ts';
import { statement } from './statement.ts';

/** How the sessions of a realm, or of all, fare at an instant. */
export async function pulse(snapshot: Snapshot, { realm, after, now }: PulseQuery): Promise<Pulse> {
  const selector = realm === undefined ? { all: true as const } : { all: true as const, realm };
  const live = await countSessions(snapshot, { selector, state: 'live', now });
  const [row] = await snapshot.ask(
    statement((p) => {
      const within = realm === undefined ? 'true' : realmIs(realm, p);
      const refused =
        realm === undefined
          ? 'SELECT coalesce(sum(count), 0)::bigint FROM curfew.refusal'
          : `SELECT coalesce(sum(count), 0)::bigint FROM curfew.refusal
              WHERE session IN (SELECT number FROM curfew.session WHERE ${within})`;
      return `SELECT (SELECT count(*) FROM curfew.session WHERE number > ${p.add(after, 'bigint')} AND ${within}),
        (SELECT coalesce(max(number), 0) FROM curfew.session), (${refused})`;
    }),
  );
  const [registered, newest, refused] = row as [number, number, number];
  return { live, registered, newest, refused };
}

/** For each revocation: the refused uses of the sessions it ended. */
export async function refusedSince(
  { ask, entries }: Snapshot,
  revocations: readonly number[],
): Promise<number[]> {
  const sums: number[] = [];
  for (const revocation of revocations) {
    const query = { selector: {}, state: 'ended', now: 0, revocation } as const;
    const [row] = await ask(
      statement(
        (p) => `SELECT coalesce(sum(count), 0)::bigint FROM curfew.refusal
          WHERE session IN (SELECT number FROM curfew.session WHERE ${endedBy(query, entries, p)})`,
      ),
    );
    sums.push((row as [number])[0]);
  }
  return sums;
}
