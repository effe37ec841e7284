/**
 * One table of errors for the whole product. A face turns a key into its own form; nothing else decides a status.
 *
 * `http` is the status of the native API, `element` the name on NetApp Element's JSON-RPC wire, `ibm` the status
 * number of IBM's tools (component base + message number), `exit` the exit code of the command line.
 */
export const errorTable = {
  invalid_input: {
    http: 400,
    element: 'xInvalidParameter',
    ibm: 0x38c58139,
    exit: 2,
    title: 'The request is not valid',
  },
  unauthenticated: {
    http: 401,
    element: 'xUnauthenticated',
    ibm: 0x38c5812f,
    exit: 3,
    title: 'The caller is not known',
  },
  locked_out: {
    http: 429,
    element: 'xPermissionDenied',
    ibm: 0x38c5812f,
    exit: 3,
    title: 'Too many failed attempts',
  },
  forbidden: {
    http: 403,
    element: 'xPermissionDenied',
    ibm: 0x38c5812f,
    exit: 4,
    title: 'The caller may not do this',
  },
  not_found: {
    http: 404,
    element: 'xDBNoSuchPath',
    ibm: 0x14c012f2,
    exit: 5,
    title: 'There is no such thing',
  },
  session_not_found: {
    http: 404,
    element: 'xAuthSessionDoesNotExist',
    ibm: 0x38c58138,
    exit: 5,
    title: 'There is no such session',
  },
  session_ended: {
    http: 409,
    element: 'xAuthSessionDoesNotExist',
    ibm: 0x38c58138,
    exit: 6,
    title: 'The session has ended',
  },
  realm_unknown: {
    http: 404,
    element: 'xInvalidParameter',
    ibm: 0x38c58132,
    exit: 5,
    title: 'The realm is not known',
  },
  conflict: {
    http: 409,
    element: 'xDuplicateUsername',
    ibm: 0x38c58131,
    exit: 6,
    title: 'It exists already',
  },
  changed_meanwhile: {
    http: 409,
    element: 'xDBVersionMismatch',
    ibm: 0x38c58135,
    exit: 6,
    title: 'It was changed meanwhile',
  },
  expectation_failed: {
    http: 412,
    element: 'xInvalidParameter',
    ibm: 0x38c58139,
    exit: 7,
    title: 'More sessions match than were expected',
  },
  revoked_during_sign_in: {
    http: 409,
    element: 'xPermissionDenied',
    ibm: 0x38c58138,
    exit: 8,
    title: 'The sign-in was revoked while it was under way',
  },
  sign_in_too_old: {
    http: 409,
    element: 'xPermissionDenied',
    ibm: 0x38c58138,
    exit: 8,
    title: 'The sign-in is stale',
  },
  epoch_unknown: {
    http: 409,
    element: 'xPermissionDenied',
    ibm: 0x38c58138,
    exit: 8,
    title: 'The sign-in began at an entry that the ledger does not hold',
  },
  session_limit_reached: {
    http: 409,
    element: 'xExceededLimit',
    ibm: 0x38c58130,
    exit: 8,
    title: 'The user has as many sessions as the policy allows',
  },
  idempotency_key_reused: {
    http: 422,
    element: 'xInvalidParameter',
    ibm: 0x38c58139,
    exit: 2,
    title: 'The idempotency key was used for another request',
  },
  too_large: {
    http: 413,
    element: 'xInvalidParameter',
    ibm: 0x38c58139,
    exit: 2,
    title: 'The request is too large',
  },
  rate_limited: {
    http: 429,
    element: 'xDBOperationTimeout',
    ibm: 0x38c5812f,
    exit: 9,
    title: 'Too many requests',
  },
  store_full: {
    http: 507,
    element: 'xDBOperationTimeout',
    ibm: 0x38c5812d,
    exit: 10,
    title: 'The store has no room left',
  },
  sign_in_refused: {
    http: 401,
    element: 'xUnauthenticated',
    ibm: 0x38c5812f,
    exit: 3,
    title: 'The sign-in is refused',
  },
  provider_unavailable: {
    http: 503,
    element: 'xDBConnectionLoss',
    ibm: 0x38c5812d,
    exit: 10,
    title: 'The identity provider cannot be asked',
  },
  store_unavailable: {
    http: 503,
    element: 'xDBConnectionLoss',
    ibm: 0x38c5812d,
    exit: 10,
    title: 'The store cannot be read or written',
  },
  data_in_use: {
    http: 503,
    element: 'xDBConnectionLoss',
    ibm: 0x38c5812d,
    exit: 11,
    title: 'The data is in use',
  },
  ledger_broken: {
    http: 500,
    element: 'xDBConnectionLoss',
    ibm: 0x38c5812d,
    exit: 12,
    title: 'The ledger does not verify',
  },
  config_invalid: {
    http: 500,
    element: 'xInvalidParameter',
    ibm: 0x38c5812d,
    exit: 2,
    title: 'The configuration is not valid',
  },
  unreachable: {
    http: 502,
    element: 'xDBConnectionLoss',
    ibm: 0x38c5812d,
    exit: 10,
    title: 'The server cannot be reached',
  },
  internal: {
    http: 500,
    element: 'xUnknown',
    ibm: 0x38c5812d,
    exit: 1,
    title: 'Something went wrong inside Curfew',
  },
} as const satisfies Record<string, ErrorRow>;

/** What every face needs to know of one kind of error. */
export interface ErrorRow {
  http: number;
  element: string;
  ibm: number;
  exit: number;
  title: string;
}

/** The closed set of stable error codes, as they appear in problems, logs and documents. */
export type ErrorCode = keyof typeof errorTable;

/** One place in the input that is wrong: a path such as `selector.ip` and what is expected there. */
export interface InputFault {
  path: string;
  message: string;
}

/** What an error may carry beside its message; everything here may be shown to the caller. */
export interface ErrorDetails {
  faults?: readonly InputFault[];
  retryAfterSeconds?: number;
  /** Machine-readable facts, such as `{ matched: 12, expected: 3 }`. Never a secret. */
  facts?: Readonly<Record<string, string | number | boolean | null>>;
}

/**
 * The only error that crosses a layer on purpose. `message` is written for a person: what is wrong, where, and what
 * to do. It is shown to the caller as it stands, so it never holds a secret.
 */
export class CurfewError extends Error {
  override readonly name = 'CurfewError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/** Gives any thrown value as a CurfewError; what was not thrown on purpose becomes `internal` with the cause kept. */
export function toCurfewError(thrown: unknown): CurfewError {
  if (thrown instanceof CurfewError) return thrown;
  return new CurfewError(
    'internal',
    'An unexpected error occurred; the log of the server has the details.',
    {},
    {
      cause: thrown,
    },
  );
}
