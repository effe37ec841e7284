import type { IncomingMessage, ServerResponse } from 'node:http';
import { CurfewError } from '../../core/errors.ts';
import { verdictForm } from '../../operations/verdict-form.ts';
import type { CheckOptions, Registry, Verdict } from '../../session/registry.ts';
import { endReasons } from '../../session/session.ts';
import type { StoredSession } from '../../session/store.ts';
import type { ClientAddress } from './client-address.ts';
import { deadlineText } from './deadline-text.ts';
import { headerList, headerPair, headerText } from './header-text.ts';
import { LiveHeaders } from './live-headers.ts';
import type { ReadToken } from './presented-token.ts';
import { problemOf, problemType } from './problem.ts';

/** `GET /v1/check`: is the session of this token alive? Asked by a proxy on every request, so this is the hot path. */
export const checkPath = '/v1/check';

export const deadReasons = ['missing', 'unknown', ...endReasons] as const;
export type DeadReason = (typeof deadReasons)[number];

/** How many checks there were by answer, since the start; read when metrics are asked for. */
export type CheckCounts = Record<'live' | DeadReason | 'failed', number>;

export interface CheckFace {
  /** Answers a request for `checkPath`. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  readonly counts: Readonly<CheckCounts>;
}

export interface CheckFaceOptions {
  readonly registry: Pick<Registry, 'check'>;
  readonly addressOf: ClientAddress;
  /** Told when a check could not be answered. */
  readonly readToken: ReadToken;
  readonly onFailure: (error: unknown) => void;
}

/** Whether a request is one for this face, to be asked before any routing. */
export function isCheck(url: string): boolean {
  return url.startsWith(checkPath) && (url.length === checkPath.length || url[checkPath.length] === '?');
}

/**
 * The face of `GET /v1/check`. There is no schema library, no log line and no event on the way, and no promise either
 * where the store answers at once.
 */
export function createCheckFace({ registry, addressOf, readToken, onFailure }: CheckFaceOptions): CheckFace {
  const liveHeaders = new LiveHeaders(headersOf);
  const counts: CheckCounts = {
    live: 0,
    missing: 0,
    unknown: 0,
    revoked: 0,
    logged_out: 0,
    idle: 0,
    expired: 0,
    displaced: 0,
    failed: 0,
  };

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = '' } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      sendFixed(response, wrongMethod);
      return;
    }
    const options = new RequestOptions(request, addressOf);
    if (url.length > checkPath.length && !readQuery(url, options)) {
      sendFixed(response, wrongQuery);
      return;
    }
    try {
      const verdict = registry.check(readToken(request.rawHeaders), options);
      if (verdict instanceof Promise) {
        verdict.then((settled) => answer(request, response, settled)).catch((error) => fail(response, error));
      } else answer(request, response, verdict);
    } catch (error) {
      fail(response, error);
    }
  }

  function answer(request: IncomingMessage, response: ServerResponse, verdict: Verdict): void {
    if (verdict.live) {
      counts.live++;
      sendLive(response, liveHeaders, verdict, wantsJson(request.rawHeaders));
    } else {
      counts[verdict.reason]++;
      sendFixed(response, refusals[verdict.reason]);
    }
  }

  /** What cannot be known lets nobody in (P5). */
  function fail(response: ServerResponse, error: unknown): void {
    counts.failed++;
    onFailure(error);
    if (!response.headersSent) sendFixed(response, unavailable);
    else response.destroy();
  }

  return { handle, counts };
}

/** The options of one check; plain fields, since private ones cost time for each request. */
class RequestOptions implements CheckOptions {
  touch: boolean;
  realm: string | undefined;
  private readonly request: IncomingMessage;
  private readonly addressOf: ClientAddress;

  constructor(request: IncomingMessage, addressOf: ClientAddress) {
    this.touch = true;
    this.realm = undefined;
    this.request = request;
    this.addressOf = addressOf;
  }

  /** Only refused uses are recorded with an address, so only then is it looked for. */
  get ip(): string | undefined {
    return this.addressOf(this.request);
  }
}

/**
 * Reads `?touch=0&realm=x`. False for anything else: a misspelt `realm` that was skipped would let in the sessions of
 * every realm.
 */
function readQuery(url: string, options: { touch: boolean; realm: string | undefined }): boolean {
  const parameters = new URLSearchParams(url.slice(checkPath.length + 1));
  let seen = '';
  for (const [name, value] of parameters) {
    if (seen.includes(`${name};`)) return false;
    seen += `${name};`;
    if (name === 'touch' && (value === '0' || value === '1')) options.touch = value === '1';
    else if (name === 'realm' && value !== '') options.realm = value;
    else return false;
  }
  return true;
}

function sendLive(
  response: ServerResponse,
  liveHeaders: LiveHeaders,
  verdict: Extract<Verdict, { live: true }>,
  asJson: boolean,
): void {
  const { session, deadline } = verdict;
  const headers = liveHeaders.of(session).slice();
  if (deadline !== null) headers.push('Session-Expires', deadlineText(deadline));
  if (!asJson) {
    headers.push('Content-Length', '0');
    response.writeHead(200, headers);
    response.end();
    return;
  }
  const body = JSON.stringify(verdictForm(verdict));
  headers.push(
    'Content-Type',
    'application/json; charset=utf-8',
    'Content-Length',
    String(Buffer.byteLength(body)),
  );
  response.writeHead(200, headers);
  response.end(body);
}

/** The flat list of headers that say who a session is, as `writeHead` takes it. */
function headersOf(session: StoredSession): string[] {
  return [
    'Remote-User',
    headerText(session.username),
    'Remote-Groups',
    headerList(session.accessGroups),
    'Remote-Realm',
    headerText(session.realm),
    'Remote-Provider',
    headerPair(session.provider.type, session.provider.name),
    'Session-Id',
    session.id,
    'Cache-Control',
    'no-store',
  ];
}

function wantsJson(rawHeaders: readonly string[]): boolean {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 6 && name.toLowerCase() === 'accept') {
      return (rawHeaders[index + 1] as string).includes('application/json');
    }
  }
  return false;
}

/** An answer that is the same every time, made once. */
interface FixedAnswer {
  readonly status: number;
  readonly headers: string[];
  readonly body: string;
}

function sendFixed(response: ServerResponse, { status, headers, body }: FixedAnswer): void {
  response.writeHead(status, headers);
  response.end(body);
}

function fixedAnswer(
  error: CurfewError,
  status?: number,
  more: Record<string, string> = {},
  reason?: DeadReason,
): FixedAnswer {
  const problem = problemOf(error, status);
  const body = JSON.stringify({ ...problem.body, ...(reason === undefined ? {} : { reason }) });
  const headers = {
    ...more,
    'Cache-Control': 'no-store',
    'Content-Type': problemType,
    'Content-Length': String(Buffer.byteLength(body)),
  };
  return { status: problem.status, headers: Object.entries(headers).flat(), body };
}

export const refusalTexts: Readonly<Record<DeadReason, string>> = {
  missing: 'No session token was sent.',
  unknown: 'The token belongs to no session that is known here.',
  revoked: 'The session was terminated.',
  logged_out: 'The session ended when its user logged out.',
  idle: 'The session was not used for too long.',
  expired: 'The session has reached its absolute end.',
  displaced: 'A newer session of the same user took its place.',
};

/** RFC 6750 section 3.1: without any credentials there is no error code. */
export function bearerChallenge(reason: DeadReason): string {
  return reason === 'missing'
    ? 'Bearer realm="curfew"'
    : `Bearer realm="curfew", error="invalid_token", error_description="${reason}"`;
}

const refusals = Object.fromEntries(
  deadReasons.map((reason) => [
    reason,
    fixedAnswer(
      new CurfewError('unauthenticated', refusalTexts[reason]),
      401,
      { 'Curfew-Reason': reason, 'WWW-Authenticate': bearerChallenge(reason) },
      reason,
    ),
  ]),
) as Record<DeadReason, FixedAnswer>;

const unavailable = fixedAnswer(
  new CurfewError(
    'store_unavailable',
    'It cannot be known now whether the session is live, so it does not pass.',
  ),
);

const wrongMethod = fixedAnswer(new CurfewError('invalid_input', 'A check is made with GET or HEAD.'), 405, {
  Allow: 'GET, HEAD',
});

const wrongQuery = fixedAnswer(
  new CurfewError(
    'invalid_input',
    'A check takes the query parameters touch (0 or 1) and realm (a name), each once.',
  ),
);
