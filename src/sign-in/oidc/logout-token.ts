import { decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../../core/clock.ts';
import { CurfewError } from '../../core/errors.ts';
import { clockToleranceSeconds, type KnownIssuer } from './issuer.ts';
import { signatureAlgorithms } from './signature-algorithms.ts';

/** What a logout token says: whose sessions end, and which token it was. */
export interface LogoutToken {
  readonly subject: string | undefined;
  readonly sid: string | undefined;
  /** The issuer's own id of the token. */
  readonly id: string;
  /** Epoch milliseconds from which the token would be refused as too old anyway. */
  readonly endsAt: number;
}

/** The member of `events` by which a token is one of logout (OpenID Connect Back-Channel Logout 1.0 section 2.4). */
const event = 'http://schemas.openid.net/event/backchannel-logout';
/** An issuer sends the token at once; an older one has lain about. */
const mostAgeSeconds = 300;

export interface LogoutTokenOptions {
  readonly issuer: KnownIssuer;
  readonly clientId: string;
  readonly clock: Clock;
}

/**
 * Reads a logout token by the steps of OpenID Connect Back-Channel Logout 1.0 section 2.6. That it has not come before
 * is for the caller to see to, by its id.
 * @throws CurfewError `sign_in_refused` naming the step that fails, `provider_unavailable` when its keys cannot be read
 */
export async function readLogoutToken(
  token: string,
  { issuer, clientId, clock }: LogoutTokenOptions,
): Promise<LogoutToken> {
  const payload = await verified(token, { issuer, clientId, clock });
  const { sub, sid, jti, iat, exp } = payload;
  const isSubject = sub === undefined || typeof sub === 'string';
  const isSid = sid === undefined || typeof sid === 'string';
  if (!isSubject || !isSid) throw refused('its sub or sid is no text');
  if ((sub ?? '') === '' && (sid ?? '') === '') throw refused('it has neither sub nor sid');
  const events = payload.events;
  const said = typeof events === 'object' && events !== null && Object.hasOwn(events, event);
  const value: unknown = said ? (events as Record<string, unknown>)[event] : undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refused(`its events do not hold ${event}`);
  // What distinguishes it from an ID token, which a browser may have got hold of.
  if (payload.nonce !== undefined) throw refused('it has a nonce, as only an ID token may');
  if (typeof jti !== 'string' || jti === '') throw refused('it has no jti');
  const oldest = ((iat as number) + mostAgeSeconds + clockToleranceSeconds) * 1000;
  return {
    subject: sub === '' ? undefined : sub,
    sid: sid === '' ? undefined : (sid as string | undefined),
    id: jti,
    endsAt: Math.min(oldest, ((exp as number) + clockToleranceSeconds) * 1000),
  };
}

async function verified(
  token: string,
  { issuer, clientId, clock }: LogoutTokenOptions,
): Promise<JWTPayload & Readonly<Record<string, unknown>>> {
  const now = clock.now();
  try {
    const { typ } = decodeProtectedHeader(token);
    // Some issuers still send no type, or that of any JWT; a token of another purpose says so.
    if (typ !== undefined && !/^(application\/)?(logout\+jwt|jwt)$/i.test(typ)) {
      throw refused('its typ is that of another kind of token');
    }
    const { payload } = await jwtVerify(token, issuer.keys, {
      issuer: issuer.name,
      audience: clientId,
      algorithms: signatureAlgorithms,
      requiredClaims: ['iat', 'exp', 'jti'],
      maxTokenAge: mostAgeSeconds,
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(now),
    });
    return payload;
  } catch (error) {
    if (error instanceof CurfewError) throw error;
    const { cause, message } = error as Error;
    if (cause instanceof CurfewError) throw cause;
    throw new CurfewError(
      'sign_in_refused',
      `The logout token is refused: ${message}.`,
      {},
      { cause: error },
    );
  }
}

function refused(reason: string): CurfewError {
  return new CurfewError('sign_in_refused', `The logout token is refused: ${reason}.`);
}
