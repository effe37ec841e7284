import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Agent, request } from 'node:http';
import { join } from 'node:path';
import { freePort } from '../support/ports.ts';
import { projectRoot } from '../support/project-root.ts';

/** The example of examples/nginx, run as its users run it. */
export interface NginxExample {
  readonly port: number;
  stop(): Promise<void>;
}

/** What came back through nginx. `seen` is what the application says it received. */
export interface Page {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  readonly seen:
    | { hello: string; method: string; bytes: number; headers: Record<string, string> }
    | undefined;
}

export interface Ask {
  readonly token?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
  /** The address that the request comes from. */
  readonly localAddress?: string;
}

/** Starts the example in front of a Curfew, and of an application other than its own if one is given. */
export async function startNginxExample(curfew: string, upstream?: string): Promise<NginxExample> {
  const port = await freePort();
  const args = ['--port', String(port), '--curfew', curfew];
  if (upstream !== undefined) args.push('--upstream', upstream);
  const child = spawn(process.execPath, [join(projectRoot, 'examples/nginx/start.mjs'), ...args], {
    stdio: 'pipe',
    env: { PATH: process.env.PATH ?? '' },
  });
  await saying(child, 'nginx listening on');
  return {
    port,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    },
  };
}

function saying(child: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (text: Buffer) => {
      said += text.toString();
      if (said.includes(words)) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('close', (code) => reject(new Error(`the example ended with ${code}: ${said}`)));
  });
}

/** Asks nginx for a page; the token goes as the cookie that a browser would send. */
export function ask(port: number, { token, headers = {}, body, ...rest }: Ask = {}): Promise<Page> {
  const cookie = token === undefined ? {} : { cookie: `curfew_session=${token}` };
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, headers: { ...cookie, ...headers }, ...rest },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response;
          const isJson = headers['content-type']?.startsWith('application/json') === true;
          resolve({ status, headers, text, seen: isJson ? JSON.parse(text) : undefined });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
