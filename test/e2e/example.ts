import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Agent, request } from 'node:http';
import { join } from 'node:path';
import { freePort } from '../support/ports.ts';
import { projectRoot } from '../support/project-root.ts';
import { saying, stopProcess } from '../support/spoken-process.ts';

/** A proxy of examples/, in front of a Curfew and an application. */
export interface Example {
  readonly port: number;
  stop(): Promise<void>;
}

/** What came back through the proxy. `seen` is what the application says it received. */
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

/** The settings of examples/forward-auth.yaml, with the proxy on another port. */
export async function exampleSettings(port: number): Promise<string> {
  const text = readFileSync(join(projectRoot, 'examples/forward-auth.yaml'), 'utf8');
  return text.replace(/(?<=localhost:)8080/g, String(port)).replace('2250', String(await freePort()));
}

/**
 * Runs the start script of an example below examples/, as its users run it, on a port.
 * @param more flags, such as `--curfew URL` and `--upstream URL` for an application other than its own
 */
export async function startExample(
  [script = '', ...flags]: readonly string[],
  port: number,
  more: readonly string[],
): Promise<Example> {
  const path = join(projectRoot, 'examples', script);
  const child = spawn(process.execPath, [path, ...flags, '--port', String(port), ...more], {
    stdio: 'pipe',
    env: { PATH: process.env.PATH ?? '' },
  });
  await saying(child, ' listening on http://');
  return { port, stop: () => stopProcess(child) };
}

/** Asks the proxy for a page; the token goes as the cookie that a browser would send. */
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
