import type { IncomingMessage } from 'node:http';
import type { Access } from '../../access/access.ts';
import type { Caller } from '../../access/caller.ts';
import { CurfewError } from '../../core/errors.ts';
import { bearerToken, type ReadToken } from './presented-token.ts';

/** What a request shows of its caller. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
  /** Sent by the browser unasked, so it proves who calls but not that they meant to. */
  | { readonly kind: 'cookie'; readonly token: string };

/**
 * The credentials of a request. The cookie counts only where the caller's own session is asked for.
 * @param readToken reads the cookie where it counts, undefined where it does not
 * @throws CurfewError `unauthenticated` for an `Authorization` that cannot be read
 */
export function credentialsOf(request: IncomingMessage, readToken: ReadToken | undefined): Credentials {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = bearerToken(authorization);
    return token === undefined ? basicOf(authorization) : { kind: 'bearer', token };
  }
  const cookie = readToken?.(request.rawHeaders);
  return cookie === undefined ? { kind: 'none' } : { kind: 'cookie', token: cookie };
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
  ip: string | undefined,
): Promise<Caller | undefined> {
  switch (credentials.kind) {
    case 'none':
      return undefined;
    case 'basic':
      return access.authenticateBasic(credentials.username, credentials.password, { ip });
    case 'bearer':
    case 'cookie':
      return access.authenticateBearer(credentials.token, { ip });
  }
}

/**
 * Holds off requests that another site makes a browser send along with the cookie. A browser says where a request comes
 * from; one that says nothing is refused, since a program can send the token as a bearer token instead.
 * @throws CurfewError `forbidden`
 */
export function demandSameOrigin({ method, headers }: IncomingMessage): void {
  if (method === 'GET' || method === 'HEAD') return;
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin') return;
  // `none` is a person's own act, such as a typed address, which is never one of the methods left here.
  if (site === undefined && headers.origin !== undefined && hostOf(headers.origin) === headers.host) return;
  throw new CurfewError(
    'forbidden',
    'The cookie was sent by another site, or by a client that does not say by which; send the token in Authorization: Bearer instead.',
  );
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
