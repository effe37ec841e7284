import { z } from 'zod';
import type { Caller } from '../access/caller.ts';
import { CurfewError } from '../core/errors.ts';
import type { Registry } from '../session/registry.ts';
import type { StoredSession } from '../session/store.ts';
import { deviceOf } from '../sign-in/device.ts';
import { mayReach } from './border.ts';
import { operation } from './operation.ts';
import { instantForm, instantSchema, sessionForm, sessionIdSchema, sessionSchema } from './session-form.ts';

const refusedUseSchema = z
  .object({
    ip: z.string().describe('The address that presented the token; empty when it is not known'),
    count: z.int(),
    firstAt: instantSchema,
    lastAt: instantSchema,
  })
  .meta({ id: 'RefusedUse', description: 'Uses of an ended session that were refused, from one address' });

export const getSession = operation({
  name: 'sessions.get',
  summary: 'Show one session, live or ended',
  description:
    'With it come the uses that were refused since it ended: who still holds its token, from where.',
  http: { method: 'GET', path: '/v1/sessions/{id}' },
  permission: 'sessions.read',
  input: z.strictObject({ id: sessionIdSchema }),
  output: z.object({
    session: sessionSchema,
    device: z
      .object({
        browser: z.string().optional().describe('Such as Firefox 128'),
        system: z.string().optional().describe('Such as Windows or Android'),
      })
      .describe('What the user agent says of itself; nobody has checked it'),
    refusedUses: z.array(refusedUseSchema).describe('The latest first, at most 100'),
  }),
  async run({ id }, { caller, registry, store }) {
    const session = await reachableSession(registry, caller, id);
    await registry.refusals.flush();
    const refusals = session.ended === undefined ? [] : await store.refusals(session.number);
    return {
      session: sessionForm(session),
      device: deviceForm(session.client.userAgent),
      refusedUses: refusals.map(({ ip, count, firstAt, lastAt }) => ({
        ip,
        count,
        firstAt: instantForm(firstAt),
        lastAt: instantForm(lastAt),
      })),
    };
  },
});

function deviceForm(userAgent: string | undefined): { browser?: string; system?: string } {
  const { browser, system } = deviceOf(userAgent);
  return { ...(browser === undefined ? {} : { browser }), ...(system === undefined ? {} : { system }) };
}

/**
 * A session by its id.
 * @throws CurfewError `session_not_found`, also for one of a realm that the caller may not see
 */
export async function reachableSession(
  registry: Registry,
  caller: Caller,
  id: string,
): Promise<StoredSession> {
  const session = await registry.find(id);
  if (session === undefined || !mayReach(caller, session.realm)) throw noSuchSession(id);
  return session;
}

export function noSuchSession(id: string): CurfewError {
  return new CurfewError(
    'session_not_found',
    `There is no session ${id}; it never existed, or its history has been deleted.`,
  );
}
