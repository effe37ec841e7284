import { z } from 'zod';
import { CurfewError } from '../core/errors.ts';
import { operation } from './operation.ts';
import { identityFields } from './registration-form.ts';
import { sessionForm, sessionIdSchema, sessionSchema } from './session-form.ts';
import { reachableSession } from './sessions-get.ts';

export const refreshSession = operation({
  name: 'sessions.refresh',
  summary: 'Move the last access of a live session to now, and replace its rights or attributes',
  description:
    'What is not given stays. A session that has ended stays ended, and its absolute end does not move.',
  http: { method: 'POST', path: '/v1/sessions/{id}/refresh' },
  permission: 'sessions.register',
  input: z.strictObject({
    id: sessionIdSchema,
    accessGroups: identityFields.accessGroups,
    adminIds: identityFields.adminIds,
    attributes: identityFields.attributes,
  }),
  output: z.object({ session: sessionSchema }),
  async run({ id, accessGroups, adminIds, attributes }, { caller, registry, access }) {
    const found = await reachableSession(registry, caller, id);
    access.demandBinding(caller, adminIds ?? []);
    // In a session bound to administrators the access groups are rights over Curfew, so whoever changes them needs the
    // same power as whoever bound it.
    if (accessGroups !== undefined) access.demandBinding(caller, found.adminIds);
    const session = await registry.refresh(id, {
      ...(accessGroups === undefined ? {} : { accessGroups: [...new Set(accessGroups)].sort() }),
      ...(adminIds === undefined ? {} : { adminIds: [...new Set(adminIds)].sort((a, b) => a - b) }),
      ...(attributes === undefined ? {} : { attributes }),
    });
    if (session === undefined) {
      throw new CurfewError(
        'session_ended',
        `The session ${id} has ended (${found.ended?.reason ?? 'just now'}); the user must sign in anew.`,
      );
    }
    return { session: sessionForm(session) };
  },
});
