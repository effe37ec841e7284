import { randomBytes } from 'node:crypto';
import type { Attempt } from '../../sign-in/attempt.ts';
import { type Answer, redirect } from './answer.ts';
import { signInPage, startPath } from './sign-in-page.ts';
import type { Visit } from './visit.ts';

/** What a sign-in is for. */
export interface Aim {
  readonly realm: string;
  /** An absolute URL that was checked. */
  readonly returnTo: string;
  readonly maxAgeSeconds: number | undefined;
}

/** What the last try came to, when the page is shown because of it. */
export interface Problem {
  readonly error: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isWrong?: boolean;
  readonly username?: string | undefined;
  readonly provider?: string | undefined;
}

/** What a request asks for in its query. A place that is not in the list is not refused, but not gone to either. */
export function aimOf({ url, parts: { place, realm } }: Visit): Aim {
  const wanted = url.searchParams.get('return');
  const maxAge = url.searchParams.get('max_age');
  return {
    realm: url.searchParams.get('realm') ?? realm,
    returnTo: (wanted === null ? undefined : place.returnTo(wanted)) ?? `${place.url}/me`,
    maxAgeSeconds: maxAge !== null && /^\d{1,9}$/.test(maxAge) ? Number(maxAge) : undefined,
  };
}

/** The name of the browser that a visit comes from, and the cookie that gives it one if it has none yet. */
export function browserOf({ cookies, parts }: Visit): { browser: string; cookies: string[] } {
  const known = cookies.get(parts.cookies.ownName('curfew_browser'));
  if (known !== undefined && /^[\w-]{22}$/.test(known)) return { browser: known, cookies: [] };
  const browser = randomBytes(16).toString('base64url');
  return { browser, cookies: [parts.cookies.browser(browser)] };
}

/**
 * Begins a sign-in and shows its page. The ledger's head is taken now, before anybody has typed anything, so that a cut
 * made from here on also ends what comes of this page.
 */
export async function beginSignIn(visit: Visit, aim: Aim, problem?: Problem): Promise<Answer> {
  const { parts } = visit;
  const providers = parts.services.signIn.providers.enabledIn(aim.realm);
  const [only, ...others] = providers;
  if (problem === undefined && others.length === 0 && only?.signIn.flow === 'redirect') {
    return redirect(startPath(only, aim));
  }
  const { browser, cookies } = browserOf(visit);
  const attempt = await newAttempt(visit, aim, browser);
  return signInPage(visit, { providers, attempt: parts.attempts.seal(attempt), ...aim, ...problem, cookies });
}

/** A sign-in that begins now, under the present head of the ledger. */
export async function newAttempt({ parts }: Visit, aim: Aim, browser: string): Promise<Attempt> {
  const { registry } = parts.services;
  const epoch = (await registry.head()).seq;
  const { realm, returnTo, maxAgeSeconds } = aim;
  return parts.attempts.begin({
    realm,
    returnTo,
    epoch,
    browser,
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
  });
}
