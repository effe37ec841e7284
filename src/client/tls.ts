import { Agent, fetch as undiciFetch } from 'undici';
import type { Fetch } from './transport.ts';

/** How far to trust the server's certificate. */
export interface Trust {
  /** Certificates in PEM to trust instead of those of the system. */
  readonly ca?: string | undefined;
  /** Accept any certificate: for tests only, since whoever stands between can read everything. */
  readonly insecure?: boolean | undefined;
}

/**
 * A fetch that trusts as told; Node's own cannot be told. Only for Node, which is why it stands apart from the client.
 */
export function fetchTrusting({ ca, insecure }: Trust): Fetch {
  const dispatcher = new Agent({
    connect: {
      ...(ca === undefined ? {} : { ca }),
      ...(insecure === true ? { rejectUnauthorized: false } : {}),
    },
  });
  return async (url, init) => {
    const { signal, ...rest } = init;
    return undiciFetch(url, { ...rest, dispatcher, ...(signal === undefined ? {} : { signal }) });
  };
}
