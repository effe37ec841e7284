import { z } from 'zod';
import { actorOf, realmOf } from '../access/caller.ts';
import { holds, permissions, permissionsOf } from '../access/permissions.ts';
import { deadlineOf } from '../session/session.ts';
import { operation } from './operation.ts';
import { reachableRealms } from './realms.ts';
import { instantForm, instantSchema, sessionIdSchema } from './session-form.ts';

export const getOwnRights = operation({
  name: 'me.get',
  summary: 'Show as whom the caller is known, and what they may do',
  description: 'What a page needs in order to offer only what the caller may do.',
  http: { method: 'GET', path: '/v1/me' },
  permission: 'own',
  input: z.strictObject({}),
  output: z.object({
    kind: z.enum(['administrator', 'session']).describe('session: a user without rights over others'),
    username: z.string(),
    realm: z.string().nullable().describe('The only realm the caller may reach; null = every realm'),
    accessGroups: z.array(z.string()),
    permissions: z.array(z.enum(permissions)).describe('Everything the caller may do'),
    sessionId: sessionIdSchema.optional().describe('The session asked with; absent for a password'),
    endsAt: instantSchema
      .nullable()
      .optional()
      .describe('When the session asked with ends if it is not used again; null = it has no limit'),
    now: instantSchema.describe('The clock of the server'),
    realms: z
      .array(z.string())
      .optional()
      .describe('The realms within the reach of the caller; absent without the permission sessions.read'),
  }),
  async run(_input, context) {
    const { caller, registry, clock } = context;
    const session = 'session' in caller ? caller.session : undefined;
    const deadline = session && deadlineOf(session, registry.touches.lastAccessAt(session));
    return {
      kind: caller.kind === 'session' ? ('session' as const) : ('administrator' as const),
      username: session?.username ?? actorOf(caller).name,
      realm: realmOf(caller),
      accessGroups:
        caller.kind === 'administrator' ? [...caller.accessGroups] : [...(session?.accessGroups ?? [])],
      permissions: permissionsOf(caller),
      ...(session === undefined ? {} : { sessionId: session.id }),
      ...(deadline === undefined ? {} : { endsAt: deadline === null ? null : instantForm(deadline) }),
      now: instantForm(clock.now()),
      ...(holds(caller, 'sessions.read') ? { realms: await reachableRealms(context) } : {}),
    };
  },
});
