import type { Log } from '../../core/log.ts';
import type { Operation, Services } from '../../operations/operation.ts';
import type { Feed } from '../../signals/feed.ts';
import type { ClientAddress } from './client-address.ts';
import type { Metrics } from './metrics.ts';
import type { ReadToken } from './presented-token.ts';

export interface HttpFaceOptions {
  readonly services: Services;
  readonly operations: readonly Operation[];
  readonly log: Log;
  readonly addressOf: ClientAddress;
  /** Reads the session's token of a request. */
  readonly readToken: ReadToken;
  /** Reads the token of the console's cookie, which counts for every operation. */
  readonly readConsoleToken: ReadToken;
  readonly metrics: Metrics;
  /** What whoever follows events is told. */
  readonly feed: Feed;
  /** Who may read `/metrics`: this machine and callers with `ledger.read`, everybody, or nobody. */
  readonly metricsAccess: 'local' | 'open' | 'off';
  /** How many requests without valid credentials an address may make in a minute. */
  readonly failuresPerMinute: number;
  /** Whether the console is served, to which browsers at `/` are led; false without it. */
  readonly hasConsole?: boolean;
}

/** 1 MiB is room for 1,000 tokens or session ids many times over. */
export const bodyLimit = 1024 * 1024;
/** An import brings whole sessions, up to 1,000. */
export const importBodyLimit = 8 * bodyLimit;
