import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/support/ports.ts';
import { adminPassword } from './curfew-on-copy.ts';
import { placed } from './placement.ts';
import { cpuMicrosOf, type StartedServer, stopped } from './started-process.ts';

export interface WorkerOptions {
  readonly data: string;
  /** How many processes answer; with 1 the server answers itself. */
  readonly workers: number;
  /** The way to a database, where the data does not lie in the folder. */
  readonly store?: string;
}

/** Starts the server as somebody does who serves it, with so many workers, on whatever cores are free. */
export async function startWorkers({ data, workers, store }: WorkerOptions): Promise<StartedServer> {
  const port = await freePort();
  const fromSource = import.meta.url.endsWith('.ts');
  const main = fileURLToPath(new URL(`../src/main.${fromSource ? 'ts' : 'js'}`, import.meta.url));
  const loader = fromSource
    ? ['--import', String(new URL('../scripts/from-source.mjs', import.meta.url))]
    : [];
  const flags = ['--data', data, '--port', String(port), '--workers', String(workers), '--log-level', 'warn'];
  const [program, words] = placed('anywhere', process.execPath, [...loader, main, ...flags]);
  const child = spawn(program, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...{ PATH: process.env.PATH, NODE_ENV: 'production', CURFEW_ADMIN_PASSWORD: adminPassword },
      ...(store === undefined ? {} : { CURFEW_STORE: store }),
    },
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('curfew listening on')) resolve();
    });
    child.once('exit', () => reject(new Error(`the server ended: ${said}`)));
  });
  const pid = child.pid as number;
  return {
    pid,
    port,
    cpuMicros: async () => [pid, ...childrenOf(pid)].reduce((sum, one) => sum + cpuMicrosOf(one), 0),
    async stop() {
      // Its workers end with it when it ends in order.
      child.kill('SIGTERM');
      const late = setTimeout(() => void stopped(child), 20_000);
      await gone;
      clearTimeout(late);
    },
  };
}

function childrenOf(pid: number): number[] {
  if (process.platform !== 'linux') return [];
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}
