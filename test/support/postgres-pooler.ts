import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { handOver, ServerProcess } from './postgres-process.ts';
import { realPart } from './real-parts.ts';

export interface PoolerOptions {
  /** Where its configuration goes. */
  readonly directory: string;
  /** Where PostgreSQL listens on 127.0.0.1. */
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** Starts PgBouncer in transaction mode: each transaction may run on another connection. */
export async function startPooler(options: PoolerOptions): Promise<{ port: number; stop(): Promise<void> }> {
  const port = await freePort();
  const users = join(options.directory, 'pgbouncer-users');
  const file = join(options.directory, 'pgbouncer.ini');
  writeFileSync(users, `"${options.user}" "${options.password}"\n`, { mode: 0o600 });
  const lines = [
    '[databases]',
    `* = host=127.0.0.1 port=${options.port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${users}`,
    `admin_users = ${options.user}`,
    'pool_mode = transaction',
    'max_client_conn = 500',
    // Few, so that transactions of one client come to lie on connections of others.
    'default_pool_size = 6',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  for (const path of [users, file]) handOver(path);
  const server = ServerProcess.start(realPart('pgbouncer').path, [file]);
  await server.whenReady(() => listens(port));
  return { port, stop: () => server.end('SIGKILL') };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const settle = (isThere: boolean) => (): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', settle(true));
    socket.once('error', settle(false));
  });
}
