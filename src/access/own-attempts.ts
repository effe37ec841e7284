import type { AttemptStore, Tries } from '../session/attempt-store.ts';
import {
  type AttemptCount,
  type AttemptPlace,
  type AttemptRow,
  countPlaces,
  type Failed,
  knownForMs,
  leavesTrace,
  opensAt,
  type Standing,
  standingOf,
  withFailure,
} from '../session/attempts.ts';
import type { SliceResult } from '../session/store.ts';

const mostEntries = 20_000;

interface Entry {
  readonly count: number;
  readonly notBefore: number;
  readonly forgottenAt: number;
}

/**
 * Failed attempts as one process alone counts them, in memory: what is left while the store cannot be written. At most 20,000 entries
 * of a scope; beyond, the one that was counted least recently goes.
 */
export class OwnAttempts implements AttemptStore {
  readonly #entries = new Map<string, Map<string, Entry>>();

  standing(place: AttemptPlace, now: number): Standing {
    const places = [...countPlaces(place), ['known', place.account, place.address] as const];
    return standingOf(
      places.flatMap(([scope, account, address]): AttemptRow[] => {
        const found = this.#find(scope, `${account} ${address}`, now);
        return found === undefined ? [] : [[scope, found.count, found.notBefore, found.forgottenAt]];
      }),
    );
  }

  async fail(place: AttemptPlace, now: number): Promise<Failed> {
    return this.failAfter(place, {}, now);
  }

  /** Counts a failure on top of what the store knew last. */
  failAfter(place: AttemptPlace, { counts = {}, knownAt }: Partial<Standing>, now: number): Failed {
    const failed = withFailure(together({ counts, knownAt }, this.standing(place, now)), now);
    if (failed.kind === 'closed') return failed;
    for (const [scope, account, address] of countPlaces(place)) {
      const { failures: count, notBefore, forgottenAt } = failed.counts[scope];
      this.#keep(scope, `${account} ${address}`, { count, notBefore, forgottenAt });
    }
    return failed;
  }

  async succeed(place: AttemptPlace, now: number): Promise<number> {
    const standing = this.standing(place, now);
    const opens = opensAt(standing, now);
    if (opens > now) return opens;
    const key = `${place.account} ${place.address}`;
    this.#entries.get('pair')?.delete(key);
    if (leavesTrace(standing, now) !== undefined)
      this.#keep('known', key, { count: 0, notBefore: now, forgottenAt: now + knownForMs });
    return opens;
  }

  async confirm(place: AttemptPlace, now: number): Promise<number> {
    return opensAt(this.standing(place, now), now);
  }

  async spend(key: string, windowMs: number, now: number): Promise<Tries> {
    const { count = 0, forgottenAt: until = now + windowMs } = this.#find('tries', key, now) ?? {};
    this.#keep('tries', key, { count: count + 1, notBefore: 0, forgottenAt: until });
    return { count: count + 1, until };
  }

  async forget(now: number): Promise<SliceResult> {
    let rows = 0;
    for (const entries of this.#entries.values()) {
      for (const [key, { forgottenAt }] of entries) {
        if (forgottenAt <= now && entries.delete(key)) rows += 1;
      }
    }
    return { rows, more: false, completed: [] };
  }

  #find(scope: string, key: string, now: number): Entry | undefined {
    const found = this.#entries.get(scope)?.get(key);
    return found === undefined || found.forgottenAt <= now ? undefined : found;
  }

  #keep(scope: string, key: string, entry: Entry): void {
    const entries = this.#entries.get(scope) ?? new Map<string, Entry>();
    this.#entries.set(scope, entries);
    // Deleting first moves the entry to the end, which keeps the map in the order of the last change.
    entries.delete(key);
    entries.set(key, entry);
    if (entries.size <= mostEntries) return;
    const oldest = entries.keys().next();
    if (!oldest.done) entries.delete(oldest.value);
  }
}

/** What two that count apart know together: of each count the greater, of each wait the longer. */
export function together(one: Standing, other: Standing): Standing {
  const counts = Object.fromEntries(
    (['pair', 'account', 'address'] as const).flatMap((scope): [string, AttemptCount][] => {
      const found = [one.counts[scope], other.counts[scope]].filter((count) => count !== undefined);
      if (found.length === 0) return [];
      const most = (value: (count: AttemptCount) => number): number => Math.max(...found.map(value));
      return [
        [
          scope,
          {
            failures: most(({ failures }) => failures),
            notBefore: most(({ notBefore }) => notBefore),
            forgottenAt: most(({ forgottenAt }) => forgottenAt),
          },
        ],
      ];
    }),
  );
  return { counts, knownAt: one.knownAt ?? other.knownAt };
}
