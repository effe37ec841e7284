import type { Origin } from './revocation.ts';
import type { Selector } from './selector.ts';
import type { RevokeOutcome } from './store.ts';

/** What an order to terminate asks for. */
export interface Termination {
  readonly selector: Selector;
  readonly reason: string;
  readonly origin: Origin;
  /** Refuse, changing nothing, when more than this many live sessions match. */
  readonly atMost?: number;
  /** How many of the ended sessions are asked for, at most and unless said otherwise 1,000. */
  readonly tell?: number;
}

/** What it did. */
export type Revoked = Extract<RevokeOutcome, { kind: 'revoked' }> & {
  /**
   * Of an order that goes by last access: the nodes that were not heard. An access that one of them alone has noted, at most
   * a touch interval before, was not known.
   */
  readonly unheard: readonly string[];
};

/** Has the other nodes write the accesses that they hold; gives the names of those not heard. */
export type GatherAccesses = () => Promise<readonly string[]>;

/** Whether a selector asks for the last access. */
export function isByAccess({ lastAccessFrom, lastAccessTo }: Selector): boolean {
  return lastAccessFrom !== undefined || lastAccessTo !== undefined;
}

/**
 * A cut of those active since an instant means "until now": without an end, a session that was spared would fall under
 * it at its next use. A selector that has an end by then stays the same.
 */
export function closeAccessRange(selector: Selector, now: number): Selector {
  if (selector.lastAccessFrom === undefined) return selector;
  if (selector.lastAccessTo !== undefined && Date.parse(selector.lastAccessTo) <= now) return selector;
  return { ...selector, lastAccessTo: new Date(now + 1).toISOString() };
}
