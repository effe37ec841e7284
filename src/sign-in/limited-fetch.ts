import { Agent, fetch as undiciFetch } from 'undici';
import { CurfewError } from '../core/errors.ts';

/** What holds for the requests to one provider. */
export interface FetchLimits {
  /** How long a whole exchange may take; 10 s unless said otherwise. */
  readonly timeoutMs?: number | undefined;
  /** The longest body that is read; 1 MiB unless said otherwise. */
  readonly mostBytes?: number | undefined;
  /** Certificates in PEM that are trusted instead of those of the system. */
  readonly ca?: string | undefined;
}

/** A `fetch` within limits, and the end of its connections. */
export interface Fetcher {
  readonly fetch: typeof globalThis.fetch;
  close(): Promise<void>;
}

export type LimitedFetch = (limits?: FetchLimits) => Fetcher;

const defaultTimeoutMs = 10_000;
const defaultMostBytes = 1024 * 1024;

/**
 * A `fetch` for what a provider answers. It gives up in time, reads no more than a limit, and follows no redirect, so
 * that a provider cannot make Curfew ask elsewhere. It keeps connections of its own, so that trusting a certificate
 * authority here trusts it nowhere else.
 */
export const limitedFetch: LimitedFetch = ({
  timeoutMs = defaultTimeoutMs,
  mostBytes = defaultMostBytes,
  ca,
} = {}) => {
  const dispatcher = new Agent({
    connect: { timeout: timeoutMs, ...(ca === undefined ? {} : { ca }) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: mostBytes,
  });
  const limited = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = init.signal == null ? timeout : AbortSignal.any([init.signal, timeout]);
    try {
      const response = await undiciFetch(input as string | URL, {
        ...(init as object),
        redirect: init.redirect === 'error' ? 'error' : 'manual',
        signal,
        dispatcher,
      });
      // Read whole, so that the limits also hold for the body, whoever reads it and whenever.
      const body = await response.arrayBuffer();
      const hasBody = ![101, 204, 205, 304].includes(response.status);
      return new Response(hasBody ? body : null, {
        status: response.status,
        statusText: response.statusText,
        headers: [...response.headers],
      });
    } catch (error) {
      throw unreachable(input, error);
    }
  };
  return { fetch: limited, close: () => dispatcher.close() };
};

function unreachable(input: string | URL | Request, error: unknown): CurfewError {
  const url = new URL(input instanceof Request ? input.url : input);
  const { name, message, cause } = error as Error;
  const reason =
    name === 'TimeoutError' ? 'it took too long' : cause instanceof Error ? cause.message : message;
  // The query may hold something secret, so only the place is named.
  return new CurfewError(
    'provider_unavailable',
    `${url.origin}${url.pathname} cannot be asked: ${reason}.`,
    {},
    { cause: error },
  );
}
