import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningPostgres, startPostgres } from '../test/support/postgres.ts';
import { loadInto, openCopiedSessions } from './copied-sessions.ts';
import { adminPassword } from './curfew-on-copy.ts';
import { canPin } from './placement.ts';
import type { BenchContext } from './row.ts';
import { familyCpuMicros, type StartedServer, startServer } from './started-process.ts';

/** A PostgreSQL with the full store, durable, and nodes on it. */
export interface NodeGroup {
  readonly postgres: RunningPostgres;
  /** Starts so many more nodes, on the core of the servers, at the instant at which all sessions are alive. */
  start(count: number): Promise<StartedServer[]>;
  /** Processor time of PostgreSQL so far, microseconds. */
  databaseCpuMicros(): number;
  stop(): Promise<void>;
}

/** How PostgreSQL is set up; what it does not say is as PostgreSQL comes. */
export const databaseSettings = [
  'fsync = on',
  'shared_buffers = 1GB',
  'max_wal_size = 4GB',
  'max_connections = 120',
];

/** Fills a database with the full store. Nodes have the core of the servers, PostgreSQL whatever core is free. */
export async function nodeGroup(context: BenchContext): Promise<NodeGroup> {
  const { directory, size } = context;
  const sessions = await openCopiedSessions(size);
  const postgres = await startPostgres({ settings: databaseSettings });
  const servers: StartedServer[] = [];
  const stop = async (): Promise<void> => {
    for (const server of servers) await server.stop();
    await postgres.stop();
  };
  try {
    await loadInto(postgres, postgres.url, sessions);
    const pid = Number(
      (await postgres.query("SELECT pg_read_file('postmaster.pid') AS file")).rows[0].file.split('\n')[0],
    );
    const secretKey = randomBytes(32).toString('base64url');
    return {
      postgres,
      async start(count) {
        const started: StartedServer[] = [];
        for (let number = servers.length; started.length < count; number++) {
          const data = join(directory, `node${number}`);
          const options = { data, startAt: sessions.builtAt, adminPassword, store: postgres.url, secretKey };
          const server = await startServer('curfew', options);
          servers.push(server);
          started.push(server);
        }
        return started;
      },
      databaseCpuMicros: () => familyCpuMicros(pid),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Says what shared which core, for the notes of rows. */
export function placesOf(nodes: number): string {
  const cores = readdirSync('/sys/devices/system/cpu').filter((name) => /^cpu\d+$/.test(name)).length;
  const held = canPin && spawnSync('taskset', ['-V']).status === 0;
  return held
    ? `${nodes} ${nodes === 1 ? 'node' : 'nodes'} on the first of ${cores} cores, load on the last, PostgreSQL on any`
    : `everything on all of ${cores} cores`;
}
