import { z } from 'zod';
import { CurfewError } from '../core/errors.ts';
import { operation } from './operation.ts';
import { sessionForm, sessionIdSchema, sessionSchema } from './session-form.ts';
import { reachableSession } from './sessions-get.ts';

export const rereadSession = operation({
  name: 'sessions.reread',
  summary: "Read the credential of a live session's user anew",
  description:
    'Asks what knows the user: for a session bound to administrators their records, as they are now. Where nothing knows the user, only the last access moves. A session that has ended stays ended.',
  http: { method: 'POST', path: '/v1/sessions/{id}/reread' },
  permission: 'sessions.register',
  input: z.strictObject({ id: sessionIdSchema }),
  output: z.object({
    session: sessionSchema,
    source: z.string().nullable().describe('Where the credential was read; null when nothing knows the user'),
  }),
  async run({ id }, { caller, registry, access }) {
    const found = await reachableSession(registry, caller, id);
    const read = await access.credentials.read(found);
    const { accessGroups, adminIds, attributes } = read?.credential ?? {};
    // In a session bound to administrators the access groups are rights over Curfew: whoever brings them up to date
    // needs the same power as whoever bound it. Those who are administrators no more give none.
    if (accessGroups !== undefined) access.demandBinding(caller, adminIds ?? found.adminIds);
    const session = await registry.refresh(id, {
      ...(accessGroups === undefined ? {} : { accessGroups }),
      ...(adminIds === undefined ? {} : { adminIds }),
      ...(attributes === undefined ? {} : { attributes }),
    });
    if (session === undefined) {
      throw new CurfewError(
        'session_ended',
        `The session ${id} has ended (${found.ended?.reason ?? 'just now'}); the user must sign in anew.`,
      );
    }
    return { session: sessionForm(session), source: read?.source ?? null };
  },
});
