import type { IncomingMessage, ServerResponse } from 'node:http';
import { CurfewError, errorTable } from '../../core/errors.ts';
import { failureLine } from '../../core/ibm-shell/messages.ts';
import { readJson } from '../http/json-body.ts';

/** What a route answers. Without a body nothing is sent but the status. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Room for a script of thousands of commands. */
const bodyLimit = 1024 * 1024;

/**
 * The body of a request as JSON. A form of another site can send a browser's remembered password along, but not JSON,
 * so nothing else is taken.
 * @throws CurfewError `invalid_input`, `too_large`
 */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new CurfewError('invalid_input', 'The body must be sent as application/json.');
  }
  if (Number(request.headers['content-length'] ?? 0) > bodyLimit) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  // A request that is too large stays open, so that it can still be answered.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyLimit) throw tooLarge();
    chunks.push(chunk);
  }
  return readJson(Buffer.concat(chunks));
}

/** Sends an answer. */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body, headers }: Answer,
): void {
  const text = body === undefined ? undefined : JSON.stringify(body);
  response.writeHead(status, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(text === undefined
      ? {}
      : { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) }),
    // What is left of a body that was not read would be taken for the next request.
    ...(request.complete ? {} : { connection: 'close' }),
    ...headers,
  });
  response.end(text);
}

/** The answer of an error: JSON with `message`, which is all that IBM's clients look for. */
export function answerOf(error: CurfewError): Answer {
  const { code, details } = error;
  return {
    status: errorTable[code].http,
    body: { message: failureLine(error), code },
    headers: {
      ...(code === 'unauthenticated' ? { 'www-authenticate': 'Basic realm="curfew", charset="UTF-8"' } : {}),
      ...(details.retryAfterSeconds === undefined
        ? {}
        : { 'retry-after': String(Math.ceil(details.retryAfterSeconds)) }),
    },
  };
}

function tooLarge(): CurfewError {
  return new CurfewError('too_large', `The body is larger than ${bodyLimit} bytes.`);
}
