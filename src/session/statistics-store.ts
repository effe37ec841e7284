import type { TimelineQuery, TimelineSeries } from './timeline.ts';

/** Which refused uses of ended sessions are asked for. */
export interface RefusedUsesQuery {
  /** Only those of sessions of this realm. */
  readonly realm?: string;
  /** Only addresses that tried a session at this instant or later, epoch milliseconds. */
  readonly since: number;
  /** The most addresses to be told of. */
  readonly limit: number;
}

/** Somebody at one address who uses sessions that have ended. Instants are epoch milliseconds. */
export interface RefusedAddress {
  /** Empty where the address is not known. */
  readonly ip: string;
  /** All uses of those sessions from there, also those before the instant asked for. */
  readonly uses: number;
  /** Of how many sessions. */
  readonly sessions: number;
  /** Of how many users these are, by their names. */
  readonly users: number;
  /** The `mostNamed` users whose sessions were tried most. */
  readonly usernames: readonly string[];
  /** The `mostNamed` sessions that were tried last. */
  readonly sessionIds: readonly string[];
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface RefusedUses {
  /** How many addresses there are, also beyond the limit, and how many uses they made of ended sessions. */
  readonly count: number;
  readonly uses: number;
  /** Those with most uses first. */
  readonly addresses: readonly RefusedAddress[];
}

/** How many users, and how many sessions, are named of one address. */
export const mostNamed = 5;

/** Questions over many rows, for plots and overviews. They take their time, and nobody else waits for them. */
export interface StatisticsStore {
  /** What happened in a span of time, from the rows that are kept: nothing is known of sessions that were purged. */
  timeline(query: TimelineQuery): Promise<TimelineSeries[]>;
  /** Who still uses ended sessions, by address. */
  refusedUses(query: RefusedUsesQuery): Promise<RefusedUses>;
}
