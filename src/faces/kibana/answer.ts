import type { ServerResponse } from 'node:http';
import { CurfewError } from '../../core/errors.ts';

/** What a route gives back. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent as JSON; without it the answer is empty. */
  readonly body?: unknown;
}

const names: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** An answer that ends a request early, in the envelope of every Kibana error. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(status: number, message: string, more: Pick<Answer, 'headers'> & { body?: object } = {}) {
    super(message);
    const body = { statusCode: status, error: names[status] ?? 'Error', message, ...more.body };
    this.answer = { status, body, ...(more.headers === undefined ? {} : { headers: more.headers }) };
  }
}

const generic = 'An internal server error occurred. Check Kibana server logs for details.';

/** The answer for anything thrown: the core's errors in Kibana's form, and nothing of the others. */
export function answerOf(thrown: unknown): { answer: Answer; unexpected: boolean } {
  if (thrown instanceof Refusal) return { answer: thrown.answer, unexpected: false };
  if (!(thrown instanceof CurfewError)) return { answer: new Refusal(500, generic).answer, unexpected: true };
  const { code, message, details } = thrown;
  const retryAfter = details.retryAfterSeconds;
  switch (code) {
    case 'unauthenticated':
      return { answer: new Refusal(401, message).answer, unexpected: false };
    case 'forbidden':
      return { answer: new Refusal(403, message).answer, unexpected: false };
    case 'invalid_input':
    case 'realm_unknown':
      return { answer: new Refusal(400, message).answer, unexpected: false };
    case 'locked_out':
    case 'rate_limited': {
      const headers = { 'retry-after': String(retryAfter ?? 30) };
      return { answer: new Refusal(429, message, { headers }).answer, unexpected: false };
    }
    case 'store_unavailable':
    case 'store_full':
      return {
        answer: new Refusal(503, message, { headers: { 'retry-after': '30' } }).answer,
        unexpected: true,
      };
    default:
      return { answer: new Refusal(500, generic).answer, unexpected: true };
  }
}

/** Writes an answer. */
export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    'content-length': Buffer.byteLength(text),
    'cache-control': 'private, no-cache, no-store, must-revalidate',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'strict-origin-when-cross-origin',
    ...(headers as Record<string, string | string[]> | undefined),
  });
  response.end(text);
}
