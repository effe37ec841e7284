import { CurfewError } from '../core/errors.ts';
import { errorOfAnswer, errorOfFetch } from './failures.ts';

/** Who calls: an administrator by name and password, or the bearer of an application's key or a session's token. */
export type Credentials =
  | { readonly basic: { readonly username: string; readonly password: string } }
  | { readonly bearer: string };

export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  readonly redirect: 'manual';
}

/** Reads a body piece by piece. */
export interface ByteReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
}

/** What is used of an answer; that of every fetch has it. */
export interface FetchResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
  /** The body as it comes. */
  readonly body?: { getReader(): ByteReader } | null;
}

/** The part of fetch that the client needs. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>;

export interface TransportOptions {
  /** Such as `http://127.0.0.1:2200`; a path is kept, for a server behind a prefix. */
  readonly url: string;
  readonly credentials?: Credentials | undefined;
  /** How long one request may take, in milliseconds; 30 seconds unless said otherwise. */
  readonly timeoutMs?: number | undefined;
  /** Aborts every request under way. */
  readonly signal?: AbortSignal | undefined;
  readonly fetch?: Fetch | undefined;
  /** Headers sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface ApiRequest {
  readonly method: string;
  /** Path with its query, from the root of the API. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses, beside those of success, whose answers are given back instead of becoming errors. */
  readonly takes?: readonly number[];
}

export interface ApiAnswer {
  readonly status: number;
  /** The JSON of the body, or its text when it is none; undefined when it is empty. */
  readonly body: unknown;
  readonly headers: { get(name: string): string | null };
}

/** Sends requests to one server as one caller. */
export type Transport = (request: ApiRequest) => Promise<ApiAnswer>;

/**
 * Makes the transport of a client. Its promises are rejected with CurfewError only: the server's own code, or
 * `unreachable`. No error holds the credentials.
 * @throws CurfewError `invalid_input` when the address is none
 */
export function createTransport(options: TransportOptions): Transport {
  const base = baseOf(options.url);
  const { timeoutMs = 30_000, signal, fetch = globalThis.fetch as Fetch } = options;
  const standing = { accept: 'application/json', ...options.headers, ...authorization(options.credentials) };
  return async ({ method, path, body, headers, takes = [] }) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    let answer: FetchResponse;
    let text: string;
    try {
      answer = await fetch(`${base.href}${path}`, {
        method,
        headers: {
          ...standing,
          ...headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        redirect: 'manual',
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await answer.text();
    } catch (error) {
      signal?.throwIfAborted();
      throw errorOfFetch(error, base.origin, timeoutMs);
    }
    const content = contentOf(text);
    if (answer.ok || takes.includes(answer.status))
      return { status: answer.status, body: content, headers: answer.headers };
    const where = `${method} ${base.href}${path.replace(/\?.*$/, '')}`;
    throw errorOfAnswer(answer.status, content, where, answer.headers.get('retry-after'));
  };
}

/** The address of a server, with its path and without. @throws CurfewError `invalid_input` when it is none */
export function baseOf(text: string): { href: string; origin: string } {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    // The text is not repeated: it may hold a password, as in `http://admin:secret@host`.
    throw new CurfewError(
      'invalid_input',
      'The address of the server is not a URL; write it as http://127.0.0.1:2200.',
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new CurfewError('invalid_input', 'The address of the server must begin with http:// or https://.');
  if (url.username !== '' || url.password !== '')
    throw new CurfewError(
      'invalid_input',
      'The address of the server must not hold a name or password; URLs end up in logs.',
    );
  return { href: `${url.origin}${url.pathname.replace(/\/+$/, '')}`, origin: url.origin };
}

/** The header that shows who calls. @throws CurfewError `invalid_input` for credentials that cannot be sent */
export function authorization(credentials: Credentials | undefined): Record<string, string> {
  if (credentials === undefined) return {};
  if ('bearer' in credentials) {
    // fetch refuses such a header with a message that quotes it.
    if (!/^[\x21-\x7e]+$/.test(credentials.bearer))
      throw new CurfewError(
        'invalid_input',
        'The key holds characters that no key has; check how it was copied.',
      );
    return { authorization: `Bearer ${credentials.bearer}` };
  }
  const { username, password } = credentials.basic;
  if (username.includes(':'))
    throw new CurfewError(
      'invalid_input',
      'A user name with a colon cannot be sent by Basic authentication (RFC 7617).',
    );
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

function contentOf(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
