import type { IncomingMessage } from 'node:http';

/**
 * The session cookies of a request, each value once. Several different ones mean that nobody knows which is meant, and
 * count as none.
 */
export function sessionCookies(request: IncomingMessage, name: string): string[] {
  const values = (request.headers.cookie ?? '').split(';').flatMap((pair) => {
    const equals = pair.indexOf('=');
    if (equals < 0 || pair.slice(0, equals).trim() !== name) return [];
    return [
      pair
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1'),
    ];
  });
  return [...new Set(values.filter((value) => value !== ''))];
}

/** The header that sets the session cookie. */
export function setCookie(request: IncomingMessage, name: string, token: string): string {
  return `${name}=${token}; ${attributes(request)}`;
}

/** The header that makes the browser forget the session cookie. */
export function clearCookie(request: IncomingMessage, name: string): string {
  return `${name}=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; ${attributes(request)}`;
}

function attributes(request: IncomingMessage): string {
  const encrypted = 'encrypted' in request.socket && request.socket.encrypted === true;
  return `${encrypted ? 'Secure; ' : ''}HttpOnly; SameSite=Lax; Path=/`;
}
