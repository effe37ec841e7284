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
} = startOptions<{
  data: string;
  startAt: number;
  adminPassword: string;
  config?: string;
}>();
const config = readConfig(
  { data, port: '0', 'log-level': 'warn', ...(file === undefined ? {} : { config: file }) },
  { CURFEW_ADMIN_PASSWORD: adminPassword },
);
const server = await startServer(config, { log: createLog(config.logLevel), clock: clockFrom(startAt) });
reportListening(server.httpPort);
