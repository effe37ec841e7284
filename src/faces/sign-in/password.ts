import { CurfewError } from '../../core/errors.ts';
import { isChallenge } from '../../sign-in/provider.ts';
import { beginSignIn } from './begin.ts';
import { complete, tryAgain } from './complete.ts';
import { openAttempt } from './opened-attempt.ts';
import { stepPage } from './step-page.ts';
import { field, logRefused, type Route } from './visit.ts';

/** `POST /sign-in`: name and password. */
export const takePassword: Route = {
  method: 'POST',
  path: '/sign-in',
  async run(visit) {
    const { parts, strings, ip } = visit;
    const opened = await openAttempt(visit);
    if ('answer' in opened) return opened.answer;
    const { attempt } = opened;
    // No name begins or ends with a blank, and keyboards of phones leave one behind a word.
    const username = field(visit, 'username').trim();
    const provider = field(visit, 'provider');
    const tried = { username, provider };
    try {
      await parts.limit.count(ip);
      const password = field(visit, 'password');
      if (username === '' || password === '') {
        return await beginSignIn(visit, aimAgain(attempt), {
          ...tried,
          error: strings.errors.empty,
          status: 400,
        });
      }
      if (/[\p{Cc}\p{Cs}]/u.test(username)) {
        return await beginSignIn(visit, aimAgain(attempt), {
          provider,
          error: strings.errors.unreadable,
          status: 400,
        });
      }
      const used = parts.services.signIn.providers.find(attempt.realm, provider);
      if (used?.signIn.flow !== 'password') {
        throw new CurfewError('sign_in_refused', 'There is no such provider, or no longer.');
      }
      const outcome = await used.signIn.verify({ username, password, ip });
      if (outcome === undefined) {
        logRefused(visit, provider, 'the name or the password is wrong');
        return await beginSignIn(visit, aimAgain(attempt), {
          ...tried,
          error: strings.errors.wrong,
          status: 403,
          isWrong: true,
        });
      }
      if (!isChallenge(outcome)) return await complete(visit, outcome, { attempt, used });
      return stepPage(visit, { ...attempt, provider, challenge: outcome });
    } catch (error) {
      return tryAgain(visit, error, attempt, tried);
    }
  },
};

function aimAgain({
  realm,
  returnTo,
  maxAgeSeconds,
}: {
  realm: string;
  returnTo: string;
  maxAgeSeconds?: number | undefined;
}) {
  return { realm, returnTo, maxAgeSeconds };
}
