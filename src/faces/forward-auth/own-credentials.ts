import { sessionTokenPrefix } from '../../core/tokens.ts';
import { bearerToken, sessionCookies } from '../http/presented-token.ts';

/** What an application is to be sent of the credentials of a request. */
export interface ApplicationCredentials {
  /** Headers to send, names and values in turn. */
  readonly send: readonly string[];
  /** Headers to take out, since nothing is left of them. */
  readonly remove: readonly string[];
}

/**
 * The cookies and the authorization of a request without the token, which is for Curfew alone: whoever reads the
 * application's memory or log must not find it.
 */
export function applicationCredentials(headers: readonly string[]): ApplicationCredentials {
  const cookies: string[] = [];
  const authorizations: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    const value = headers[index + 1] as string;
    if (name.length === 6 && name.toLowerCase() === 'cookie') {
      for (const part of value.split(';')) if (isForeignCookie(part.trim())) cookies.push(part.trim());
    } else if (name.length === 13 && name.toLowerCase() === 'authorization' && !isOwnToken(value)) {
      authorizations.push(value);
    }
  }
  const send: string[] = [];
  const remove: string[] = [];
  if (cookies.length > 0) send.push('Cookie', cookies.join('; '));
  else remove.push('Cookie');
  // Several could be read in more than one way, so then none is sent.
  if (authorizations.length === 1) send.push('Authorization', authorizations[0] as string);
  else remove.push('Authorization');
  return { send, remove };
}

function isForeignCookie(pair: string): boolean {
  return pair !== '' && !sessionCookies.includes(pair.split('=', 1)[0]?.trim() ?? '');
}

function isOwnToken(authorization: string): boolean {
  return bearerToken(authorization)?.startsWith(sessionTokenPrefix) === true;
}
