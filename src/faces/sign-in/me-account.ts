import { renderSVG } from 'uqr';
import { totpUri } from '../../access/totp.ts';
import { CurfewError } from '../../core/errors.ts';
import {
  beginTotp,
  changeOwnPassword,
  confirmTotp,
  getOwnAccount,
  removeTotp,
  renewRecoveryCodes,
} from '../../operations/me-account.ts';
import { type Answer, pageAnswer, redirect } from './answer.ts';
import { Html, html } from './html.ts';
import { alert, fieldRow, hidden, layout } from './layout.ts';
import { ask, type OwnVisit, own, showMe } from './me.ts';
import { endChoice } from './me-page.ts';
import { field, type Route, type Visit } from './visit.ts';

type Ending = 'others' | 'all' | 'none';

const changePassword = own({
  method: 'POST',
  path: '/me/password',
  async run(visit) {
    const { errors } = visit.strings;
    const password = field(visit, 'new-password');
    if (password !== field(visit, 'repeat')) {
      return showMe(visit, { error: errors.passwordsDiffer, status: 400, wrongForm: 'password' });
    }
    const endSessions = endingOf(visit);
    try {
      await visit.parts.limit.count(visit.ip);
      const currentPassword = field(visit, 'current');
      await ask(visit, changeOwnPassword, { currentPassword, password, endSessions });
    } catch (error) {
      return showMe(visit, { ...problemOf(visit, error), wrongForm: 'password' });
    }
    return endSessions === 'all' ? signedOut(visit) : redirect('/me?done=password');
  },
});

const setUpFactor = own({
  method: 'GET',
  path: '/me/factor',
  async run(visit) {
    const { hasTotp } = await ask(visit, getOwnAccount, {});
    return factorPage(visit, { ...(await ask(visit, beginTotp, {})), hasTotp });
  },
});

const keepFactor = own({
  method: 'POST',
  path: '/me/factor',
  async run(visit) {
    const { parts, session } = visit;
    const setup = field(visit, 'setup');
    const endSessions = endingOf(visit);
    try {
      await parts.limit.count(visit.ip);
      const { recoveryCodes } = await ask(visit, confirmTotp, {
        setup,
        code: field(visit, 'code'),
        currentPassword: field(visit, 'current'),
        currentCode: field(visit, 'present-code'),
        endSessions,
      });
      return codesPage(visit, recoveryCodes, endSessions === 'all');
    } catch (error) {
      // The page of the recovery codes was loaded anew, and they are shown once.
      if (error instanceof CurfewError && error.code === 'conflict') return redirect('/me?done=factor');
      const problem = problemOf(visit, error);
      const secret = parts.services.signIn.accounts.readSetup(session, setup);
      if (secret === undefined) {
        return showMe(visit, { error: visit.strings.totp.expired, status: 400 });
      }
      const uri = totpUri(secret, { issuer: 'Curfew', label: session.username });
      const { hasTotp } = await ask(visit, getOwnAccount, {});
      return factorPage(visit, { secret, uri, setup, hasTotp }, problem);
    }
  },
});

const changeFactor = own({
  method: 'POST',
  path: '/me/factor/change',
  async run(visit) {
    const present = {
      currentPassword: field(visit, 'factor-current'),
      currentCode: field(visit, 'factor-code'),
    };
    try {
      await visit.parts.limit.count(visit.ip);
      if (field(visit, 'do') === 'renew') {
        const { recoveryCodes } = await ask(visit, renewRecoveryCodes, present);
        return codesPage(visit, recoveryCodes, false);
      }
      await ask(visit, removeTotp, { ...present, endSessions: 'others' });
      return redirect('/me?done=removed');
    } catch (error) {
      return showMe(visit, { ...problemOf(visit, error), wrongForm: 'factor' });
    }
  },
});

/** What the users of Curfew's own change about their accounts. */
export const accountRoutes: readonly Route[] = [changePassword, setUpFactor, keepFactor, changeFactor];

function endingOf(visit: Visit): Ending {
  const value = field(visit, 'end');
  return value === 'all' || value === 'none' ? value : 'others';
}

function signedOut({ parts }: Visit): Answer {
  return redirect('/sign-out/done', [parts.cookies.endSession()]);
}

interface Setup {
  readonly secret: string;
  readonly uri: string;
  readonly setup: string;
  /** Whether there is a second factor already, which is to be proven. */
  readonly hasTotp: boolean;
}

function factorPage(
  { strings, parts, session }: OwnVisit,
  { secret, uri, setup, hasTotp }: Setup,
  problem?: { error: string; status: number },
): Answer {
  const { totp, password } = strings;
  const picture = renderSVG(uri, { border: 0 }).replace(
    '<svg',
    `<svg role="img" aria-label="${totp.picture}"`,
  );
  const wrong = problem === undefined ? {} : { isWrong: true };
  const body = html`${alert(problem?.error)}
<p>${totp.scan}</p>
<div class="qr">${new Html(picture)}</div>
<p>${totp.key}: <code>${secret.match(/.{1,4}/g)?.join(' ') ?? secret}</code></p>
<form method="post" action="/me/factor">
${hidden('mark', parts.forms.of(session))}
${hidden('setup', setup)}
${fieldRow({ name: 'code', label: totp.code, autocomplete: 'one-time-code', inputMode: 'numeric', isFirst: true, ...wrong })}
${fieldRow({ name: 'current', label: password.current, type: 'password', autocomplete: 'current-password', ...wrong })}
${hasTotp && fieldRow({ name: 'present-code', label: totp.presentCode, autocomplete: 'one-time-code', ...wrong })}
${endChoice(strings)}
<button type="submit">${totp.confirm}</button>
</form>
<p class="hint"><a href="/me">${totp.cancel}</a></p>`;
  return pageAnswer(layout({ strings, title: totp.setUpTitle, body, error: problem?.error }), {
    status: problem?.status ?? 200,
  });
}

function codesPage({ strings, parts }: Visit, codes: readonly string[], isOver: boolean): Answer {
  const { totp } = strings;
  const body = html`<p>${totp.codes}</p>
<ul class="codes">${codes.map((code) => html`<li>${code}</li>`)}</ul>
<p><a class="button" href="${isOver ? '/sign-in' : '/me'}">${totp.codesDone}</a></p>`;
  return pageAnswer(layout({ strings, title: totp.codesTitle, body }), {
    cookies: isOver ? [parts.cookies.endSession()] : [],
  });
}

/** @throws what a person cannot mend */
function problemOf({ strings: { errors } }: Visit, error: unknown): { error: string; status: number } {
  if (!(error instanceof CurfewError)) throw error;
  switch (error.code) {
    case 'unauthenticated':
      return { error: errors.wrongPassword, status: 403 };
    case 'locked_out':
    case 'rate_limited':
      return { error: errors.wait(Math.ceil(error.details.retryAfterSeconds ?? 1)), status: 429 };
    case 'invalid_input': {
      const path = error.details.faults?.[0]?.path;
      if (path === 'currentPassword') return { error: errors.wrongPassword, status: 403 };
      if (path === 'code' || path === 'currentCode') return { error: errors.wrongCode, status: 403 };
      return { error: errors.newPassword, status: 400 };
    }
    case 'changed_meanwhile':
      return { error: errors.changedMeanwhile, status: 409 };
    default:
      throw error;
  }
}
