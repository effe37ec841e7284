import type { IncomingMessage } from 'node:http';
import type { Access, Presented } from '../../access/access.ts';
import type { Caller } from '../../access/caller.ts';
import { CurfewError } from '../../core/errors.ts';
import { bearerToken, type ReadToken } from './presented-token.ts';

/** What a request shows of its caller. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
  /** Sent by the browser unasked, so it proves who calls but not that they meant to. */
  | { readonly kind: 'cookie'; readonly token: string; readonly of: 'sign-in' | 'console' };

/** What reads the cookies that count for an operation. */
export interface CookieReaders {
  readonly console?: ReadToken | undefined;
  /** Undefined where the cookie of the sign-in does not count. */
  readonly signIn?: ReadToken | undefined;
}

/**
 * The credentials of a request. The cookie of the sign-in counts only where the caller's own session is asked for, that
 * of the console everywhere.
 * @throws CurfewError `unauthenticated` for an `Authorization` that cannot be read
 */
export function credentialsOf(request: IncomingMessage, cookies: CookieReaders = {}): Credentials {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = bearerToken(authorization);
    return token === undefined ? basicOf(authorization) : { kind: 'bearer', token };
  }
  const ofConsole = cookies.console?.(request.rawHeaders);
  if (ofConsole !== undefined) return { kind: 'cookie', token: ofConsole, of: 'console' };
  const ofSignIn = cookies.signIn?.(request.rawHeaders);
  return ofSignIn === undefined ? { kind: 'none' } : { kind: 'cookie', token: ofSignIn, of: 'sign-in' };
}

/** RFC 7617 section 2: base64 of `user-id:password`, in UTF-8 as the challenge says. */
function basicOf(authorization: string): Credentials {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization)?.[1];
  if (encoded === undefined) {
    throw new CurfewError(
      'unauthenticated',
      'Authorization: expected Basic, or Bearer with a key or a session token.',
    );
  }
  let text: string;
  try {
    text = utf8.decode(Buffer.from(encoded, 'base64'));
  } catch {
    throw new CurfewError('unauthenticated', 'Authorization: the name and password are not in UTF-8.');
  }
  const colon = text.indexOf(':');
  if (colon < 0) throw new CurfewError('unauthenticated', 'Authorization: expected name:password in base64.');
  return { kind: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1) };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The caller with these credentials; undefined for none.
 * @throws CurfewError `unauthenticated`, `locked_out`, `rate_limited`, `store_unavailable`
 */
export async function callerWith(
  credentials: Credentials,
  access: Access,
  presented: Presented,
): Promise<Caller | undefined> {
  switch (credentials.kind) {
    case 'none':
      return undefined;
    case 'basic':
      return access.authenticateBasic(credentials.username, credentials.password, presented);
    case 'bearer':
    case 'cookie':
      return access.authenticateBearer(credentials.token, presented);
  }
}

/**
 * Holds off requests that another site, or another port of this host, makes a browser send along with a cookie. A browser
 * says where a request comes from; one that says nothing is refused, since a program can send the token as a bearer token
 * instead. Reading is free with the cookie of the sign-in, which shows a user their own sessions and no more.
 * @throws CurfewError `forbidden`
 */
export function demandSameOrigin({ method, headers }: IncomingMessage, of: 'sign-in' | 'console'): void {
  const isReading = method === 'GET' || method === 'HEAD';
  if (isReading && of === 'sign-in') return;
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin') return;
  // `none` is a person's own act, such as a typed address; it can but read.
  if (site === 'none' && isReading) return;
  // Browsers tell the site only to places that they hold for safe, and the origin not for every reading. A header of
  // our own they send to another origin only after asking whether they may, to which Curfew never says yes.
  if (site === undefined && headers.origin !== undefined && hostOf(headers.origin) === headers.host) return;
  if (site === undefined && headers.origin === undefined && isReading && isFromConsole({ headers })) return;
  throw new CurfewError(
    'forbidden',
    'The cookie was sent by another site, or by a client that does not say by which; send the token in Authorization: Bearer instead.',
  );
}

/** Whether a request says that the console sends it. */
export function isFromConsole({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers['curfew-face'] === 'console';
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
