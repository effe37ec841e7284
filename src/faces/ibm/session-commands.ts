import { CurfewError } from '../../core/errors.ts';
import { ownCalls } from './calls.ts';
import { maxSessionList } from './dsc-config.ts';
import { endMatching, endSession, endUser, findSessions, refreshOne, refreshUser } from './sessions.ts';
import type { Execution } from './shell.ts';
import { cutText, nameText, refreshText, sessionLines } from './text.ts';

/** `session list`: in one realm, the newest first. */
export async function listIn(execution: Execution, realm: string, ignoreCase: boolean): Promise<string[]> {
  const { calls, value, parts } = execution;
  const asked = readMaximum(value('maximum_return'));
  const most = Math.min(asked, await maxSessionList(ownCalls(parts.services)));
  return sessionLines(await findSessions(calls, { realm, pattern: value('pattern'), ignoreCase, most }));
}

/** `session terminate all_sessions`: the name is exact; only where `takesPattern` is a `*` in it a wildcard. */
export async function endAllIn(execution: Execution, realm: string, takesPattern: boolean): Promise<string> {
  const { calls, value, reason } = execution;
  const user = value('user_id');
  if (takesPattern && user.includes('*')) {
    const cut = await endMatching(calls, realm, user, reason);
    const whom = cut.users === undefined ? 'of every user ' : `whose name matches ${nameText(user)} `;
    return cutText(cut, `${whom}in the realm ${nameText(realm)}`);
  }
  const cut = await endUser(calls, realm, user, reason);
  const hint = takesPattern && cut.matched === 0 ? ' Without a * the case of the name counts.' : '';
  return cutText(cut, ofUser(user, realm)) + hint;
}

/** `session terminate session`. */
export async function endOneIn({ calls, value, reason }: Execution, realm: string): Promise<string> {
  const id = readSessionId(value('session_id'));
  return cutText(await endSession(calls, realm, id, reason), `in the realm ${nameText(realm)}`);
}

/** `session refresh all_sessions`. */
export async function refreshAllIn({ calls, value }: Execution, realm: string): Promise<string> {
  const user = value('user_id');
  return refreshText(await refreshUser(calls, realm, user), ofUser(user, realm));
}

/** `session refresh session`. */
export async function refreshOneIn({ calls, value }: Execution, realm: string): Promise<string> {
  const id = readSessionId(value('session_id'));
  return refreshText(await refreshOne(calls, realm, id), `in the realm ${nameText(realm)}`);
}

function ofUser(user: string, realm: string): string {
  return `of ${nameText(user)} in the realm ${nameText(realm)}`;
}

/** Applications are shown an id behind the encoded name of a server and an underscore; what follows is the id itself. */
function readSessionId(text: string): string {
  return text.slice(text.lastIndexOf('_') + 1);
}

function readMaximum(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw new CurfewError('invalid_input', 'maximum_return is a whole number from 1 on.');
}
