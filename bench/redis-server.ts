import { spawn, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../test/support/ports.ts';
import { placed } from './placement.ts';
import { cpuMicrosOf, stopped } from './started-process.ts';

/** A Redis of this machine's own, on the core of the servers, that keeps nothing on disk. */
export interface RunningRedis {
  readonly port: number;
  cpuMicros(): number;
  stop(): Promise<void>;
}

/** Starts Redis on a free port. @throws Error when it is not installed */
export async function startRedis(directory: string): Promise<RunningRedis> {
  if (spawnSync('redis-server', ['--version']).error !== undefined) {
    throw new Error('redis-server is not installed; on Debian: apt-get install redis-server');
  }
  const port = await freePort();
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    directory,
  ];
  const [program, words] = placed('server core', 'redis-server', args);
  const redis = spawn(program, words, { stdio: 'ignore' });
  const pid = redis.pid as number;
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await isListening(port))
      return { port, cpuMicros: () => cpuMicrosOf(pid), stop: () => stopped(redis) };
    await delay(50);
  }
  await stopped(redis);
  throw new Error(`redis-server does not listen on port ${port}`);
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
