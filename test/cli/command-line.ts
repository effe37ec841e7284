import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '../../src/client/client.ts';
import { AfterAll } from '../support/after-all.ts';
import { freePort } from '../support/ports.ts';
import { saying, stopProcess } from '../support/spoken-process.ts';

/** The test runs from the sources or from the build, and starts what it tests from the same. */
const isSource = import.meta.url.endsWith('.ts');
const loader = isSource ? ['--import', 'tsx'] : [];

function entry(name: string): string {
  return fileURLToPath(new URL(`../../src/${name}.${isSource ? 'ts' : 'js'}`, import.meta.url));
}

export const adminPassword = 'correct horse battery';

/** What a command did. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** A world of its own for commands: a home folder, and an environment without anything of the person who runs the tests. */
export interface CommandLine {
  readonly folder: string;
  /** Runs a command to its end, away from any terminal. */
  run(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Starts a command; whoever does ends it. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): ChildProcess;
  /** Writes a file into the folder and gives its path. */
  file(name: string, content: string): string;
  remove(): void;
}

export function commandLine(env: Readonly<Record<string, string>> = {}): CommandLine {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-cli-'));
  const bare = { PATH: process.env.PATH ?? '', HOME: folder, ...env };
  const start = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    spawn(process.execPath, [...loader, entry('cli/main'), ...args], {
      env: { ...bare, ...more },
      stdio: 'pipe',
    });
  return {
    folder,
    start,
    async run(args, { env: more, input } = {}) {
      const child = start(args, more);
      child.stdin?.end(input ?? '');
      return outcomeOf(child);
    },
    file(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Waits for a child to end, and gives what it said. */
export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** A server in a process of its own, and who may do everything on it. */
export interface StartedServer {
  readonly url: string;
  readonly port: number;
  readonly data: string;
  readonly client: Client;
  /** The variables by which a command signs in. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts a server and waits until it listens, on a free port unless one is given. */
export async function startServerProcess(
  data: string,
  flags: readonly string[] = [],
  given?: number,
): Promise<StartedServer> {
  const port = given ?? (await freePort());
  const child = spawn(
    process.execPath,
    [...loader, entry('main'), '--port', String(port), '--data', data, '--log-level', 'error', ...flags],
    { env: { PATH: process.env.PATH ?? '', CURFEW_ADMIN_PASSWORD: adminPassword }, stdio: 'pipe' },
  );
  await saying(child, 'curfew listening on http://');
  const url = `http://127.0.0.1:${port}`;
  const credentials = { basic: { username: 'admin', password: adminPassword } };
  return {
    url,
    port,
    data,
    client: createClient({ url, credentials }),
    env: { CURFEW_URL: url, CURFEW_USERNAME: 'admin', CURFEW_PASSWORD: adminPassword },
    stop: () => stopProcess(child),
  };
}

/** A command line, and a server that it asks. */
export interface Stage {
  readonly line: CommandLine;
  readonly server: StartedServer;
  /** Runs a command to its end, signed in as who may do everything on the server. */
  run(...args: string[]): Promise<Outcome>;
  /** Starts a server in the place of the one that was stopped, on a free port unless one is given. */
  startAnother(data: string, port?: number): Promise<StartedServer>;
}

/**
 * One command line with a server for all tests of a file: started before the first, ended after the last. To be called
 * where the tests are declared.
 * @param prepare puts there what all of the tests start from
 * @param flags of the server
 * @returns what gives it to a test
 */
export function stageForAll(
  prepare: (stage: Stage) => Promise<void> = async () => {},
  flags: readonly string[] = [],
): () => Stage {
  let stage: Stage;
  const ends = new AfterAll();
  before(async () => {
    stage = await openStage(ends, flags);
    await prepare(stage);
  });
  after(() => ends.run());
  return () => stage;
}

/** A command line with a server for each test, ended with it. To be called where the tests are declared. */
export function stageForEach(): () => Stage {
  let stage: Stage;
  const ends = new AfterAll();
  beforeEach(async () => {
    stage = await openStage(ends);
  });
  afterEach(() => ends.run());
  return () => stage;
}

async function openStage(ends: AfterAll, flags: readonly string[] = []): Promise<Stage> {
  const line = commandLine();
  ends.after(() => line.remove());
  let server = await startServerProcess(join(line.folder, 'data'), flags);
  ends.after(() => server.stop());
  return {
    line,
    get server() {
      return server;
    },
    run: (...args) => line.run(args, { env: server.env }),
    async startAnother(data, port) {
      server = await startServerProcess(data, [], port);
      return server;
    },
  };
}

/** Registers sessions of one user. */
export async function signIn(
  client: Client,
  username: string,
  count = 1,
  more: Record<string, unknown> = {},
) {
  const made = [];
  for (let index = 0; index < count; index++) {
    made.push(
      await client.sessions.register({ username, provider: { type: 'basic', name: 'main' }, ...more }),
    );
  }
  return made;
}

/** The objects of NDJSON. */
export function objects(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]));
}

/** Gathers what a stream says; the function it gives waits until that matches, and gives all of it. */
export function hearing(stream: NodeJS.ReadableStream | null): (pattern: RegExp) => Promise<string> {
  let said = '';
  const waiting: (() => void)[] = [];
  stream?.on('data', (text: Buffer) => {
    said += text.toString();
    for (const wake of waiting.splice(0)) wake();
  });
  return async (pattern) => {
    while (!pattern.test(said)) await new Promise<void>((resolve) => waiting.push(resolve));
    return said;
  };
}
