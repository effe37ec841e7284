import { type Answer, pageAnswer, redirect } from './answer.ts';
import { leave } from './complete.ts';
import { type Elsewhere, elsewhere, signedOutPath } from './elsewhere.ts';
import { html } from './html.ts';
import { hidden, layout } from './layout.ts';
import { field, type Route, sessionOf, type Visit } from './visit.ts';

/** `GET /sign-out`: asks, since a mere link must not sign anybody out. */
export const askSignOut: Route = {
  method: 'GET',
  path: '/sign-out',
  async run(visit) {
    const { strings, parts } = visit;
    const session = await sessionOf(visit);
    if (session === undefined) return redirect(signedOutPath, [parts.cookies.endSession()]);
    const texts = strings.signOut;
    const body = html`<p>${texts.question(session.username)}</p>
<form method="post" action="/sign-out">
${hidden('mark', parts.forms.of(session))}
<button type="submit">${texts.submit}</button>
</form>`;
    return pageAnswer(layout({ strings, title: texts.title, body }));
  },
};

/** `POST /sign-out`: ends the session of this browser, and leads on to the provider that has one of its own. */
export const signOut: Route = {
  method: 'POST',
  path: '/sign-out',
  async run(visit) {
    const { parts } = visit;
    const session = await sessionOf(visit);
    if (session !== undefined) {
      parts.forms.demand(field(visit, 'mark'), session);
      await leave(visit, session);
    }
    return donePage(visit, session && (await elsewhere(session, parts)), true);
  },
};

/** `GET /sign-out/done`: where providers lead back to. */
export const signedOut: Route = {
  method: 'GET',
  path: signedOutPath,
  run: async (visit) => donePage(visit, undefined, false),
};

function donePage({ strings, parts }: Visit, next: Elsewhere | undefined, isNow: boolean): Answer {
  const texts = strings.signOut;
  const further =
    next?.url === undefined
      ? html`<p><a class="button second" href="/sign-in">${texts.again}</a></p>`
      : html`<p>${texts.elsewhere(next.title)}</p>
<p><a class="button" href="${next.url}">${texts.elsewhereLink(next.title)}</a></p>`;
  const body = html`<p role="status">${texts.done}</p>
${further}`;
  return pageAnswer(layout({ strings, title: texts.doneTitle, body }), {
    cookies: isNow ? [parts.cookies.endSession()] : [],
    headers: {
      ...(isNow ? { 'clear-site-data': '"cache", "cookies", "storage"' } : {}),
      // A redirect after a form would need every provider's origin in the policy of the page before.
      ...(next?.url === undefined ? {} : { refresh: `2; url=${next.url}` }),
    },
  });
}
