import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Caller } from '../access/caller.ts';
import { actorOf } from '../access/caller.ts';
import { canonicalJson } from '../session/revocation.ts';
import { realmFor } from './border.ts';
import { operation } from './operation.ts';
import { identityFields, nameSchema } from './registration-form.ts';
import { instantSchema, sessionForm, sessionSchema } from './session-form.ts';

const limitMs = z.int().min(1000).max(Number.MAX_SAFE_INTEGER);

export const registerSession = operation({
  name: 'sessions.register',
  summary: 'Register a session for a user who has just authenticated',
  description:
    'The token in the answer is shown once and stored nowhere. Send `epoch` (the head of `GET /v1/ledger` when the sign-in began) or `authenticatedAt`, so that a termination made while the user was signing in cannot be slipped through. With an `Idempotency-Key` a repeat answers the same session with a fresh token in place of the former.',
  http: {
    method: 'POST',
    path: '/v1/sessions',
    status: 201,
    headers: { 'idempotency-key': 'idempotencyKey' },
  },
  permission: 'sessions.register',
  input: z.strictObject({
    realm: nameSchema(128).optional().describe('The isolation border; the realm of the caller, else default'),
    ...identityFields,
    epoch: z.int().min(0).optional().describe("The ledger's head when authentication began"),
    authenticatedAt: instantSchema
      .optional()
      .describe('When authentication began; an alternative to epoch. Without either: now'),
    idleTimeoutMs: limitMs.optional().describe('May shorten what the policy allows, never lengthen it'),
    lifespanMs: limitMs.optional().describe('May shorten what the policy allows, never lengthen it'),
    idempotencyKey: z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/, 'expected 1 to 255 visible ASCII characters')
      .optional()
      .describe('A fresh key for each sign-in'),
  }),
  output: z.object({
    session: sessionSchema,
    token: z.string().describe('The secret that proves possession of the session; shown once'),
  }),
  async run(input, { caller, registry, access }) {
    const { idempotencyKey, authenticatedAt, realm, ...rest } = input;
    access.demandBinding(caller, rest.adminIds ?? []);
    const request = {
      ...rest,
      realm: realmFor(caller, realm),
      client: { ...rest.client } as { ip?: string; userAgent?: string },
      authenticatedAt: authenticatedAt === undefined ? undefined : Date.parse(authenticatedAt),
    };
    const { session, token } = await registry.register({
      ...request,
      idempotency: idempotencyKey === undefined ? undefined : idempotencyOf(caller, idempotencyKey, request),
    });
    return { session: sessionForm(session), token };
  },
});

/** Idempotency keys of different callers never meet, and neither key nor request can be read from what is stored. */
function idempotencyOf(caller: Caller, key: string, request: unknown): { key: Buffer; request: Buffer } {
  const { kind, id } = actorOf(caller);
  return { key: sha256([kind, id, key]), request: sha256(request) };
}

function sha256(value: unknown): Buffer {
  return createHash('sha256').update(canonicalJson(value)).digest();
}
