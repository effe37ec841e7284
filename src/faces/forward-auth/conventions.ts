import type { Answer } from './answer.ts';
import type { OriginalRequest, ReadOriginal } from './original-request.ts';
import { readForwarded, readOriginalUrl, readPrefixed } from './original-request.ts';
import { applicationCredentials } from './own-credentials.ts';

/** How one kind of proxy asks, and wants its answer. */
export interface Convention {
  /** Below which path it asks. */
  readonly path: string;
  /** Whether the original path follows behind that path. */
  readonly hasPathBehind?: true;
  readonly read: ReadOriginal;
  /** Puts an answer into the form that the proxy understands. */
  readonly shape: (
    answer: Answer,
    original: OriginalRequest,
  ) => Pick<Answer, 'headers' | 'body'> & { status: number };
}

const asItIs: Convention['shape'] = (answer) => answer;

/** nginx lets a subrequest say 200, 401 or 403 and takes all else for a failure, so a redirect is 401 with its `Location`. */
const redirectsAs401: Convention['shape'] = (answer) =>
  answer.status === 302 ? { ...answer, status: 401 } : answer;

/** Traefik replaces every header that it is told to copy, so the credentials without our token go back with the answer. */
const withCredentials: Convention['shape'] = (answer, { headers }) =>
  answer.status === 200
    ? { ...answer, headers: [...answer.headers, ...applicationCredentials(headers).send] }
    : answer;

/** Envoy overwrites with what comes back, and takes out what this header lists. */
const withRemovals: Convention['shape'] = (answer, { headers }) => {
  if (answer.status !== 200) return answer;
  const { send, remove } = applicationCredentials(headers);
  const all = [...emptyHeaders(answer.headers), ...remove];
  return {
    ...answer,
    headers: [...answer.headers, ...send, 'X-Envoy-Auth-Headers-To-Remove', all.join(',').toLowerCase()],
  };
};

/** The names of headers without a value. */
export function emptyHeaders(headers: readonly string[]): string[] {
  return headers.filter((_name, index) => index % 2 === 0 && headers[index + 1] === '');
}

const envoyPath = '/forward-auth/envoy';

/** Every way to ask over HTTP. */
export const conventions: readonly Convention[] = [
  { path: '/forward-auth/nginx', read: readOriginalUrl, shape: redirectsAs401 },
  { path: '/forward-auth/traefik', read: readForwarded, shape: withCredentials },
  { path: '/forward-auth/caddy', read: readForwarded, shape: asItIs },
  { path: '/forward-auth/haproxy', read: readForwarded, shape: asItIs },
  { path: envoyPath, hasPathBehind: true, read: readPrefixed(envoyPath), shape: withRemovals },
];
