import {
  CurfewError,
  type ErrorCode,
  type ErrorDetails,
  errorTable,
  type InputFault,
} from '../core/errors.ts';

/**
 * Turns an answer that is not a success into the error it stands for. A problem document (RFC 9457) of Curfew gives its
 * own code and details; anything else came from something between, or is not Curfew.
 * @param where the address asked, such as `GET http://127.0.0.1:2200/v1/sessions`; it holds no secret
 */
export function errorOfAnswer(
  status: number,
  body: unknown,
  where: string,
  retryAfter?: string | null,
): CurfewError {
  const problem = isObject(body) ? body : {};
  const { code, detail } = problem;
  if (isErrorCode(code)) {
    const message = typeof detail === 'string' && detail !== '' ? detail : `${errorTable[code].title}.`;
    return new CurfewError(code, message, detailsOf(problem, retryAfter));
  }
  if (status >= 300 && status < 400) {
    return new CurfewError(
      'unreachable',
      `${where} answered with a redirection; give the address it leads to instead.`,
    );
  }
  return new CurfewError(
    'unreachable',
    `${where} answered ${status} with something other than Curfew's API; check that the address is that of a Curfew server, and what stands between.`,
    { facts: { status } },
  );
}

/**
 * Turns what fetch threw into `unreachable`, saying the address, the cause and what to try.
 * @param origin scheme, host and port
 */
export function errorOfFetch(thrown: unknown, origin: string, timeoutMs: number): CurfewError {
  const code = causeCode(thrown);
  const options = { cause: thrown };
  const say = (message: string) =>
    new CurfewError('unreachable', message, code === undefined ? {} : { facts: { cause: code } }, options);
  if (code === 'TimeoutError' || code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT')
    return say(
      `${origin} did not answer within ${timeoutMs / 1000} seconds; check the address and the network, or allow more time.`,
    );
  if (code !== undefined && code in certificateFaults) return say(`${origin}: ${certificateFaults[code]}`);
  switch (code) {
    case 'ECONNREFUSED':
      return say(`Nothing listens at ${origin}. Is the server running there? Start it with: npm start`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return say(`The host name in ${origin} cannot be resolved; check the address.`);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return say(`There is no route to ${origin}; check the address and the network.`);
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return say(`${origin} does not speak TLS; try the address with http:// or the port for HTTPS.`);
    case 'UND_ERR_SOCKET':
    case 'ECONNRESET':
      return say(
        `${origin} closed the connection without an answer; if it is the port for HTTPS, write the address with https://.`,
      );
    default:
      return say(
        `${origin} cannot be reached${code === undefined ? '' : ` (${code})`}. Is the server running there? Start it with: npm start`,
      );
  }
}

const trust = 'trust its certificate with --ca FILE, or for a test accept any with --insecure.';
const certificateFaults: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `the certificate is self-signed; ${trust}`,
  SELF_SIGNED_CERT_IN_CHAIN: `the certificate comes from an authority that is not trusted here; ${trust}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `the certificate comes from an authority that is not trusted here; ${trust}`,
  UNABLE_TO_GET_ISSUER_CERT: `the certificate comes from an authority that is not trusted here; ${trust}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `the certificate comes from an authority that is not trusted here; ${trust}`,
  CERT_HAS_EXPIRED: 'the certificate has expired; renew it on the server.',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet; compare the clocks of both machines.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host name; use the name it was made for.',
};

function causeCode(thrown: unknown): string | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    if (error.name === 'TimeoutError') return error.name;
    if ('code' in error && typeof error.code === 'string') return error.code;
    // Both families of addresses were tried; the first failure stands for all.
    if (error instanceof AggregateError && error.errors.length > 0) return causeCode(error.errors[0]);
  }
  return undefined;
}

function detailsOf(problem: Readonly<Record<string, unknown>>, retryAfter?: string | null): ErrorDetails {
  const faults = Array.isArray(problem.faults) ? problem.faults.filter(isFault) : undefined;
  const facts = isObject(problem.facts) ? (problem.facts as NonNullable<ErrorDetails['facts']>) : undefined;
  const seconds = Number(retryAfter);
  return {
    ...(faults === undefined ? {} : { faults }),
    ...(facts === undefined ? {} : { facts }),
    ...(retryAfter && Number.isFinite(seconds) ? { retryAfterSeconds: seconds } : {}),
  };
}

function isFault(value: unknown): value is InputFault {
  return isObject(value) && typeof value.path === 'string' && typeof value.message === 'string';
}

function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorTable, value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
