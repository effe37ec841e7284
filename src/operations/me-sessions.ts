import { z } from 'zod';
import type { Selector } from '../session/selector.ts';
import type { StoredSession } from '../session/store.ts';
import { ownSession } from './logout.ts';
import { operation } from './operation.ts';
import { sessionIdSchema } from './session-form.ts';
import { noSuchSession } from './sessions-get.ts';
import { listPage, pageFields, sessionPageSchema } from './sessions-list.ts';
import { terminate, terminationSchema } from './termination.ts';

export const listOwnSessions = operation({
  name: 'me.sessions.list',
  summary: "List the sessions of the caller's own user",
  description:
    'One user is one username of one provider in one realm. `current` is the id of the session asked with.',
  http: { method: 'GET', path: '/v1/me/sessions' },
  permission: 'own',
  input: z.strictObject({ state: z.enum(['live', 'ended', 'any']).default('live'), ...pageFields }),
  output: sessionPageSchema.omit({ count: true }).extend({ current: sessionIdSchema }),
  async run({ state, limit, cursor }, context) {
    const own = ownSession(context.caller);
    const page = await listPage(context, { selector: sessionsOfUser(own), state, limit, cursor });
    return { ...page, current: own.id };
  },
});

export const deleteOwnSessions = operation({
  name: 'me.sessions.delete',
  summary: "End all sessions of the caller's own user",
  description:
    'Everywhere, the one asked with too unless `keepCurrent` is true. Sign-ins under way end with them.',
  http: { method: 'DELETE', path: '/v1/me/sessions' },
  permission: 'own',
  input: z.strictObject({
    keepCurrent: z.boolean().default(false).describe('True spares the session that the caller asks with'),
  }),
  output: terminationSchema,
  async run({ keepCurrent }, context) {
    const own = ownSession(context.caller);
    const selector = keepCurrent ? { ...sessionsOfUser(own), except: [own.id] } : sessionsOfUser(own);
    return terminate(context, { selector, reason: 'ended by their own user' });
  },
});

export const deleteOwnSession = operation({
  name: 'me.sessions.deleteOne',
  summary: "End one session of the caller's own user",
  http: { method: 'DELETE', path: '/v1/me/sessions/{id}' },
  permission: 'own',
  input: z.strictObject({ id: sessionIdSchema }),
  output: terminationSchema,
  async run({ id }, context) {
    const own = ownSession(context.caller);
    const session = await context.registry.find(id);
    // The session of somebody else is answered like one that does not exist.
    if (session === undefined || !isSameUser(session, own)) throw noSuchSession(id);
    const selector = { ...sessionsOfUser(own), sessionIds: [id] };
    return terminate(context, { selector, reason: 'ended by its own user' });
  },
});

/** The same username of another provider may be another person, so the provider is part of who somebody is. */
function sessionsOfUser({ realm, username, provider }: StoredSession): Selector {
  return { realm, username, provider: { type: provider.type, name: provider.name } };
}

function isSameUser(one: StoredSession, other: StoredSession): boolean {
  return (
    one.realm === other.realm &&
    one.username === other.username &&
    one.provider.type === other.provider.type &&
    one.provider.name === other.provider.name
  );
}
