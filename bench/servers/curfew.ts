import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/core/log.ts';
import { startServer } from '../../src/server.ts';
import { clockFrom } from '../session-cache.ts';
import { reportListening, startOptions } from './reporting.ts';

/** The server as `curfew serve` starts it, but that its clock may start in the past, where the sessions of a kept store are alive. */

const {
  data,
  startAt,
  adminPassword,
  config: file,
  store,
  secretKey,
  port = 0,
} = startOptions<{
  data: string;
  startAt: number;
  adminPassword: string;
  config?: string;
  /** The way to a database, where the data does not lie in the folder. */
  store?: string;
  secretKey?: string;
  /** Where it listens, for those who must know before it does; without one, where there is room. */
  port?: number;
}>();
const config = readConfig(
  { data, port: String(port), 'log-level': 'warn', ...(file === undefined ? {} : { config: file }) },
  { CURFEW_ADMIN_PASSWORD: adminPassword, CURFEW_STORE: store, CURFEW_SECRET_KEY: secretKey },
);
const server = await startServer(config, { log: createLog(config.logLevel), clock: clockFrom(startAt) });
reportListening(server.httpPort);
