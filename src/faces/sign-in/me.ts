import type { z } from 'zod';
import { CurfewError } from '../../core/errors.ts';
import { call } from '../../operations/call.ts';
import { getOwnAccount } from '../../operations/me-account.ts';
import { deleteOwnSession, deleteOwnSessions, listOwnSessions } from '../../operations/me-sessions.ts';
import type { Operation } from '../../operations/operation.ts';
import type { StoredSession } from '../../session/store.ts';
import { type Answer, pageAnswer, redirect } from './answer.ts';
import { type MePage, mePage } from './me-page.ts';
import { field, type Route, sessionOf, type Visit } from './visit.ts';

const pageSize = 50;

/** A visit by somebody who is signed in. */
export interface OwnVisit extends Visit {
  readonly session: StoredSession;
}

/** Lets in who is signed in, and leads everybody else to the sign-in and back; a form must bear the session's mark. */
export function own(route: Omit<Route, 'run'> & { run(visit: OwnVisit): Promise<Answer> }): Route {
  return {
    ...route,
    async run(visit) {
      const session = await sessionOf(visit, { touch: true });
      if (session === undefined) {
        // What a form was meant for is asked for anew: the session that it was for is over.
        const back = route.method === 'GET' ? route.path : '/me';
        return redirect(`/sign-in?return=${encodeURIComponent(back)}`);
      }
      if (route.method === 'POST') visit.parts.forms.demand(field(visit, 'mark'), session);
      return route.run({ ...visit, session });
    },
  };
}

/** Calls an operation as the user of the session. */
export function ask<Input extends z.ZodType, Output extends z.ZodType>(
  { parts: { services }, session, ip }: OwnVisit,
  operation: Operation<Input, Output>,
  input: z.input<Input>,
): Promise<z.output<Output>> {
  const caller = services.access.callerOfSession(session);
  return call(operation, input, { caller, face: 'sign-in', from: ip, services });
}

/** The page of one's own sessions, with what was done or went wrong. */
export async function showMe(
  visit: OwnVisit,
  result: Pick<MePage, 'error' | 'wrongForm'> & { readonly status?: number } = {},
): Promise<Answer> {
  const { parts, strings, session, url } = visit;
  const cursor = url.searchParams.get('cursor');
  const [sessions, account] = await Promise.all([
    ask(visit, listOwnSessions, { limit: pageSize, ...(cursor === null ? {} : { cursor }) }),
    ask(visit, getOwnAccount, {}),
  ]);
  const done = strings.me.done[url.searchParams.get('done') ?? ''];
  const page = mePage(strings, {
    sessions,
    account,
    mark: parts.forms.of(session),
    now: parts.services.clock.now(),
    done: Object.hasOwn(strings.me.done, url.searchParams.get('done') ?? '') ? done : undefined,
    error: result.error,
    wrongForm: result.wrongForm,
  });
  return pageAnswer(page, { status: result.status ?? 200 });
}

const showOwn = own({ method: 'GET', path: '/me', run: (visit) => showMe(visit) });

const endOne = own({
  method: 'POST',
  path: '/me/sessions/end',
  async run(visit) {
    try {
      const { matched } = await ask(visit, deleteOwnSession, { id: field(visit, 'id') });
      return redirect(matched === 0 ? '/me?done=gone' : '/me?done=ended');
    } catch (error) {
      if (error instanceof CurfewError && ['session_not_found', 'invalid_input'].includes(error.code)) {
        return redirect('/me?done=gone');
      }
      throw error;
    }
  },
});

const endOthers = own({
  method: 'POST',
  path: '/me/sessions/end-others',
  async run(visit) {
    await ask(visit, deleteOwnSessions, { keepCurrent: true });
    return redirect('/me?done=others');
  },
});

const endAll = own({
  method: 'POST',
  path: '/me/sessions/end-all',
  async run(visit) {
    await ask(visit, deleteOwnSessions, {});
    return redirect('/sign-out/done', [visit.parts.cookies.endSession()]);
  },
});

/** The page of one's own sessions, and what it can do. */
export const meRoutes: readonly Route[] = [showOwn, endOne, endOthers, endAll];
