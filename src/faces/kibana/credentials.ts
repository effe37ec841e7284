import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../access/caller.ts';
import { CurfewError } from '../../core/errors.ts';
import { isKeySecret } from '../../core/tokens.ts';
import type { StoredSession } from '../../session/store.ts';
import { credentialsOf } from '../http/credentials.ts';
import { Refusal } from './answer.ts';
import { clearCookie, sessionCookies } from './cookies.ts';
import type { KibanaParts } from './routes.ts';

/** Who calls, and the session they came with when they came with its cookie. */
export interface KibanaCaller {
  readonly caller: Caller;
  /** Set for a session cookie only: a call by Basic, ApiKey or Bearer has no session. */
  readonly session?: StoredSession;
}

/**
 * Who calls: by Basic, by ApiKey with a key of ours, by Bearer, or by the session cookie.
 * @throws Refusal 401, for a cookie whose session is gone with the reason and with the cookie taken back
 */
export async function authenticate(
  request: IncomingMessage,
  parts: KibanaParts,
  from: string | undefined,
): Promise<KibanaCaller> {
  const { services, realm } = parts;
  const presented = { ip: from, realm };
  const apiKey = /^apikey +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  try {
    if (apiKey !== undefined) {
      return { caller: await services.access.authenticateBearer(keySecretOf(apiKey), presented) };
    }
    const credentials = credentialsOf(request);
    if (credentials.kind === 'basic') {
      const { username, password } = credentials;
      return { caller: await services.access.authenticateBasic(username, password, presented) };
    }
    if (credentials.kind === 'bearer') {
      return { caller: await services.access.authenticateBearer(credentials.token, presented) };
    }
  } catch (error) {
    if (error instanceof CurfewError && error.code === 'unauthenticated') {
      throw new Refusal(401, `[security_exception]: unable to authenticate: ${error.message}`, {
        headers: {
          'www-authenticate': 'Basic realm="security" charset="UTF-8", Bearer realm="security", ApiKey',
        },
      });
    }
    throw error;
  }
  return byCookie(request, parts, from);
}

async function byCookie(
  request: IncomingMessage,
  { services, realm, cookieName }: KibanaParts,
  from: string | undefined,
): Promise<KibanaCaller> {
  const [token, ...others] = sessionCookies(request, cookieName);
  if (token === undefined || others.length > 0) throw new Refusal(401, 'Unauthorized');
  // A page that refreshes itself must not keep its session alive.
  const touch = request.headers['kbn-system-request'] !== 'true';
  await services.registry.catchUp();
  const verdict = await services.registry.check(token, { ip: from, realm, touch });
  if (!verdict.live) {
    throw new Refusal(401, 'Unauthorized', {
      headers: {
        'kbn-session-error-reason': errorReason(verdict.reason),
        'set-cookie': clearCookie(request, cookieName),
      },
    });
  }
  return { caller: services.access.callerOfSession(verdict.session), session: verdict.session };
}

function errorReason(reason: string): string {
  switch (reason) {
    case 'idle':
      return 'SESSION_IDLE_TIMEOUT';
    case 'expired':
      return 'SESSION_LIFESPAN_TIMEOUT';
    case 'displaced':
      return 'CONCURRENCY_LIMIT';
    default:
      return 'UNEXPECTED_SESSION_ERROR';
  }
}

/** A key of ours as it is, or in the form `base64(id:secret)` that Elastic's tools make of a key and its id. */
function keySecretOf(text: string): string {
  if (isKeySecret(text)) return text;
  const decoded = Buffer.from(text, 'base64').toString('utf8');
  return decoded.slice(decoded.indexOf(':') + 1);
}
