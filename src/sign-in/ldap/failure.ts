import { ResultCodeError } from 'ldapts';
import { CurfewError } from '../../core/errors.ts';

/** Codes of results, RFC 4511 appendix A. */
const code = {
  operationsError: 1,
  sizeLimitExceeded: 4,
  strongerAuthRequired: 8,
  referral: 10,
  adminLimitExceeded: 11,
  confidentialityRequired: 13,
  constraintViolation: 19,
  noSuchObject: 32,
  invalidDnSyntax: 34,
  inappropriateAuthentication: 48,
  invalidCredentials: 49,
  insufficientAccess: 50,
  unwillingToPerform: 53,
} as const;

/** The results of a bind that say no to the user, for whatever reason; every other one is a failure of the server. */
const refusals: readonly number[] = [
  // Not followed: whoever can make the directory refer elsewhere would be sent the password.
  code.referral,
  code.constraintViolation,
  code.noSuchObject,
  code.invalidDnSyntax,
  code.inappropriateAuthentication,
  code.invalidCredentials,
  code.insufficientAccess,
  code.unwillingToPerform,
];

/** Whether a bind failed because of who asked, so that no other server would answer otherwise. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ResultCodeError && refusals.includes(error.code);
}

export function isNoSuchObject(error: unknown): boolean {
  return error instanceof ResultCodeError && error.code === code.noSuchObject;
}

/** Whether a server gives only a part of what was found. */
export function isCutOff(error: unknown): boolean {
  const limits: readonly number[] = [code.sizeLimitExceeded, code.adminLimitExceeded];
  return error instanceof ResultCodeError && limits.includes(error.code);
}

/** A server that cannot be asked, as opposed to an answer that says no: another server may do better. */
export class ServerFailure extends Error {
  override readonly name = 'ServerFailure';
  /** Whether the connection ended in the midst of it, as one does that was kept for too long. */
  readonly isBroken: boolean;

  constructor(reason: string, { cause, isBroken = false }: { cause?: unknown; isBroken?: boolean } = {}) {
    super(reason, { cause });
    this.isBroken = isBroken;
  }
}

/**
 * Why a server cannot be asked, in words for whoever runs Curfew. Nothing that a user typed is in it: the library puts
 * none of it into its errors, and what the server says is left out.
 */
export function failureOf(error: unknown, doing: string): ServerFailure | CurfewError {
  if (error instanceof ServerFailure || error instanceof CurfewError) return error;
  const isBroken = !(error instanceof ResultCodeError) && breaks.test((error as Error).message);
  return new ServerFailure(`${doing}: ${isBroken ? 'the connection broke' : reasonOf(error)}`, {
    cause: error,
    isBroken,
  });
}

/** How the library says that a connection has ended; it has no codes for it. */
const breaks = /^(Socket error|Connection closed|Socket connection)/;

function reasonOf(error: unknown): string {
  if (error instanceof ResultCodeError) {
    switch (error.code) {
      case code.invalidCredentials:
        return 'the server refuses the password of bindDn, or does not know the account';
      case code.operationsError:
      case code.insufficientAccess:
        return 'the account has no right to it; give bindDn and bindPassword, or the account the right';
      case code.strongerAuthRequired:
      case code.confidentialityRequired:
        return 'the server asks for an encrypted connection; use ldaps:// or startTls';
      case code.referral:
        return 'the server refers to another one, which is not followed; name that server in servers';
      default:
        return `the server answers with result ${error.code}`;
    }
  }
  const { message, code: systemCode } = error as NodeJS.ErrnoException;
  if (/timed? ?out/i.test(message)) return 'the server took too long';
  return message === '' ? (systemCode ?? 'unknown') : message;
}
