import { CurfewError } from '../../core/errors.ts';
import type { Attempt } from '../../sign-in/attempt.ts';
import { isChallenge } from '../../sign-in/provider.ts';
import type { Answer } from './answer.ts';
import { complete, tryAgain } from './complete.ts';
import { openAttempt } from './opened-attempt.ts';
import { stepPage } from './step-page.ts';
import { field, logRefused, type Route, type Visit } from './visit.ts';

/** `POST /sign-in/step`: a code, or a new password, after a password that was right. */
export const takeStep: Route = {
  method: 'POST',
  path: '/sign-in/step',
  async run(visit) {
    const opened = await openAttempt(visit);
    if ('answer' in opened) return opened.answer;
    const { attempt } = opened;
    try {
      await visit.parts.limit.count(visit.ip);
      return await goOn(visit, attempt);
    } catch (error) {
      const wait = waitOf(visit, error);
      // Who waits for the next try need not type the password again.
      return wait === undefined ? tryAgain(visit, error, attempt) : stepPage(visit, attempt, wait);
    }
  },
};

async function goOn(visit: Visit, attempt: Attempt): Promise<Answer> {
  const { parts, strings, ip } = visit;
  const { errors } = strings;
  const { challenge, provider = '' } = attempt;
  const used = parts.services.signIn.providers.find(attempt.realm, provider);
  const signIn = used?.signIn;
  if (
    challenge === undefined ||
    used === undefined ||
    signIn?.flow !== 'password' ||
    signIn.answer === undefined
  ) {
    throw new CurfewError('sign_in_refused', 'There is no such step of a sign-in.');
  }
  const { remembered, needs } = challenge;
  const newPassword = field(visit, 'new-password');
  if (needs === 'newPassword' && newPassword !== field(visit, 'repeat')) {
    return stepPage(visit, attempt, { error: errors.passwordsDiffer, status: 400 });
  }
  try {
    const given = needs === 'code' ? { code: field(visit, 'code') } : { newPassword };
    const outcome = await signIn.answer({ remembered, ip, ...given });
    if (outcome === undefined) {
      logRefused(visit, provider, 'the code is wrong');
      return stepPage(visit, attempt, { error: errors.wrongCode, status: 403 });
    }
    if (isChallenge(outcome)) return stepPage(visit, { ...attempt, challenge: outcome });
    return await complete(visit, outcome, { attempt, used });
  } catch (error) {
    if (!(error instanceof CurfewError) || error.code !== 'invalid_input') throw error;
    return stepPage(visit, attempt, { error: errors.newPassword, status: 400 });
  }
}

function waitOf({ strings }: Visit, error: unknown) {
  if (!(error instanceof CurfewError) || !['locked_out', 'rate_limited'].includes(error.code))
    return undefined;
  const seconds = Math.ceil(error.details.retryAfterSeconds ?? 1);
  return { error: strings.errors.wait(seconds), status: 429, headers: { 'retry-after': String(seconds) } };
}
