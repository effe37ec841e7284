import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type RunningPostgres, startPostgres } from '../support/postgres.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { atEnd } from './at-end.ts';
import { type ServerProcess, type StartOptions, startProcess } from './server-process.ts';

/** A PostgreSQL of its own, and what starts servers on it; all of them end with the test. */
export interface ServersOnOnePostgres {
  readonly postgres: RunningPostgres;
  /** Starts a server with a data folder of that name, under the secret key that all of them share. @throws DidNotStart */
  start(name: string, options?: Pick<StartOptions, 'flags' | 'env'>): Promise<ServerProcess>;
}

export async function serversOnOnePostgres(t: TestContext): Promise<ServersOnOnePostgres> {
  const folder = makeTemporaryDirectory();
  atEnd(t, () => folder.remove());
  const postgres = await startPostgres();
  atEnd(t, () => postgres.stop());
  const shared = { CURFEW_STORE: postgres.url, CURFEW_SECRET_KEY: randomBytes(32).toString('base64url') };
  return {
    postgres,
    start: (name, { flags = [], env = {} } = {}) =>
      startProcess(t, { data: join(folder.path, name), flags, env: { ...shared, ...env } }),
  };
}
