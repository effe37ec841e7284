import { sessionTokenPrefix } from '../../core/tokens.ts';

/** The cookie that may carry a session's token. */
export const sessionCookie = 'curfew_session';

/**
 * The session token that a request presents, from the flat list of its headers as they came: of `Authorization: Bearer`
 * if that is a session's token, else of the cookie. When a request presents several different ones it is not known
 * which is meant, so the answer is a text that is no token.
 */
export function presentedToken(rawHeaders: readonly string[]): string | undefined {
  let bearer: string | undefined;
  let cookie: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    // Comparing lengths first spares the lower-case form of every other header.
    if (name.length === 13 && name.toLowerCase() === 'authorization') {
      const token = bearerToken(rawHeaders[index + 1] as string);
      if (token !== undefined) bearer = bearer === undefined || bearer === token ? token : ambiguous;
    } else if (name.length === 6 && name.toLowerCase() === 'cookie') {
      cookie = cookieToken(rawHeaders[index + 1] as string, cookie);
    }
  }
  // An application's own bearer token is no session's: then the cookie says who it is.
  if (bearer !== undefined && (cookie === undefined || bearer.startsWith(sessionTokenPrefix))) return bearer;
  return cookie;
}

const ambiguous = 'several';

/** The token of `Authorization: Bearer ...`, or undefined for another scheme. RFC 6750 section 2.1. */
export function bearerToken(authorization: string): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization)?.[1];
}

function cookieToken(header: string, found: string | undefined): string | undefined {
  let token = found;
  let at = header.indexOf(`${sessionCookie}=`);
  while (at >= 0) {
    const start = at + sessionCookie.length + 1;
    const semicolon = header.indexOf(';', start);
    const end = semicolon < 0 ? header.length : semicolon;
    if (isNameStart(header, at)) {
      const value = header.slice(start, end).trim();
      if (value !== '') token = token === undefined || token === value ? value : ambiguous;
    }
    at = header.indexOf(`${sessionCookie}=`, end);
  }
  return token;
}

/** Whether a cookie's name starts here, rather than being the end of a longer name. */
function isNameStart(header: string, at: number): boolean {
  const before = header.slice(0, at).trimEnd();
  return before === '' || before.endsWith(';');
}
