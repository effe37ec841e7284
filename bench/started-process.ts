import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Place, placed } from './placement.ts';

/** A program of `servers/`, started in a process of its own. */
export interface StartedServer {
  readonly pid: number;
  readonly port: number;
  /** Processor time of all its threads so far, microseconds. */
  cpuMicros(): Promise<number>;
  stop(): Promise<void>;
}

/** Memory of a process in bytes, as the kernel counts it: its own, and of files it has mapped. */
export interface Memory {
  readonly anonymous: number;
  readonly files: number;
}

/** Starts `servers/<name>` with its options; resolves when it listens. */
export async function startServer(
  name: 'curfew' | 'bare' | 'express' | 'argon2',
  options: object,
  place: Place = 'server core',
): Promise<StartedServer> {
  const child = forkPlaced(place, `./servers/${name}`, [JSON.stringify(options)]);
  const { port } = (await nextMessage(child)) as { port: number };
  return {
    pid: child.pid as number,
    port,
    async cpuMicros() {
      child.send('usage');
      return ((await nextMessage(child)) as { cpuMicros: number }).cpuMicros;
    },
    stop: () => stopped(child),
  };
}

/** Runs a module of this folder in a process of its own, with a channel for messages. */
export function forkPlaced(place: Place, module: string, args: readonly string[]): ChildProcess {
  const fromSource = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(`${module}.${fromSource ? 'ts' : 'js'}`, import.meta.url));
  const loader = fromSource
    ? ['--import', String(new URL('../scripts/from-source.mjs', import.meta.url))]
    : [];
  const [program, words] = placed(place, process.execPath, [
    ...loader,
    '--enable-source-maps',
    file,
    ...args,
  ]);
  return spawn(program, words, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
}

/** What a process says next. @throws Error when it ends instead */
export function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown): void => {
      child.off('exit', onExit);
      resolve(message);
    };
    const onExit = (code: number | null): void => {
      child.off('message', onMessage);
      reject(new Error(`${child.spawnargs.at(-2)} ended with exit code ${code}`));
    };
    child.once('message', onMessage);
    child.once('exit', onExit);
  });
}

/** Ends a process that this one started, and waits until it is gone. */
export async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** Reads the memory of a process, which only Linux tells; undefined elsewhere. */
export function memoryOf(pid: number): Memory | undefined {
  if (process.platform !== 'linux') return undefined;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  return {
    anonymous: kilobytes('RssAnon') * 1024,
    files: (kilobytes('RssFile') + kilobytes('RssShmem')) * 1024,
  };
}

/** Processor time of any process so far, microseconds, as far as the kernel's ticks of 10 ms tell; 0 where it does not say. */
export function cpuMicrosOf(pid: number): number {
  return ticksOf(pid).own * 10_000;
}

/** Processor time of a process and of all of its children, those that have ended among them, microseconds. */
export function familyCpuMicros(pid: number): number {
  if (process.platform !== 'linux') return 0;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  const living = children.reduce((sum, child) => sum + ticksOf(Number(child)).own, 0);
  const { own, ended } = ticksOf(pid);
  return (living + own + ended) * 10_000;
}

/** Nothing of a process that is there no more: the one that started it keeps what it took. */
function ticksOf(pid: number): { own: number; ended: number } {
  const none = { own: 0, ended: 0 };
  if (process.platform !== 'linux') return none;
  let fields: string[];
  try {
    fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return none;
    throw error;
  }
  const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number);
  return {
    own: (user ?? 0) + (system ?? 0),
    ended: (endedUser ?? 0) + (endedSystem ?? 0),
  };
}
