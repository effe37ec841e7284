import { CurfewError } from '../../core/errors.ts';
import { call } from '../../operations/call.ts';
import { logOut } from '../../operations/logout.ts';
import type { StoredSession } from '../../session/store.ts';
import type { Attempt } from '../../sign-in/attempt.ts';
import type { SignedInUser } from '../../sign-in/provider.ts';
import type { UsedProvider } from '../../sign-in/providers.ts';
import { registerSignIn } from '../../sign-in/registering.ts';
import { type Answer, redirect } from './answer.ts';
import { beginSignIn, type Problem } from './begin.ts';
import { locationOf, sessionOf, type Visit } from './visit.ts';

const longestUserAgent = 1024;

/** Makes the session of somebody who has authenticated, and leads the browser to where it was going. */
export async function complete(
  visit: Visit,
  user: SignedInUser,
  { attempt, used, cookies = [] }: { attempt: Attempt; used: UsedProvider; cookies?: readonly string[] },
): Promise<Answer> {
  const { parts, ip, userAgent } = visit;
  const former = await sessionOf(visit);
  const client = {
    ...(ip === undefined ? {} : { ip }),
    ...(userAgent === undefined ? {} : { userAgent: userAgent.slice(0, longestUserAgent) }),
  };
  const register = () => registerSignIn(user, { attempt, used, client }, parts.services);
  const { token } = await register().catch(async (error: unknown) => {
    const isFull = error instanceof CurfewError && error.code === 'session_limit_reached';
    if (!isFull || former === undefined || !isOf(former, user, used)) throw error;
    // Their own session in this browser, which is to be replaced, must not count against their limit.
    await leave(visit, former);
    return register();
  });
  // The new session takes the place of the one in this browser, whose token nobody has any more.
  if (former !== undefined) await leave(visit, former);
  return redirect(locationOf(attempt.returnTo, parts.place), [...cookies, parts.cookies.session(token)]);
}

function isOf(
  { realm, username, provider }: StoredSession,
  user: SignedInUser,
  { provider: { realm: here, name } }: UsedProvider,
): boolean {
  return realm === here && username === user.username && provider.name === name;
}

/** Ends a session because its user leaves; one that has ended meanwhile is just as well. */
export async function leave({ parts, ip }: Visit, session: StoredSession): Promise<void> {
  const { services } = parts;
  const caller = services.access.callerOfSession(session);
  try {
    await call(logOut, {}, { caller, face: 'sign-in', from: ip, services });
  } catch (error) {
    if (!(error instanceof CurfewError && error.code === 'session_ended')) throw error;
  }
}

/**
 * Shows the page again with what became of a try. Only what the person can do something about is told; why a provider
 * refused somebody stands in the log.
 * @throws what is no error of a sign-in
 */
export async function tryAgain(
  visit: Visit,
  error: unknown,
  attempt: Pick<Attempt, 'realm' | 'returnTo' | 'maxAgeSeconds'>,
  tried: Pick<Problem, 'username' | 'provider'> = {},
): Promise<Answer> {
  const problem = problemOf(visit, error);
  if (problem === undefined) throw error;
  const { realm, returnTo, maxAgeSeconds } = attempt;
  return beginSignIn(visit, { realm, returnTo, maxAgeSeconds }, { ...tried, ...problem });
}

function problemOf({ strings: { errors }, parts: { log } }: Visit, error: unknown): Problem | undefined {
  if (!(error instanceof CurfewError)) return undefined;
  const seconds = Math.ceil(error.details.retryAfterSeconds ?? 1);
  switch (error.code) {
    case 'locked_out':
    case 'rate_limited':
      return { error: errors.wait(seconds), status: 429, headers: { 'retry-after': String(seconds) } };
    case 'provider_unavailable':
      log.warn({ err: error }, 'a provider could not be asked');
      return { error: errors.unavailable, status: 503 };
    case 'revoked_during_sign_in':
      return { error: errors.revoked, status: 409 };
    case 'changed_meanwhile':
      return { error: errors.changedMeanwhile, status: 409 };
    case 'sign_in_too_old':
    case 'epoch_unknown':
      return { error: errors.stale, status: 400 };
    case 'session_limit_reached':
      return { error: errors.limit, status: 409 };
    case 'sign_in_refused':
      log.info({ err: error }, 'a sign-in was refused');
      return { error: errors.refused, status: 403 };
    default:
      return undefined;
  }
}
