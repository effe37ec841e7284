import type { Attempt } from '../../sign-in/attempt.ts';
import type { Answer } from './answer.ts';
import { aimOf, beginSignIn, browserOf } from './begin.ts';
import { field, type Visit } from './visit.ts';

/** The sign-in that a form goes on with, or the page that says why it cannot. */
export async function openAttempt(visit: Visit): Promise<{ attempt: Attempt } | { answer: Answer }> {
  const { parts, strings } = visit;
  const { browser, cookies } = browserOf(visit);
  // Without its cookie a browser cannot be told from another.
  const known = cookies.length === 0 ? browser : undefined;
  const state = parts.attempts.open(field(visit, 'attempt'), known);
  if (state.kind === 'open') return { attempt: state.attempt };
  const { stale, cookies: withoutCookie, refused } = strings.errors;
  const error = state.kind === 'stale' ? stale : known === undefined ? withoutCookie : refused;
  const aim = 'attempt' in state ? state.attempt : undefined;
  const { realm, returnTo, maxAgeSeconds } = aim ?? aimOf(visit);
  return { answer: await beginSignIn(visit, { realm, returnTo, maxAgeSeconds }, { error, status: 400 }) };
}
