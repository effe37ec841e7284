import { z } from 'zod';
import type { Caller } from '../access/caller.ts';
import { CurfewError } from '../core/errors.ts';
import type { StoredSession } from '../session/store.ts';
import { operation } from './operation.ts';
import { sessionForm, sessionSchema } from './session-form.ts';

export const logOut = operation({
  name: 'sessions.logout',
  summary: "End the caller's own session, because its user leaves",
  http: { method: 'POST', path: '/v1/logout' },
  permission: 'own',
  input: z.strictObject({}),
  output: z.object({ session: sessionSchema }),
  async run(_input, { caller, registry }) {
    const own = ownSession(caller);
    const session = await registry.logOut(own.id);
    if (session === undefined) {
      throw new CurfewError('session_ended', 'The session has ended already.');
    }
    return { session: sessionForm(session) };
  },
});

/**
 * The session the caller came with.
 * @throws CurfewError `forbidden` when the caller came with something else
 */
export function ownSession(caller: Caller): StoredSession {
  if (caller.kind === 'session') return caller.session;
  if (caller.kind === 'administrator' && caller.session !== undefined) return caller.session;
  throw new CurfewError(
    'forbidden',
    'The caller has no session of its own. Call it with the token of a session.',
  );
}
