import type { Clock } from '../src/core/clock.ts';
import { Registry } from '../src/session/registry.ts';
import { openSqliteStore, type SqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import type { Place } from './placement.ts';
import type { BenchContext } from './row.ts';
import { clockFrom, copyOfCache } from './session-cache.ts';
import { type StartedServer, startServer } from './started-process.ts';

/** The password of the administrator `admin` of every server that is measured. */
export const adminPassword = 'only for this measurement';

const adminCredentials = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;

/** Makes a request as that administrator; gives the JSON of its answer. @throws Error when it is not answered with 2xx */
export async function askAsAdmin(
  { port }: StartedServer,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { authorization: adminCredentials, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  if (!response.ok)
    throw new Error(`${method} ${path} answered ${response.status}: ${JSON.stringify(answer)}`);
  return answer;
}

/**
 * Starts a server on a fresh copy of the full store, at the instant at which all its sessions are alive.
 * @param config a file of settings
 */
export function serverOnCopy(
  { cache, directory }: BenchContext,
  name: string,
  place: Place = 'server core',
  config?: string,
): Promise<StartedServer> {
  const data = copyOfCache(cache, directory, name);
  return startServer('curfew', { data, startAt: cache.builtAt, adminPassword, config }, place);
}

/** The registry over a fresh copy of the full store, in this process. */
export async function registryOnCopy(
  { cache, directory }: BenchContext,
  name: string,
): Promise<{ registry: Registry; store: SqliteStore; clock: Clock }> {
  const store = await openSqliteStore({ directory: copyOfCache(cache, directory, name) });
  const clock = clockFrom(cache.builtAt);
  return { registry: await Registry.open({ store, clock }), store, clock };
}
