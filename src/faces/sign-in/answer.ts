import type { ServerResponse } from 'node:http';
import type { Html } from './html.ts';

/** What is sent back to a browser, or to a provider. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Values of `Set-Cookie`. */
  readonly cookies: readonly string[];
}

/** What a page is beside its text. */
export interface PageOptions {
  readonly status?: number;
  readonly cookies?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Origins that a form of the page may lead to beside its own; browsers hold its redirects to it too. */
  readonly formTargets?: readonly string[];
}

/** A page: it loads nothing but its style, runs nothing, and stands in no frame. */
export function pageAnswer(document: Html, options: PageOptions = {}): Answer {
  const { status = 200, cookies = [], headers = {}, formTargets = [] } = options;
  const formAction = ["'self'", ...formTargets].join(' ');
  return {
    status,
    cookies,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'self'; img-src data:; form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`,
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      // A form must say where it comes from, which it would not with `no-referrer`; other sites are told nothing.
      'referrer-policy': 'same-origin',
      ...headers,
    },
    body: document.text,
  };
}

/** Leads a browser on, by GET. */
export function redirect(location: string, cookies: readonly string[] = []): Answer {
  return { status: 303, cookies, headers: { location }, body: '' };
}

/** Sends an answer; nothing of the sign-in is kept by anybody on the way. */
export function send(response: ServerResponse, { status, headers, cookies, body }: Answer): void {
  response.writeHead(status, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
    ...(cookies.length === 0 ? {} : { 'set-cookie': [...cookies] }),
    'content-length': String(Buffer.byteLength(body)),
  });
  response.end(body);
}
