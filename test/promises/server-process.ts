import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '../../src/client/client.ts';
import { freePort } from '../support/ports.ts';
import { atEnd } from './at-end.ts';

const isSource = import.meta.url.endsWith('.ts');
const loader = isSource ? ['--import', 'tsx'] : [];

/** The password of the administrator `admin` of every server that these tests start. */
export const adminPassword = 'correct horse battery';

/** A server in a process of its own, which a test may kill. */
export interface ServerProcess {
  readonly url: string;
  /** Calls as the administrator `admin`. */
  readonly client: Client;
  /** A client with a key or a session's token. */
  bearing(token: string): Client;
  /** What it has written so far, to standard output and to standard error. */
  readonly output: string;
  /** Stops it where it stands (SIGSTOP), or lets it go on (SIGCONT). */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Ends it at once, as by `kill -9`. */
  kill(): Promise<void>;
  /** Asks it to stop, and waits until it has. */
  stop(): Promise<void>;
}

/** What a server that did not start said, and its exit code. */
export class DidNotStart extends Error {
  readonly code: number | null;

  constructor(code: number | null, output: string) {
    super(`the server ended with ${code}: ${output}`);
    this.code = code;
  }
}

export interface StartOptions {
  readonly data: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The words that go before the command, such as those of a network namespace. */
  readonly through?: readonly string[];
  /** The address that it listens on. */
  readonly host?: string;
}

/** Starts a server and waits until it listens; it is killed when the test ends. @throws DidNotStart */
export async function startProcess(t: TestContext, options: StartOptions): Promise<ServerProcess> {
  const { data, flags = [], env = {}, through = [], host = '127.0.0.1' } = options;
  const port = await freePort();
  const main = fileURLToPath(new URL(`../../src/main.${isSource ? 'ts' : 'js'}`, import.meta.url));
  const args = ['--host', host, '--port', String(port), '--data', data, '--log-level', 'debug', ...flags];
  const [program, ...words] = [...through, process.execPath, ...loader, main, ...args];
  const child = spawn(program as string, words, {
    env: { PATH: process.env.PATH ?? '', CURFEW_ADMIN_PASSWORD: adminPassword, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  atEnd(t, async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await closed;
  });
  const output = await listening(child);
  const url = `http://${host}:${port}`;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await closed;
  };
  return {
    url,
    client: createClient({ url, credentials: { basic: { username: 'admin', password: adminPassword } } }),
    bearing: (token) => createClient({ url, credentials: { bearer: token } }),
    get output() {
      return output();
    },
    signal: (signal) => void child.kill(signal),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

function listening(child: ChildProcess): Promise<() => string> {
  let said = '';
  return new Promise((resolve, reject) => {
    const hear = (text: string): void => {
      said += text;
      if (said.includes('curfew listening on http://')) resolve(() => said);
    };
    child.stdout?.setEncoding('utf8').on('data', hear);
    child.stderr?.setEncoding('utf8').on('data', hear);
    child.once('close', (code) => reject(new DidNotStart(code, said)));
  });
}

/** The answer to `GET /v1/check`: the status, and the reason when it is no. */
export async function checkOver(
  { url }: Pick<ServerProcess, 'url'>,
  token: string,
): Promise<{ status: number; reason: string | null }> {
  const answer = await fetch(`${url}/v1/check`, { headers: { authorization: `Bearer ${token}` } });
  await answer.arrayBuffer();
  return { status: answer.status, reason: answer.headers.get('curfew-reason') };
}
