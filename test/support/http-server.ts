import { connect } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/core/log.ts';
import { type RunningServer, startServer } from '../../src/server.ts';
import { ManualClock } from './manual-clock.ts';
import { aPassword } from './opened-access.ts';
import { freePort } from './ports.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

/** An answer over HTTP; `body` is parsed if it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers without telling their types first.
  readonly body: any;
}

export interface Ask {
  readonly auth?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server in this process, on a free port and a store of its own; it ends with the test. */
export interface TestServer extends RunningServer {
  readonly url: string;
  readonly data: string;
  readonly clock: ManualClock;
  /** What was logged, one line each. */
  readonly logged: string[];
  /** Asks as nobody, or with the `Authorization` given. `route` is such as `GET /v1/ledger`. */
  ask(route: string, ask?: Ask): Promise<Answer>;
  /** Asks as the administrator of all rights. */
  asAdmin(route: string, body?: unknown): Promise<Answer>;
  /** Registers a session with these changes and gives it with its token. */
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  register(changes?: Record<string, unknown>): Promise<{ token: string; session: any }>;
  /** Sends bytes as they are over a connection of its own and gives everything that came back. */
  send(bytes: string | Buffer): Promise<string>;
}

export const basicAdmin = basic('admin', aPassword);

/** The `Authorization` of a name and password. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Starts a server with these flags. */
export async function startTestServer(
  t: TestContext,
  flags: Record<string, string> = {},
  clock: ManualClock = new ManualClock(),
): Promise<TestServer> {
  const folder = makeTemporaryDirectory();
  const data = join(folder.path, 'data');
  const logged: string[] = [];
  const config = readConfig(
    { data, port: String(await freePort()), 'tls-port': String(await freePort()), ...flags },
    { CURFEW_ADMIN_PASSWORD: aPassword },
  );
  const log = createLog(config.logLevel, { write: (line: string) => logged.push(line) });
  const server = await startServer(config, { log, clock });
  t.after(async () => {
    await server.close();
    folder.remove();
  });
  const url = `http://127.0.0.1:${server.httpPort}`;
  const ask = (route: string, { auth, body, headers = {} }: Ask = {}): Promise<Answer> => {
    const [method = 'GET', path = '/'] = route.split(' ');
    return answerOf(
      fetch(url + path, {
        method,
        headers: {
          ...(auth === undefined ? {} : { authorization: auth }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    );
  };
  const asAdmin = (route: string, body?: unknown) => ask(route, { auth: basicAdmin, body });
  return {
    ...server,
    url,
    data,
    clock,
    logged,
    ask,
    asAdmin,
    async register(changes = {}) {
      const answer = await asAdmin('POST /v1/sessions', {
        username: 'ann',
        provider: { type: 'basic', name: 'main' },
        ...changes,
      });
      if (answer.status !== 201) throw new Error(`not registered: ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    send: (bytes) => sendBytes(server.httpPort, bytes),
  };
}

/** The answer of a request made with fetch. */
export async function answerOf(sent: Promise<Response>): Promise<Answer> {
  const response = await sent;
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

function sendBytes(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let received = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text;
    });
    // The server may close before it has read everything; what it answered counts.
    socket.on('error', (error) => (received === '' ? reject(error) : resolve(received)));
    socket.on('close', () => resolve(received));
  });
}
