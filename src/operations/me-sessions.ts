import { z } from 'zod';
import type { Caller } from '../access/caller.ts';
import { compileSelector, type Selector } from '../session/selector.ts';
import { reachableRealm, realmFor } from './border.ts';
import { ownSession } from './logout.ts';
import { operation } from './operation.ts';
import { nameSchema } from './registration-form.ts';
import { sessionIdSchema } from './session-form.ts';
import { noSuchSession } from './sessions-get.ts';
import { listPage, pageFields, sessionPageSchema } from './sessions-list.ts';
import { terminate, terminationSchema } from './termination.ts';

const realmSchema = nameSchema(128)
  .optional()
  .describe("The realm of the session asked with; for an administrator's password their realm, else default");

export const listOwnSessions = operation({
  name: 'me.sessions.list',
  summary: "List the sessions of the caller's own user",
  description:
    'One user is one username of one provider in one realm; for an administrator who calls with a password, one subject of the providers of the type basic. `current` is the id of the session asked with.',
  http: { method: 'GET', path: '/v1/me/sessions' },
  permission: 'own',
  input: z.strictObject({
    realm: realmSchema,
    state: z.enum(['live', 'ended', 'any']).optional().describe('live unless said otherwise'),
    revocation: z
      .int()
      .min(1)
      .optional()
      .describe('Only sessions that this revocation ended; the state is then any unless it is given'),
    ...pageFields,
  }),
  output: sessionPageSchema.omit({ count: true }).extend({
    current: sessionIdSchema.optional().describe('Absent when the caller came with a password'),
  }),
  async run({ realm, state, revocation, limit, cursor }, context) {
    const { caller } = context;
    const page = await listPage(context, {
      selector: sessionsOfCaller(caller, realm),
      state: state ?? (revocation === undefined ? 'live' : 'any'),
      revocation,
      limit,
      cursor,
    });
    return 'session' in caller && caller.session !== undefined
      ? { ...page, current: caller.session.id }
      : page;
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
    realm: realmSchema,
    keepCurrent: z.boolean().default(false).describe('True spares the session that the caller asks with'),
  }),
  output: terminationSchema,
  async run({ realm, keepCurrent }, context) {
    const { caller } = context;
    const own = sessionsOfCaller(caller, realm);
    const selector = keepCurrent ? { ...own, except: [ownSession(caller).id] } : own;
    return terminate(context, { selector, reason: 'ended by their own user' });
  },
});

export const deleteOwnSession = operation({
  name: 'me.sessions.deleteOne',
  summary: "End one session of the caller's own user",
  http: { method: 'DELETE', path: '/v1/me/sessions/{id}' },
  permission: 'own',
  input: z.strictObject({ id: sessionIdSchema, realm: realmSchema }),
  output: terminationSchema,
  async run({ id, realm }, context) {
    const own = sessionsOfCaller(context.caller, realm);
    const session = await context.registry.find(id);
    // The session of somebody else is answered like one that does not exist.
    if (session === undefined || !compileSelector(own)(session)) throw noSuchSession(id);
    return terminate(context, { selector: { ...own, sessionIds: [id] }, reason: 'ended by its own user' });
  },
});

/**
 * The same username of another provider may be another person, so the provider is part of who somebody is. Who came with
 * a password kept here is the subject of that name at a provider of the type basic.
 * @throws CurfewError `forbidden` for a realm the caller may not reach, and for a caller that is nobody's user
 */
function sessionsOfCaller(caller: Caller, named: string | undefined): Selector {
  if (caller.kind === 'administrator' && caller.session === undefined) {
    const realm = realmFor(caller, named);
    return { realm, subject: caller.username, provider: { type: 'basic' } };
  }
  const { realm, username, provider } = ownSession(caller);
  reachableRealm({ kind: 'session', session: ownSession(caller) }, named);
  return { realm, username, provider: { type: provider.type, name: provider.name } };
}
