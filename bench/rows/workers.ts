import { cpus } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../test/support/postgres.ts';
import { contest } from '../contest.ts';
import { askAsAdmin } from '../curfew-on-copy.ts';
import { generator } from '../load.ts';
import { type Measurement, measured } from '../measurement.ts';
import { databaseSettings } from '../node-group.ts';
import type { Row } from '../row.ts';
import type { StartedServer } from '../started-process.ts';
import { startWorkers } from '../worker-group.ts';

const counts = [1, 2] as const;

/** `GET /v1/check` of `--workers 2` against one process, on SQLite and on PostgreSQL. */
export const workersCheck: Row = {
  name: 'workers',
  title: 'Check over HTTP with --workers, against one process',
  isLoad: true,
  usesCache: false,
  async run(context) {
    const { directory, isQuick } = context;
    const rounds = { rounds: isQuick ? 1 : 5, seconds: isQuick ? 2 : 4, directory };
    const results: Measurement[] = [];
    const postgres = await startPostgres({ settings: databaseSettings });
    try {
      for (const engine of ['SQLite', 'PostgreSQL'] as const) {
        const servers: StartedServer[] = [];
        try {
          for (const workers of counts) {
            const data = join(directory, `${engine}-${workers}`);
            // Each has a store of its own, so that none does work for another.
            const store = engine === 'SQLite' ? {} : { store: await postgres.createDatabase() };
            servers.push(await startWorkers({ data, workers, ...store }));
          }
          const contestants = [];
          for (const server of servers) {
            const values = await signedIn(server, isQuick ? 500 : 5000);
            contestants.push({ server, traffic: { path: '/v1/check', header: 'Authorization', values } });
          }
          const [one, two] = await contest(contestants, rounds);
          if (one === undefined || two === undefined) throw new Error('a round is missing');
          const failures = one.failures + two.failures;
          const note = `load by ${generator} over 64 connections, everything on all of ${cpus().length} cores${failures > 0 ? `; ${failures} requests failed` : ''}`;
          results.push(
            measured({
              what: `checks of --workers 2 on ${engine}`,
              ours: { value: two.perSecond, unit: '/s' },
              against: { name: 'one process', value: one.perSecond },
              note,
            }),
            measured({
              what: 'the same, processor time of the server for one',
              ours: { value: two.cpuMicrosEach, unit: 'µs' },
              against: { name: 'one process', value: one.cpuMicrosEach },
            }),
          );
        } finally {
          for (const server of servers) await server.stop();
        }
      }
      return results;
    } finally {
      await postgres.stop();
    }
  },
};

/** Signs users in; gives what each sends with a check. */
async function signedIn(server: StartedServer, count: number): Promise<string[]> {
  const { secret } = (await askAsAdmin(server, 'POST', '/v1/keys', {
    name: 'measurement',
    scopes: ['register'],
  })) as { secret: string };
  const bearers: string[] = [];
  let next = 0;
  const signIn = async (): Promise<void> => {
    while (next < count) {
      const username = `user-${next++}`;
      const answer = await fetch(`http://127.0.0.1:${server.port}/v1/sessions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body: JSON.stringify({ username, provider: { type: 'basic', name: 'main' } }),
      });
      const { token } = (await answer.json()) as { token: string };
      bearers.push(`Bearer ${token}`);
    }
  };
  await Promise.all(Array.from({ length: 32 }, signIn));
  return bearers;
}
