import { CurfewError } from '../../core/errors.ts';
import type { Attempt } from '../../sign-in/attempt.ts';
import { providerUrl } from '../../sign-in/kind.ts';
import type { RedirectProvider } from '../../sign-in/provider.ts';
import type { UsedProvider } from '../../sign-in/providers.ts';
import { type Answer, pageAnswer, redirect } from './answer.ts';
import { aimOf, beginSignIn, browserOf, newAttempt } from './begin.ts';
import { complete, tryAgain } from './complete.ts';
import { html } from './html.ts';
import { hidden, layout } from './layout.ts';
import type { Route, Visit } from './visit.ts';

/** More sign-ins than this at once in one browser, and the oldest is forgotten. */
const mostAttempts = 4;
/** Marks a provider's answer that our own page has sent on. */
const sentOn = 'curfew_sent_on';

/** The provider that a path names, with pages of its own. @throws CurfewError `not_found` */
export function redirectProvider({ parts, path }: Visit): { used: UsedProvider; signIn: RedirectProvider } {
  const { realm = '', provider = '' } = path;
  const used = parts.services.signIn.providers.find(realm, provider);
  if (used?.signIn.flow !== 'redirect') throw new CurfewError('not_found', 'There is no such provider.');
  return { used, signIn: used.signIn };
}

/** `GET /sign-in/{realm}/{provider}/start`: leads to the provider's own pages. */
export const startRedirect: Route = {
  method: 'GET',
  path: '/sign-in/{realm}/{provider}/start',
  async run(visit) {
    const { parts, path, ip } = visit;
    const aim = { ...aimOf(visit), realm: path.realm ?? '' };
    const { used, signIn } = redirectProvider(visit);
    try {
      await parts.limit.count(ip);
      const { browser, cookies } = browserOf(visit);
      // The epoch is taken before the provider is asked for anything.
      const begun = await newAttempt(visit, aim, browser);
      const { location, remembered } = await signIn.begin({
        callbackUrl: providerUrl(parts.place.url, used.provider, 'callback'),
        ...(aim.maxAgeSeconds === undefined
          ? {}
          : { maxAgeSeconds: aim.maxAgeSeconds, forceAuthentication: aim.maxAgeSeconds === 0 }),
      });
      const attempt = { ...begun, provider: used.provider.name, remembered };
      const sealed = parts.attempts.seal(attempt);
      return redirect(location, [
        ...cookies,
        ...forgetOldest(visit),
        parts.cookies.attempt(attempt.id.slice(0, 8), sealed, parts.maxSignInAgeMs),
      ]);
    } catch (error) {
      return tryAgain(visit, error, aim);
    }
  },
};

/** `GET` and `POST /sign-in/{realm}/{provider}/callback`: what the provider says of the user. */
export const takeAnswer: readonly Route[] = (['GET', 'POST'] as const).map((method) => ({
  method,
  path: '/sign-in/{realm}/{provider}/callback',
  takesForeign: true,
  run: finish,
}));

async function finish(visit: Visit): Promise<Answer> {
  const { parts, url, form, path, ip, strings } = visit;
  const { used, signIn } = redirectProvider(visit);
  const begun = attemptsOf(visit).filter(
    ({ attempt: { realm, provider } }) => realm === used.provider.realm && provider === used.provider.name,
  );
  const state = url.searchParams.get('state') ?? url.searchParams.get('RelayState') ?? form.get('RelayState');
  const isAnswered = ({ attempt: { remembered = {} } }: (typeof begun)[number]): boolean =>
    state !== null && Object.values(remembered).includes(state);
  const found = begun.find(isAnswered) ?? (begun.length === 1 ? begun[0] : undefined);
  if (found === undefined) {
    // Browsers hold cookies back from a form that another site sends; sent on by our own page they come along.
    if (visit.request.method === 'POST' && !form.has(sentOn)) return sendOnPage(visit);
    const aim = { realm: path.realm ?? '', returnTo: `${parts.place.url}/me`, maxAgeSeconds: undefined };
    return beginSignIn(visit, aim, { error: strings.errors.stale, status: 400 });
  }
  const { attempt, cookieName } = found;
  form.delete(sentOn);
  try {
    await parts.limit.count(ip);
    const user = await signIn.finish({ url, form, remembered: attempt.remembered ?? {} });
    const cookies = [parts.cookies.endAttempt(cookieName)];
    return await complete(visit, user, { attempt, used, cookies });
  } catch (error) {
    return tryAgain(visit, error, attempt);
  }
}

/** The sign-ins that have gone to a provider from this browser, the newest first. */
function attemptsOf({ parts, cookies }: Visit): { cookieName: string; attempt: Attempt }[] {
  const prefix = parts.cookies.ownName('curfew_attempt_');
  return [...cookies]
    .filter(([name]) => name.startsWith(prefix))
    .slice(0, mostAttempts * 2)
    .flatMap(([cookieName, sealed]) => {
      const state = parts.attempts.openCookie(sealed);
      return state.kind === 'open' ? [{ cookieName, attempt: state.attempt }] : [];
    })
    .sort((a, b) => b.attempt.startedAt - a.attempt.startedAt);
}

function forgetOldest(visit: Visit): string[] {
  return attemptsOf(visit)
    .slice(mostAttempts - 1)
    .map(({ cookieName }) => visit.parts.cookies.endAttempt(cookieName));
}

function sendOnPage({ strings, form, url }: Visit): Answer {
  const texts = strings.comingBack;
  const fields = [...form].map(([name, value]) => hidden(name, value));
  const body = html`<p>${texts.text}</p>
<form method="post" action="${url.pathname}${url.search}">
${fields}
${hidden(sentOn, '1')}
<button type="submit" autofocus>${texts.submit}</button>
</form>`;
  return pageAnswer(layout({ strings, title: texts.title, body }));
}
