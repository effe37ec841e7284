import type { ServerResponse } from 'node:http';
import type { CurfewError } from '../../core/errors.ts';
import { problemOf, problemType } from '../http/problem.ts';
import { type ConsoleFile, type ConsoleFiles, encodingFor } from './files.ts';

/** What is sent back to the browser. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/**
 * Nothing is loaded from elsewhere, nothing stands inline, nothing is framed; and no text becomes script, since no part
 * of the page may make markup of a text.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const standing: Readonly<Record<string, string>> = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // With `no-referrer` a browser would not say where a request of the page comes from, and it would be refused.
  'referrer-policy': 'same-origin',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/** Sends an answer; without other words for it, nothing is kept by anybody on the way. */
export function send(response: ServerResponse, { status, headers, body }: Answer, isHead: boolean): void {
  response.writeHead(status, {
    ...standing,
    'cache-control': 'no-store',
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
  });
  response.end(isHead ? undefined : body);
}

export function json(body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}

export function problem(error: CurfewError): Answer {
  const { status, headers, body } = problemOf(error, undefined, 'page');
  return { status, headers: { ...headers, 'content-type': problemType }, body: JSON.stringify(body) };
}

/** The page, in the colours that the reader has chosen; without a choice it follows the system. */
export function page({ page: text }: ConsoleFiles, theme: string | undefined): Answer {
  const chosen = theme === 'light' || theme === 'dark' ? theme : undefined;
  return {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    // Set here and not by a script, so that the page does not flash in the other colours first.
    body: chosen === undefined ? text : text.replace('<html ', `<html data-theme="${chosen}" `),
  };
}

/** A file whose name bears its digest, which a browser may keep for ever. */
export function asset(file: ConsoleFile, accepted: string | undefined): Answer {
  const { body, encoding } = encodingFor(file, accepted);
  return {
    status: 200,
    headers: {
      'content-type': file.type,
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    },
    body,
  };
}

/** A short text, for browsers that ask for what is not there. */
export function plain(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body };
}
