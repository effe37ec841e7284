import type { UsedProvider } from '../../sign-in/providers.ts';
import { type Answer, pageAnswer } from './answer.ts';
import { type Html, html } from './html.ts';
import { alert, fieldRow, hidden, layout } from './layout.ts';
import type { Visit } from './visit.ts';

export interface SignInPage {
  readonly providers: readonly UsedProvider[];
  /** The sign-in, sealed. */
  readonly attempt: string;
  /** Where the browser goes afterwards, an absolute URL. */
  readonly returnTo: string;
  readonly maxAgeSeconds: number | undefined;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly error?: string | undefined;
  /** Marks name and password as wrong. */
  readonly isWrong?: boolean;
  readonly username?: string | undefined;
  /** The provider that was tried. */
  readonly provider?: string | undefined;
  readonly cookies: readonly string[];
}

/** The chooser: name and password, and a link for each provider with pages of its own. */
export function signInPage({ strings, parts: { place } }: Visit, page: SignInPage): Answer {
  const { providers, returnTo, error } = page;
  const target = new URL(returnTo);
  const isElsewhere = target.origin !== place.url;
  const withPassword = providers.filter(({ signIn }) => signIn.flow === 'password');
  const byRedirect = providers.filter(({ signIn }) => signIn.flow === 'redirect');
  const texts = strings.signIn;
  const body = html`${isElsewhere && html`<p class="lead">${texts.towards(target.host)}</p>`}
${alert(error)}
${providers.length === 0 && html`<p>${texts.none}</p>`}
${withPassword.length > 0 && passwordForm(strings.signIn, page, withPassword)}
${withPassword.length > 0 && byRedirect.length > 0 && html`<p class="or">${texts.or}</p>`}
${
  byRedirect.length > 0 &&
  html`<ul class="stack">${byRedirect.map(
    (used) =>
      html`<li><a class="button second" href="${startPath(used, page)}">${texts.with(used.provider.title)}</a></li>`,
  )}</ul>`
}`;
  return pageAnswer(layout({ strings, title: texts.title, body, error }), {
    status: page.status ?? 200,
    cookies: page.cookies,
    ...(page.headers === undefined ? {} : { headers: page.headers }),
    formTargets: isElsewhere ? [target.origin] : [],
  });
}

function passwordForm(
  texts: Visit['strings']['signIn'],
  { attempt, username, provider, isWrong }: SignInPage,
  providers: readonly UsedProvider[],
): Html {
  const [only, ...others] = providers;
  const chooser =
    others.length === 0
      ? hidden('provider', only?.provider.name ?? '')
      : html`<div class="field"><label for="provider">${texts.provider}</label>
<select id="provider" name="provider">${providers.map(
          ({ provider: { name, title } }) =>
            html`<option value="${name}"${name === provider && html` selected`}>${title}</option>`,
        )}</select></div>`;
  const hasName = username !== undefined && username !== '';
  return html`<form method="post" action="/sign-in">
${hidden('attempt', attempt)}
${chooser}
${fieldRow({
  name: 'username',
  label: texts.username,
  autocomplete: 'username',
  isFirst: !hasName,
  ...(isWrong === true ? { isWrong } : {}),
  ...(hasName ? { value: username } : {}),
})}
${fieldRow({
  name: 'password',
  label: texts.password,
  type: 'password',
  autocomplete: 'current-password',
  isFirst: hasName,
  ...(isWrong === true ? { isWrong } : {}),
})}
<button type="submit">${texts.submit}</button>
</form>`;
}

/** Where the sign-in by a provider's own pages begins. */
export function startPath(
  { provider: { realm, name } }: Pick<UsedProvider, 'provider'>,
  { returnTo, maxAgeSeconds }: Pick<SignInPage, 'returnTo' | 'maxAgeSeconds'>,
): string {
  const query = new URLSearchParams({ return: returnTo });
  if (maxAgeSeconds !== undefined) query.set('max_age', String(maxAgeSeconds));
  return `/sign-in/${encodeURIComponent(realm)}/${encodeURIComponent(name)}/start?${query}`;
}
