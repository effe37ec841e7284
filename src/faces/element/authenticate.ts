import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../access/caller.ts';
import { CurfewError } from '../../core/errors.ts';
import type { FaceParts } from '../face.ts';
import { credentialsOf } from '../http/credentials.ts';
import type { HttpRefusal } from './answer.ts';

/**
 * Who calls, by Basic or Bearer on this very request; no cookie is looked at.
 * @throws CurfewError `unauthenticated`, `locked_out`, `rate_limited`, `store_unavailable`
 */
export async function authenticate(
  request: IncomingMessage,
  { services, realm, addressOf }: FaceParts,
): Promise<Caller> {
  const credentials = credentialsOf(request);
  const presented = { ip: addressOf(request), realm };
  switch (credentials.kind) {
    case 'basic':
      return services.access.authenticateBasic(credentials.username, credentials.password, presented);
    case 'bearer':
      return services.access.authenticateBearer(credentials.token, presented);
    default:
      throw new CurfewError('unauthenticated', 'Send the name and password of an administrator by Basic.');
  }
}

/**
 * Whether another site made a browser send this. Browsers send a password that they remember along with any request, and
 * here a link is enough to terminate; they also say where a request comes from, and programs say nothing.
 */
export function isFromAnotherSite({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin, host } = headers;
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);
}

/** What a caller is told who could not be authenticated; undefined for an error of another kind. */
export function refusalOf({ code, message, details }: CurfewError): HttpRefusal | undefined {
  const retry =
    details.retryAfterSeconds === undefined
      ? {}
      : { 'retry-after': String(Math.ceil(details.retryAfterSeconds)) };
  switch (code) {
    case 'unauthenticated':
    case 'locked_out':
      return {
        status: 401,
        title: '401 Unauthorized.',
        detail: message,
        headers: { 'www-authenticate': 'Basic realm="Element", charset="UTF-8"', ...retry },
      };
    case 'rate_limited':
    case 'store_unavailable':
    case 'store_full':
      return {
        status: 503,
        title: '503 Service Unavailable',
        detail: message,
        headers: { 'retry-after': '5', ...retry },
      };
    default:
      return undefined;
  }
}
