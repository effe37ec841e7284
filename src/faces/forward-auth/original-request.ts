import type { IncomingMessage } from 'node:http';
import { type Authority, readAuthority } from './host.ts';

/** The request that a proxy asks about. */
export interface OriginalRequest {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  readonly authority: Authority;
  /** Path and query, as they came. */
  readonly target: string;
  /** The headers of the client, as far as the proxy hands them on: names and values in turn. */
  readonly headers: readonly string[];
}

/** Reads the original request, or says what is wrong with how it is told. */
export type ReadOriginal = (
  request: Pick<IncomingMessage, 'url' | 'method' | 'rawHeaders'>,
) => OriginalRequest | string;

/** What several headers of one name are worth: nothing, for another part of the way may have read another of them. */
export const several = Symbol('several');

/** The value of a header that must come once. */
export function oneHeader(headers: readonly string[], name: string): string | undefined | typeof several {
  let found: string | undefined;
  for (let index = 0; index < headers.length; index += 2) {
    const given = headers[index] as string;
    // Comparing lengths first spares the lower-case form of every other header.
    if (given.length !== name.length || given.toLowerCase() !== name) continue;
    if (found !== undefined) return several;
    found = headers[index + 1] as string;
  }
  return found;
}

/** `X-Forwarded-Method`, `-Proto`, `-Host` and `-Uri`: Traefik, Caddy, and our script for HAProxy. */
export const readForwarded: ReadOriginal = ({ rawHeaders }) =>
  originalRequest({
    method: oneHeader(rawHeaders, 'x-forwarded-method'),
    scheme: oneHeader(rawHeaders, 'x-forwarded-proto'),
    host: oneHeader(rawHeaders, 'x-forwarded-host'),
    target: oneHeader(rawHeaders, 'x-forwarded-uri'),
    headers: rawHeaders,
  });

/** `X-Original-Method` and `X-Original-URL`, which our configuration of nginx sets. */
export const readOriginalUrl: ReadOriginal = ({ rawHeaders }) => {
  const url = oneHeader(rawHeaders, 'x-original-url');
  if (typeof url !== 'string') return `X-Original-URL must come exactly once.`;
  const [, scheme, host, target] = urlForm.exec(url) ?? [];
  return originalRequest({
    method: oneHeader(rawHeaders, 'x-original-method'),
    scheme,
    host,
    target,
    headers: rawHeaders,
  });
};

const urlForm = /^([a-z]+):\/\/([^/?#\\]*)(\/.*)$/i;

/** Envoy over HTTP: the request itself with its own method and host, its path behind a prefix. */
export function readPrefixed(prefix: string): ReadOriginal {
  return ({ url = '', method, rawHeaders }) =>
    originalRequest({
      method,
      scheme: oneHeader(rawHeaders, 'x-forwarded-proto'),
      host: oneHeader(rawHeaders, 'host'),
      target: url.slice(prefix.length),
      headers: rawHeaders,
    });
}

type Told = string | undefined | typeof several;

/** Puts an original request together. What is missing, told twice or not as it must be makes it unclear. */
export function originalRequest(told: {
  method: Told;
  scheme: Told;
  host: Told;
  target: Told;
  headers: readonly string[];
}): OriginalRequest | string {
  const { method, scheme, host, target, headers } = told;
  if (typeof method !== 'string' || !methodForm.test(method))
    return 'The method is not told, or not clearly.';
  const known = typeof scheme === 'string' ? schemes.get(scheme.toLowerCase()) : undefined;
  if (known === undefined) return 'The scheme is not told, or is neither http nor https.';
  const authority = typeof host === 'string' ? readAuthority(host) : undefined;
  if (authority === undefined) return 'The host is not told, or not clearly.';
  if (typeof target !== 'string' || !targetForm.test(target)) return 'The path is not told, or not clearly.';
  return { method, scheme: known, authority, target, headers };
}

/** Methods are told apart by case (RFC 9110 section 9.1), but not by all; so only capitals are taken. */
const methodForm = /^[A-Z]+(?:-[A-Z]+)*$/;
/** A space would end the target, and so may stand for two of them put together (RFC 9112 section 3.2). */
const targetForm = /^\/\S*$/;
/** Some proxies name the scheme of a WebSocket by its own. */
const schemes = new Map<string, 'http' | 'https'>([
  ['http', 'http'],
  ['https', 'https'],
  ['ws', 'http'],
  ['wss', 'https'],
]);
