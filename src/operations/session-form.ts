import { z } from 'zod';
import { endReasons } from '../session/session.ts';
import type { StoredSession } from '../session/store.ts';

/** An instant on the wire: ISO 8601 in UTC with milliseconds, such as `2031-05-01T10:00:00.000Z`. */
export const instantSchema = z.iso.datetime({
  offset: true,
  error: 'expected an instant such as 2031-05-01T10:00:00Z',
});

/** The public handle of a session. */
export const sessionIdSchema = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'expected a session id, a UUID in lower case');

/** A session as callers see it: never its token, never the hash of it. */
export const sessionSchema = z
  .object({
    id: sessionIdSchema,
    realm: z.string(),
    username: z.string(),
    subject: z.string().describe("The provider's own id of the user"),
    provider: z.object({ type: z.string(), name: z.string() }),
    providerSession: z
      .string()
      .optional()
      .describe("The provider's own key of its session: sid of OpenID Connect, SessionIndex of SAML"),
    accessGroups: z.array(z.string()),
    adminIds: z.array(z.int()),
    attributes: z.record(z.string(), z.string()),
    client: z.object({ ip: z.string().optional(), userAgent: z.string().optional() }),
    app: z.string().optional(),
    createdAt: instantSchema,
    lastAccessAt: instantSchema,
    idleTimeoutMs: z
      .int()
      .nullable()
      .describe('Milliseconds without use after which it ends; null = no limit'),
    expiresAt: instantSchema.nullable().describe('Its absolute end; null = none'),
    epoch: z.int().describe("The ledger's head when the user's authentication began"),
    providerConfigVersion: z.int(),
    ended: z
      .object({
        at: instantSchema,
        reason: z.enum(endReasons),
        revocation: z.int().optional().describe('The number of the revocation that ended it'),
      })
      .optional()
      .describe('How it ended; absent while it is live'),
  })
  .meta({
    id: 'Session',
    description: 'One authenticated presence of one user, from one provider, in one realm',
  });

export type SessionForm = z.input<typeof sessionSchema>;

/** The wire form of a session. Written step by step, since a thousand of them are made for one answer. */
export function sessionForm(session: StoredSession): SessionForm {
  const { provider, client, ended } = session;
  const form = {
    id: session.id,
    realm: session.realm,
    username: session.username,
    subject: session.subject,
    provider: { type: provider.type, name: provider.name },
  } as Partial<SessionForm>;
  if (session.providerSession !== undefined) form.providerSession = session.providerSession;
  form.accessGroups = [...session.accessGroups];
  form.adminIds = [...session.adminIds];
  form.attributes = { ...session.attributes };
  form.client = { ...client };
  if (session.app !== undefined) form.app = session.app;
  form.createdAt = instantForm(session.createdAt);
  form.lastAccessAt = instantForm(session.lastAccessAt);
  form.idleTimeoutMs = session.idleTimeoutMs;
  form.expiresAt = session.expiresAt === null ? null : instantForm(session.expiresAt);
  form.epoch = session.epoch;
  form.providerConfigVersion = session.providerConfigVersion;
  if (ended !== undefined) {
    form.ended = { at: instantForm(ended.at), reason: ended.reason };
    if (ended.revocation !== undefined) form.ended.revocation = ended.revocation;
  }
  return form as SessionForm;
}

/** The wire form of an instant in epoch milliseconds. */
export function instantForm(at: number): string {
  return new Date(at).toISOString();
}
