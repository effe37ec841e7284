import type { Attempt } from '../../sign-in/attempt.ts';
import { type Answer, pageAnswer } from './answer.ts';
import { html } from './html.ts';
import { alert, fieldRow, hidden, layout } from './layout.ts';
import type { Visit } from './visit.ts';

/** What a try of this step came to. */
export interface StepProblem {
  readonly error: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks for what must follow a password that was right. The attempt's epoch stays that of its start. */
export function stepPage({ strings, parts }: Visit, attempt: Attempt, problem?: StepProblem): Answer {
  const { step } = strings;
  const isCode = attempt.challenge?.needs === 'code';
  const wrong = problem === undefined ? {} : { isWrong: true };
  const fields = isCode
    ? fieldRow({
        name: 'code',
        label: step.codeLabel,
        hint: step.codeHint,
        autocomplete: 'one-time-code',
        isFirst: true,
        ...wrong,
      })
    : html`${fieldRow({
        name: 'new-password',
        label: step.newPassword,
        type: 'password',
        autocomplete: 'new-password',
        hint: step.passwordHint,
        isFirst: true,
        ...wrong,
      })}
${fieldRow({ name: 'repeat', label: step.repeat, type: 'password', autocomplete: 'new-password', ...wrong })}`;
  const { origin } = new URL(attempt.returnTo);
  const again = new URLSearchParams({ return: attempt.returnTo, realm: attempt.realm });
  const body = html`${alert(problem?.error)}
<form method="post" action="/sign-in/step">
${hidden('attempt', parts.attempts.seal(attempt))}
${fields}
<button type="submit">${step.submit}</button>
</form>
<p class="hint"><a href="/sign-in?${again.toString()}">${step.restart}</a></p>`;
  const title = isCode ? step.codeTitle : step.passwordTitle;
  return pageAnswer(layout({ strings, title, body, error: problem?.error }), {
    status: problem?.status ?? 200,
    ...(problem?.headers === undefined ? {} : { headers: problem.headers }),
    formTargets: origin === parts.place.url ? [] : [origin],
  });
}
