import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { CurfewError, type ErrorCode } from '../../core/errors.ts';

/** Answers of the token endpoint that speak of the user's sign-in and not of Curfew's own settings. */
const refusals: ReadonlySet<string> = new Set(['invalid_grant', 'access_denied']);

/**
 * Whatever a library threw, as an error that may be shown: what was tried, and what the issuer or the check said. Texts
 * of an issuer are shown only where they are one of its error codes.
 * @param otherwise the code when nothing tells whether the issuer is down or its answer is wrong
 */
export function toProviderError(thrown: unknown, what: string, otherwise: ErrorCode): CurfewError {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    if (error instanceof CurfewError) return error;
    if (error instanceof AuthorizationResponseError) {
      return failure('sign_in_refused', `${what}: the issuer says ${codeOf(error.error)}`, thrown);
    }
    if (error instanceof ResponseBodyError) {
      const code = refusals.has(error.error) ? 'sign_in_refused' : 'provider_unavailable';
      return failure(code, `${what}: the issuer says ${codeOf(error.error)}`, thrown);
    }
  }
  const reason = thrown instanceof Error ? reasonOf(thrown) : 'something unexpected was thrown';
  return failure(isTimeout(thrown) ? 'provider_unavailable' : otherwise, `${what}: ${reason}`, thrown);
}

function failure(code: ErrorCode, message: string, cause: unknown): CurfewError {
  return new CurfewError(code, `${message}.`, {}, { cause });
}

/** A library says in general what went wrong and leaves the particular to the cause. */
function reasonOf(error: Error): string {
  const { cause } = error;
  const inner = cause instanceof Error && cause.message !== error.message ? ` (${cause.message})` : '';
  return `${error.message}${inner}`;
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof ClientError && (thrown.code === 'OAUTH_TIMEOUT' || thrown.code === 'OAUTH_ABORT');
}

/** RFC 6749 section 4.1.2.1: printable ASCII without the quotation mark and the backslash. */
function codeOf(code: string): string {
  return /^[\w.-]{1,64}$/.test(code) ? code : 'an error without a proper code';
}
