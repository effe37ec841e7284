import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { CurfewError } from '../core/errors.ts';
import { newId, newSessionId } from '../core/ids.ts';
import type { NewSession } from '../session/store.ts';
import { realmFor } from './border.ts';
import { epochOf } from './epoch-of.ts';
import { type CallContext, operation } from './operation.ts';
import { identityFields, nameSchema } from './registration-form.ts';
import { instantSchema, sessionIdSchema } from './session-form.ts';

const importedSchema = z
  .strictObject({
    ...identityFields,
    id: sessionIdSchema
      .optional()
      .describe('Kept, so that importing twice makes nothing twice; a new one without it'),
    realm: nameSchema(128).optional(),
    createdAt: instantSchema,
    lastAccessAt: instantSchema.optional().describe('createdAt without it'),
    idleTimeoutMs: z
      .int()
      .min(1000)
      .nullable()
      .optional()
      .describe('As the policy says without it; null = none'),
    expiresAt: instantSchema.nullable().optional().describe('As the policy says without it; null = none'),
    tokenHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in lower-case hexadecimal')
      .optional()
      .describe('SHA-256 of the token; without it nobody holds a token of the session'),
    epoch: z.int().optional().describe('Taken as exported and not used: the epoch follows from createdAt'),
    ended: z
      .object({ at: instantSchema, reason: z.string(), revocation: z.int().optional() })
      .optional()
      .describe('Taken as exported; such a session is skipped'),
  })
  .meta({
    id: 'ImportedSession',
    description: 'A session as sessions.list gives it, or one of another system',
  });

const skipReasons = ['ended', 'exists', 'expired', 'revoked', 'limit_reached'] as const;

export const importSessions = operation({
  name: 'sessions.import',
  summary: 'Import up to 1,000 sessions that were made elsewhere or earlier',
  description:
    'Keeps createdAt and the limits. A session that a revocation of the ledger names, made after it, stays dead: an import never undoes a termination.',
  http: { method: 'POST', path: '/v1/sessions/import' },
  permission: 'sessions.import',
  input: z.strictObject({ sessions: z.array(importedSchema).min(1).max(1000) }),
  output: z.object({
    imported: z.int(),
    skipped: z.array(
      z.object({
        index: z.int().describe('The place in the request, from 0'),
        id: z.string().optional(),
        reason: z.enum(skipReasons),
      }),
    ),
  }),
  async run({ sessions }, context) {
    // Everything is looked at before anything is written, so that a wrong line does not leave half of a batch behind.
    const now = context.clock.now();
    const candidates = sessions.map((session, index) => candidateOf(session, index, now, context));
    const outcomes = await Promise.all(candidates.map((candidate) => importOne(candidate, now, context)));
    return {
      imported: outcomes.filter((outcome) => outcome === 'imported').length,
      skipped: outcomes.flatMap((reason, index) => {
        const id = sessions[index]?.id;
        return reason === 'imported' ? [] : [{ index, ...(id === undefined ? {} : { id }), reason }];
      }),
    };
  },
});

type Outcome = 'imported' | (typeof skipReasons)[number];

interface Candidate {
  readonly session: Omit<NewSession, 'epoch'>;
  readonly tokenHash: Buffer;
  readonly hasEnded: boolean;
}

/** @throws CurfewError `invalid_input`, `forbidden`, `realm_unknown` */
function candidateOf(
  line: z.output<typeof importedSchema>,
  index: number,
  now: number,
  { caller, registry, access }: CallContext,
): Candidate {
  access.demandBinding(caller, line.adminIds ?? []);
  const realm = realmFor(caller, line.realm);
  if (registry.realms !== undefined && !registry.realms.has(realm)) {
    throw new CurfewError(
      'realm_unknown',
      `sessions.${index}.realm: ${JSON.stringify(realm)} is not one of the configured realms.`,
    );
  }
  const createdAt = Date.parse(line.createdAt);
  const lastAccessAt = line.lastAccessAt === undefined ? createdAt : Date.parse(line.lastAccessAt);
  if (createdAt > now) throw future(`sessions.${index}.createdAt`);
  if (lastAccessAt > now) throw future(`sessions.${index}.lastAccessAt`);
  const policy = registry.policies.effective({ realm, provider: line.provider, username: line.username });
  const id = line.id ?? newSessionId();
  return {
    session: {
      id,
      realm,
      username: line.username,
      subject: line.subject ?? (line.provider.type === 'basic' ? line.username : newId()),
      provider: line.provider,
      ...(line.providerSession === undefined ? {} : { providerSession: line.providerSession }),
      accessGroups: [...new Set(line.accessGroups ?? [])].sort(),
      adminIds: [...new Set(line.adminIds ?? [])].sort((a, b) => a - b),
      attributes: line.attributes ?? {},
      client: { ...line.client } as { ip?: string; userAgent?: string },
      ...(line.app === undefined ? {} : { app: line.app }),
      createdAt,
      lastAccessAt: Math.max(lastAccessAt, createdAt),
      idleTimeoutMs: line.idleTimeoutMs === undefined ? policy.idleTimeoutMs : line.idleTimeoutMs,
      expiresAt: expiryOf(line.expiresAt, createdAt, policy.lifespanMs),
      providerConfigVersion: line.providerConfigVersion ?? 0,
    },
    // Random bytes stand for a token that nobody holds.
    tokenHash: line.tokenHash === undefined ? randomBytes(32) : Buffer.from(line.tokenHash, 'hex'),
    hasEnded: line.ended !== undefined,
  };
}

function expiryOf(
  given: string | null | undefined,
  createdAt: number,
  lifespanMs: number | null,
): number | null {
  if (given !== undefined) return given === null ? null : Date.parse(given);
  return lifespanMs === null ? null : createdAt + lifespanMs;
}

async function importOne(candidate: Candidate, now: number, { store }: CallContext): Promise<Outcome> {
  const { session, tokenHash, hasEnded } = candidate;
  if (hasEnded) return 'ended';
  const { idleTimeoutMs, expiresAt, lastAccessAt } = session;
  if (expiresAt !== null && expiresAt <= now) return 'expired';
  if (idleTimeoutMs !== null && lastAccessAt + idleTimeoutMs <= now) return 'expired';
  if ((await store.find(session.id, now)) !== undefined) return 'exists';
  const epoch = await epochOf(store, session.createdAt);
  const outcome = await store.register({
    session: { ...session, epoch },
    tokenHash,
    limit: { kind: 'unlimited' },
    now,
  });
  switch (outcome.kind) {
    case 'registered':
      return 'imported';
    case 'revoked':
      return 'revoked';
    case 'limit_reached':
      return 'limit_reached';
    case 'repeated':
    case 'repeated_ended':
    case 'key_reused':
      // Only a registration with an idempotency key is answered so, and an import has none.
      throw new Error(`an import was answered as ${outcome.kind}`);
  }
}

function future(path: string): CurfewError {
  return new CurfewError('invalid_input', `${path}: lies in the future`, {
    faults: [{ path, message: 'lies in the future' }],
  });
}
