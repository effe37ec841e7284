import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Answer, basicAdmin, type TestServer } from '../../support/http-server.ts';

export interface RpcOptions {
  readonly auth?: string;
  readonly version?: string;
  readonly id?: unknown;
}

/** A call of the API as most clients make it; gives what it answers with status 200. */
export async function rpc(
  server: TestServer,
  method: string,
  params?: unknown,
  { auth = basicAdmin, version = '12.3', id = 1 }: RpcOptions = {},
): Promise<Answer['body']> {
  const answer = await server.ask(`POST /json-rpc/${version}`, { auth, body: { id, method, params } });
  if (answer.status !== 200) throw new Error(`${method}: ${answer.status} ${answer.body}`);
  return answer.body;
}

/** The result of a call that must succeed. */
export async function result(
  server: TestServer,
  method: string,
  params?: unknown,
  options?: RpcOptions,
): Promise<Answer['body']> {
  const body = await rpc(server, method, params, options);
  if (body.error !== undefined) throw new Error(`${method}: ${body.error.name}: ${body.error.message}`);
  return body.result;
}

/** The name of the error of a call that must fail. */
export async function errorName(
  server: TestServer,
  method: string,
  params?: unknown,
  options?: RpcOptions,
): Promise<string> {
  const body = await rpc(server, method, params, options);
  return body.error?.name ?? `no error but ${JSON.stringify(body)}`;
}

/** The ids of the sessions in a result, sorted. */
export function idsOf(found: { sessions: readonly { sessionID: string }[] }): string[] {
  return found.sessions.map(({ sessionID }) => sessionID).sort();
}

/** Sends bytes as they are, over TLS or not, and gives everything that came back. */
export function exchange(port: number, tls: boolean, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls
      ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
      : connect(port, '127.0.0.1');
    socket.write(bytes);
    let received = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      received += text;
    });
    socket.on('error', (error) => (received === '' ? reject(error) : resolve(received)));
    socket.on('close', () => resolve(received));
  });
}

/** The body of an answer as it came, put together when it was sent in chunks. */
export function bodyOf(answer: string): string {
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  if (!/transfer-encoding: chunked/i.test(head)) return body;
  const bytes = Buffer.from(body);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (size === 0) break;
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(parts).toString('utf8');
}
