import { deviceOf } from '../../sign-in/device.ts';
import { type Html, html } from './html.ts';
import { alert, fieldRow, hidden, layout, notice } from './layout.ts';
import type { Outputs } from './me-outputs.ts';
import type { Strings } from './strings.ts';

type SessionItem = Outputs['sessions']['sessions'][number];

export interface MePage {
  readonly sessions: Outputs['sessions'];
  readonly account: Outputs['account'];
  /** Marks the forms. */
  readonly mark: string;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly done?: string | undefined;
  readonly error?: string | undefined;
  /** Which form the error is about. */
  readonly wrongForm?: 'password' | 'factor' | undefined;
}

/** The page of one's own sessions and account. */
export function mePage(strings: Strings, page: MePage): Html {
  const { sessions, account, mark, done, error } = page;
  const { me } = strings;
  const others = sessions.sessions.length > 1 || sessions.nextCursor !== undefined;
  const body = html`<p class="lead">${strings.signedIn.as(account.username)} ${me.lead}</p>
${alert(error)}
${notice(done)}
<ul class="sessions">${sessions.sessions.map((session) => sessionRow(strings, session, page))}</ul>
${
  sessions.nextCursor !== undefined &&
  html`<p><a href="/me?cursor=${encodeURIComponent(sessions.nextCursor)}">${me.more}</a></p>`
}
${!others && html`<p class="facts">${me.only}</p>`}
<div class="row">
${others && actionForm('/me/sessions/end-others', mark, html`<button type="submit" class="danger">${me.endOthers}</button>`)}
${actionForm('/me/sessions/end-all', mark, html`<button type="submit" class="danger">${me.endAll}</button>`)}
<form method="get" action="/sign-out"><button type="submit" class="second">${strings.signOut.title}</button></form>
</div>
${account.hasOwnPassword && passwordSection(strings, page)}
${account.mayHaveTotp && factorSection(strings, page)}
${
  !account.hasOwnPassword &&
  html`<section><h2>${me.account}</h2><p class="facts">${me.signedInBy(account.provider.name)}</p></section>`
}`;
  return layout({ strings, title: me.title, body, isWide: true, error });
}

function sessionRow(strings: Strings, session: SessionItem, { sessions, mark, now }: MePage): Html {
  const { me } = strings;
  const { browser, system } = deviceOf(session.client.userAgent);
  const device = me.device(browser, system) || me.unknownDevice;
  const isCurrent = session.id === sessions.current;
  const { ip } = session.client;
  return html`<li>
<div>
<p><span class="device">${device}</span>${isCurrent && html` <span class="mark">${me.current}</span>`}</p>
<p class="facts">${me.used} ${ago(strings, session.lastAccessAt, now)}${ip !== undefined && `, ${me.from(ip)}`}</p>
<p class="facts">${me.started} ${ago(strings, session.createdAt, now)}${session.app !== undefined && ` · ${me.app}: ${session.app}`}</p>
</div>
${
  !isCurrent &&
  actionForm(
    '/me/sessions/end',
    mark,
    html`${hidden('id', session.id)}<button type="submit" class="danger small" aria-label="${me.endThis(device)}">${me.end}</button>`,
  )
}
</li>`;
}

function passwordSection(strings: Strings, { mark, wrongForm, account }: MePage): Html {
  const { password, step } = strings;
  const wrong = wrongForm === 'password' ? { isWrong: true } : {};
  return html`<section aria-labelledby="password-title">
<h2 id="password-title">${password.title}</h2>
<form method="post" action="/me/password">
${hidden('mark', mark)}
<input class="unseen" type="text" name="username" autocomplete="username" value="${account.username}" readonly tabindex="-1" aria-hidden="true">
${fieldRow({ name: 'current', label: password.current, type: 'password', autocomplete: 'current-password', ...wrong })}
${fieldRow({ name: 'new-password', label: step.newPassword, type: 'password', autocomplete: 'new-password', ...wrong })}
${fieldRow({ name: 'repeat', label: step.repeat, type: 'password', autocomplete: 'new-password', ...wrong })}
${endChoice(strings)}
<button type="submit">${password.submit}</button>
</form>
</section>`;
}

function factorSection(strings: Strings, { mark, account, wrongForm }: MePage): Html {
  const { totp, password } = strings;
  const wrong = wrongForm === 'factor' ? { isWrong: true } : {};
  const removal = html`<form method="post" action="/me/factor/change">
${hidden('mark', mark)}
${fieldRow({ name: 'factor-current', label: password.current, type: 'password', autocomplete: 'current-password', ...wrong })}
${fieldRow({ name: 'factor-code', label: totp.presentCode, autocomplete: 'one-time-code', ...wrong })}
<div class="row">
<button type="submit" name="do" value="renew" class="second">${totp.renew}</button>
<button type="submit" name="do" value="remove" class="danger">${totp.remove}</button>
</div>
</form>`;
  return html`<section aria-labelledby="factor-title">
<h2 id="factor-title">${totp.title}</h2>
<p>${account.hasTotp ? totp.on(account.recoveryCodesLeft) : totp.off}</p>
<p><a class="button second" href="/me/factor">${account.hasTotp ? totp.replace : totp.setUp}</a></p>
${account.hasTotp && removal}
</section>`;
}

/** Which sessions end with a change; the others, unless somebody says otherwise. */
export function endChoice({ password }: Strings): Html {
  const choices = [
    ['others', password.endOthers],
    ['all', password.endAll],
    ['none', password.endNone],
  ] as const;
  return html`<fieldset><legend>${password.endWhich}</legend>${choices.map(
    ([value, label]) =>
      html`<label class="choice"><input type="radio" name="end" value="${value}"${value === 'others' && html` checked`}> ${label}</label>`,
  )}</fieldset>`;
}

function actionForm(action: string, mark: string, content: Html): Html {
  return html`<form method="post" action="${action}">${hidden('mark', mark)}${content}</form>`;
}

const steps: readonly [unit: Intl.RelativeTimeFormatUnit, ms: number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** How long ago, which needs no time zone; the instant itself is there to be looked at. */
function ago({ lang }: Strings, instant: string, now: number): Html {
  const ms = now - Date.parse(instant);
  const [unit, length] = steps.find(([, each]) => ms >= each) ?? ['minute', 60_000];
  const text = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' }).format(-Math.floor(ms / length), unit);
  const full = new Intl.DateTimeFormat(lang, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  return html`<time datetime="${instant}" title="${full.format(new Date(instant))} UTC">${text}</time>`;
}
