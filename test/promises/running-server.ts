import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Client, createClient } from '../../src/client/client.ts';
import { readConfig } from '../../src/config.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { createLog } from '../../src/core/log.ts';
import { type RunningServer, startServer } from '../../src/server.ts';
import { freePort } from '../support/ports.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { atEnd } from './at-end.ts';
import { adminPassword } from './server-process.ts';

/** A whole server within the process of the test, with everything it logs. */
export interface TestServer {
  readonly url: string;
  readonly data: string;
  readonly client: Client;
  readonly services: RunningServer['services'];
  as(credentials: Parameters<typeof createClient>[0]['credentials']): Client;
  /** Its log, in full. */
  log(): string;
  close(): Promise<void>;
}

export interface TestServerOptions {
  /** The folder of the data; one of its own, which goes with the test, unless it is given. */
  readonly data?: string;
  readonly flags?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
}

/** Starts a server on a free port; it is closed when the test ends. */
export async function startTestServer(t: TestContext, options: TestServerOptions = {}): Promise<TestServer> {
  const temporary = options.data === undefined ? makeTemporaryDirectory() : undefined;
  atEnd(t, () => temporary?.remove());
  const data = options.data ?? join(temporary?.path ?? '', 'data');
  const port = await freePort();
  const flags = { port: String(port), data, drain: '1s', ...options.flags };
  const config = readConfig(flags, { CURFEW_ADMIN_PASSWORD: adminPassword });
  const lines: string[] = [];
  const log = createLog('debug', { write: (line) => void lines.push(line) });
  const server = await startServer(config, { log, clock: options.clock ?? systemClock() });
  atEnd(t, () => server.close());
  const url = `http://127.0.0.1:${port}`;
  const as: TestServer['as'] = (credentials) => createClient({ url, credentials });
  return {
    url,
    data,
    as,
    client: as({ basic: { username: 'admin', password: adminPassword } }),
    services: server.services,
    log: () => lines.join(''),
    close: () => server.close(),
  };
}
