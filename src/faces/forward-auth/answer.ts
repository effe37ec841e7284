import { CurfewError } from '../../core/errors.ts';
import { bearerChallenge, refusalTexts } from '../http/check.ts';
import { problemOf, problemType } from '../http/problem.ts';
import type { Decision, Refusal } from './decision.ts';
import { originOf } from './host.ts';
import type { identityWriter } from './identity-headers.ts';
import { isNavigation, wantsPage } from './navigation.ts';
import type { OriginalRequest } from './original-request.ts';
import { type PageText, page, pageHeaders } from './pages.ts';
import { type SignInPage, signInLink } from './sign-in-link.ts';

/** The answer to a proxy, which it gives to the client unless its status is 200. */
export interface Answer {
  readonly status: 200 | 302 | 401 | 403 | 503;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
}

export interface AnswerParts {
  readonly signInPage: SignInPage | undefined;
  readonly identity: ReturnType<typeof identityWriter>;
}

const noStore = ['Cache-Control', 'no-store'] as const;

/** What is said of a request that is closed to everybody. */
const closedTexts: Readonly<Record<Refusal | 'untrusted', string>> = {
  unknown_host: 'No rule names this host, so nobody may reach it.',
  no_rule: 'No rule names this path and method of the host, so nobody may reach it.',
  unclear:
    'It is not clear which page is asked for: its address can be read in more than one way, and the rules differ.',
  nobody: 'Nobody may reach this page.',
  untrusted: 'The proxy that asks is not among trustedProxies in the configuration, so it is not believed.',
};

/** Puts a decision into the form of an answer. */
export function answerOf(decision: Decision, original: OriginalRequest, parts: AnswerParts): Answer {
  switch (decision.kind) {
    case 'pass': {
      const { session, deadline, assertion } = decision;
      const headers = parts.identity(session, deadline, assertion);
      headers.push(...noStore);
      return { status: 200, headers, body: '' };
    }
    case 'sign_in':
      return signInAnswer(original, parts, {
        realm: decision.realm,
        text: refusalTexts[decision.reason],
        headers: ['Curfew-Reason', decision.reason, 'WWW-Authenticate', bearerChallenge(decision.reason)],
      });
    case 'sign_in_again':
      return signInAnswer(original, parts, {
        realm: decision.realm,
        maxAgeMs: decision.maxAgeMs,
        text: 'You signed in too long ago for this page.',
        // RFC 9470 section 3: what was presented is good, but not fresh enough.
        headers: [
          'Curfew-Reason',
          'too_old',
          'WWW-Authenticate',
          `Bearer realm="curfew", error="insufficient_user_authentication", error_description="too_old", max_age="${Math.floor(decision.maxAgeMs / 1000)}"`,
        ],
      });
    case 'too_early': {
      const seconds = Math.ceil(decision.waitMs / 1000);
      const text = `This page opens only some time after signing in: in ${seconds} seconds.`;
      return forbidden(original.headers, text, { retryAfterSeconds: seconds });
    }
    case 'not_admitted':
      return forbidden(
        original.headers,
        `You are signed in as ${decision.username}, but this page is not open to you. Sign in as somebody to whom it is, or ask whoever runs it.`,
      );
    case 'closed':
      return closed(decision.refusal, original.headers);
  }
}

/** The answer to a request that is closed to everybody, or that is not even clear. `detail` says more than the usual text. */
export function closed(
  refusal: keyof typeof closedTexts,
  headers: readonly string[],
  detail?: string,
): Answer {
  return forbidden(headers, detail ?? closedTexts[refusal]);
}

function forbidden(
  headers: readonly string[],
  text: string,
  details: { retryAfterSeconds?: number } = {},
): Answer {
  const error = new CurfewError('forbidden', text, details);
  return answerWith(headers, error, { title: 'You may not see this page', sentence: text });
}

interface Wish {
  readonly realm: string | undefined;
  readonly maxAgeMs?: number;
  readonly text: string;
  readonly headers: readonly string[];
}

function signInAnswer(original: OriginalRequest, { signInPage }: AnswerParts, wish: Wish): Answer {
  const { method, headers, scheme, authority } = original;
  if (isNavigation(method, headers)) {
    const location = signInLink(signInPage, original, wish);
    if (location !== undefined) {
      return { status: 302, headers: ['Location', location, ...noStore, 'Content-Length', '0'], body: '' };
    }
  }
  // A form cannot be sent again from the sign-in page, so a person goes on from the start.
  const url = signInLink(signInPage, original, { ...wish, to: `${originOf(scheme, authority)}/` });
  return answerWith(
    headers,
    new CurfewError('unauthenticated', wish.text),
    {
      title: 'You are not signed in',
      sentence: `${wish.text} Please sign in to go on.`,
      link: url === undefined ? undefined : { text: 'Sign in', url },
    },
    wish.headers,
  );
}

/** What cannot be known lets nobody in (P5). */
export const unavailable: Answer = answerWith(
  [],
  new CurfewError(
    'store_unavailable',
    'It cannot be known now whether the session is live, so it does not pass.',
    {
      retryAfterSeconds: 5,
    },
  ),
);

function answerWith(
  clientHeaders: readonly string[],
  error: CurfewError,
  text?: PageText,
  more: readonly string[] = [],
): Answer {
  const problem = problemOf(error);
  const asPage = text !== undefined && wantsPage(clientHeaders);
  const body = asPage ? page(text) : JSON.stringify(problem.body);
  const retryAfter = problem.headers['retry-after'];
  return {
    status: problem.status as Answer['status'],
    headers: [
      ...more,
      ...(retryAfter === undefined ? [] : ['Retry-After', retryAfter]),
      ...noStore,
      ...(asPage ? pageHeaders : ['Content-Type', problemType]),
      'Content-Length',
      String(Buffer.byteLength(body)),
    ],
    body,
  };
}
