import { pageAnswer } from './answer.ts';
import { aimOf, beginSignIn, browserOf } from './begin.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';
import { locationOf, type Route, sessionOf } from './visit.ts';

/** `GET /sign-in?return=&realm=&max_age=`: the page by which everything begins. */
export const openPage: Route = {
  method: 'GET',
  path: '/sign-in',
  async run(visit) {
    const { url, strings, parts } = visit;
    const aim = aimOf(visit);
    const wantsAnother = url.searchParams.has('again') || aim.maxAgeSeconds !== undefined;
    const session = wantsAnother ? undefined : await sessionOf(visit);
    if (session === undefined || session.realm !== aim.realm) return beginSignIn(visit, aim);
    // Leading back at once would go round for ever where the cookie does not reach the application.
    const again = new URLSearchParams({ return: aim.returnTo, realm: aim.realm, again: '1' });
    const texts = strings.signedIn;
    const body = html`<p>${texts.as(session.username)}</p>
<ul class="stack">
<li><a class="button" href="${locationOf(aim.returnTo, parts.place)}">${texts.continue}</a></li>
<li><a class="button second" href="/me">${texts.mySessions}</a></li>
<li><a class="button second" href="/sign-in?${again.toString()}">${texts.somebodyElse}</a></li>
</ul>`;
    return pageAnswer(layout({ strings, title: texts.title, body }), { cookies: browserOf(visit).cookies });
  },
};
