import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../test/support/ports.ts';
import { placed } from './placement.ts';
import { projectRoot } from './session-cache.ts';
import { cpuMicrosOf, type StartedServer, stopped } from './started-process.ts';

/** Where nginx lies on Debian, which an ordinary user's PATH leaves out. */
export const nginxProgram = ['nginx', '/usr/sbin/nginx'].find(
  (path) => spawnSync(path, ['-v']).error === undefined,
);

export interface NginxOptions {
  /** The folder that it may write to. */
  readonly directory: string;
  readonly curfewPort: number;
  readonly applicationPort: number;
  /** False takes the question out of the configuration and leaves everything else as it is. */
  readonly asks: boolean;
}

/**
 * Starts nginx with `examples/nginx/forward-auth.conf`, one process on the core of the servers.
 * @throws Error when it is not installed or does not start
 */
export async function startNginx({
  directory,
  curfewPort,
  applicationPort,
  asks,
}: NginxOptions): Promise<StartedServer> {
  const port = await freePort();
  const folder = join(directory, asks ? 'nginx-asking' : 'nginx-plain');
  mkdirSync(join(folder, 'temp'), { recursive: true });
  const example = readFileSync(join(projectRoot(), 'examples/nginx/forward-auth.conf'), 'utf8');
  const text = example
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${port}`)
    .replace('127.0.0.1:2200', `127.0.0.1:${curfewPort}`)
    .replace('127.0.0.1:3000', `127.0.0.1:${applicationPort}`)
    .replace('worker_processes auto', 'worker_processes 1')
    // As many connections to each as the load makes, so that neither waits for the other.
    .replace(/keepalive 32/g, 'keepalive 64')
    .replace(/^ *auth_request .*$/m, (line) => (asks ? line : ''));
  writeFileSync(join(folder, 'nginx.conf'), text);
  return runNginx(folder, port);
}

/**
 * Starts nginx with the `nginx.conf` of a folder, one process on the core of the servers, and waits until it listens.
 * @throws Error when it is not installed or does not start
 */
export async function runNginx(folder: string, port: number): Promise<StartedServer> {
  if (nginxProgram === undefined)
    throw new Error('nginx is not installed; on Debian: apt-get install nginx-light');
  const args = ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off; master_process off;'];
  const [command, words] = placed('server core', nginxProgram, args);
  const child = spawn(command, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  const pid = child.pid as number;
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await isListening(port)) {
      return { pid, port, cpuMicros: async () => cpuMicrosOf(pid), stop: () => stopped(child) };
    }
    await delay(50);
  }
  await stopped(child);
  throw new Error(`nginx does not listen on port ${port}`);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
