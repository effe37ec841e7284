import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** An account without rights, under which servers run that refuse to be started by root. */
interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Undefined when this process is not root, and so starts servers under its own account. */
const account: Account | undefined = process.getuid?.() === 0 ? accountOf('postgres', 'nobody') : undefined;

function accountOf(...names: readonly string[]): Account {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of names) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(`there is no account ${names.join(' or ')} under which to start a server`);
}

/** Lets the servers' account read and write a file or folder. */
export function handOver(path: string): void {
  if (account !== undefined) chownSync(path, account.uid, account.gid);
}

/** Runs a program to its end under the servers' account. @throws Error with what it said when it fails */
export async function runAs(program: string, args: readonly string[]): Promise<void> {
  await run(program, args, { ...account, cwd: '/', env: serverEnvironment() });
}

/** A server process, which a test may stop, freeze or kill. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #said = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#closed = once(child, 'close');
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text;
      });
    }
    const end = (): void => this.#signal('SIGKILL');
    process.once('exit', end);
    child.once('close', () => process.off('exit', end));
  }

  static start(program: string, args: readonly string[]): ServerProcess {
    const options = { ...account, cwd: '/', env: serverEnvironment(), stdio: 'pipe' as const };
    return new ServerProcess(spawn(program, [...args], options));
  }

  /** What it has written so far. */
  get output(): string {
    return this.#said;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Asks until it is ready. @throws Error with what it said when it ends before, or after two minutes */
  async whenReady(isReady: () => Promise<boolean>): Promise<void> {
    const until = Date.now() + 120_000;
    while (!(await isReady())) {
      if (this.hasEnded || Date.now() > until) {
        await this.end('SIGKILL');
        throw new Error(`the server did not start: ${this.#said}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Sends a signal and waits until the process has ended, with all that it started. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.hasEnded) return;
    // A frozen process would hear no other signal before it is woken.
    if (signal !== 'SIGKILL') this.#signal('SIGCONT');
    const started = this.#started();
    if (signal === 'SIGKILL') this.#signal(signal);
    else this.#child.kill(signal);
    await this.#closed;
    while (started.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** Freezes it or wakes it, with all that it started. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGHUP'): void {
    this.#signal(signal);
  }

  /** PostgreSQL puts each of its processes into a group of its own, so every one is told by itself. */
  #signal(signal: NodeJS.Signals): void {
    if (this.hasEnded) return;
    const started = this.#started();
    this.#child.kill(signal);
    if (signal === 'SIGHUP') return;
    for (const pid of started) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  #started(): number[] {
    const { pid } = this.#child;
    try {
      const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
      return text.split(' ').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    // A zombie waits only for init to notice it, and holds nothing any more.
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Without the variables by which libpq of a developer's shell would be steered. */
function serverEnvironment(): NodeJS.ProcessEnv {
  const { PATH = '' } = process.env;
  return { PATH, LC_ALL: 'C', TZ: 'UTC' };
}
