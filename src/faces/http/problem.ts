import { type CurfewError, errorTable } from '../../core/errors.ts';

/** An error as an HTTP answer: RFC 9457. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export const problemType = 'application/problem+json';

/** What a caller without valid credentials is told: both ways there are. RFC 7617 section 2, RFC 6750 section 3. */
export const challenges = 'Basic realm="curfew", charset="UTF-8", Bearer realm="curfew"';
/** What the console is told: for Basic a browser would ask for a name and password by itself, before the page learns of it. */
const pageChallenge = 'Bearer realm="curfew"';

/**
 * The problem of an error. `status` overrides that of the table, for what HTTP itself has a status for, such as 405.
 * Members beyond those of the RFC: `code`, stable and for programs; `faults`, by path; and the facts of the error.
 */
export function problemOf(
  error: CurfewError,
  status: number = errorTable[error.code].http,
  asker: 'program' | 'page' = 'program',
): Problem {
  const { code, message, details } = error;
  const { title } = errorTable[code];
  return {
    status,
    headers: {
      ...(status === 401 ? { 'www-authenticate': asker === 'page' ? pageChallenge : challenges } : {}),
      ...(details.retryAfterSeconds === undefined
        ? {}
        : { 'retry-after': String(Math.ceil(details.retryAfterSeconds)) }),
    },
    body: {
      type: `urn:curfew:error:${code}`,
      title,
      status,
      detail: message,
      code,
      ...(details.faults === undefined ? {} : { faults: details.faults }),
      ...(details.facts === undefined ? {} : { facts: details.facts }),
    },
  };
}
