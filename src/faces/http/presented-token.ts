import { sessionTokenPrefix } from '../../core/tokens.ts';

/** The cookie that carries a session's token where browsers reach Curfew without TLS. */
export const plainSessionCookie = 'curfew_session';

/** Every name that the cookie can have; which one it has is told by how browsers reach Curfew. */
export const sessionCookies: readonly string[] = [
  plainSessionCookie,
  `__Host-${plainSessionCookie}`,
  `__Secure-${plainSessionCookie}`,
];

/** The session token that a request presents, from the flat list of its headers as they came. */
export type ReadToken = (rawHeaders: readonly string[]) => string | undefined;

/**
 * Makes what reads the token of `Authorization: Bearer` if that is a session's token, else of the cookie. When a request
 * presents several different ones it is not known which is meant, so the answer is a text that is no token. Cookies of
 * other names count for nothing: without its prefix a cookie could be set by another host of the domain.
 */
export function tokenReader(cookieName: string): ReadToken {
  const start = `${cookieName}=`;
  return (rawHeaders) => {
    let bearer: string | undefined;
    let cookie: string | undefined;
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const name = rawHeaders[index] as string;
      // Comparing lengths first spares the lower-case form of every other header.
      if (name.length === 13 && name.toLowerCase() === 'authorization') {
        const token = bearerToken(rawHeaders[index + 1] as string);
        if (token !== undefined) bearer = bearer === undefined || bearer === token ? token : ambiguous;
      } else if (name.length === 6 && name.toLowerCase() === 'cookie') {
        cookie = cookieToken(rawHeaders[index + 1] as string, start, cookie);
      }
    }
    // An application's own bearer token is no session's: then the cookie says who it is.
    if (bearer !== undefined && (cookie === undefined || bearer.startsWith(sessionTokenPrefix)))
      return bearer;
    return cookie;
  };
}

const ambiguous = 'several';

/** The token of `Authorization: Bearer ...`, or undefined for another scheme. RFC 6750 section 2.1. */
export function bearerToken(authorization: string): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization)?.[1];
}

/** @param start the name of the cookie and its equals sign */
function cookieToken(header: string, start: string, found: string | undefined): string | undefined {
  let token = found;
  let at = header.indexOf(start);
  while (at >= 0) {
    const semicolon = header.indexOf(';', at);
    const end = semicolon < 0 ? header.length : semicolon;
    if (isNameStart(header, at)) {
      const value = header.slice(at + start.length, end).trim();
      if (value !== '') token = token === undefined || token === value ? value : ambiguous;
    }
    at = header.indexOf(start, end);
  }
  return token;
}

/** Whether a cookie's name starts here, rather than being the end of a longer name. */
function isNameStart(header: string, at: number): boolean {
  const before = header.slice(0, at).trimEnd();
  return before === '' || before.endsWith(';');
}
