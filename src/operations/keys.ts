import { z } from 'zod';
import { keyScopes } from '../access/caller.ts';
import type { ApplicationKey } from '../access/keys.ts';
import { realmFor } from './border.ts';
import { demandKnownRealm } from './known-realm.ts';
import { operation } from './operation.ts';
import { nameSchema } from './registration-form.ts';
import { instantForm, instantSchema } from './session-form.ts';

const scopesSchema = z.array(z.enum(keyScopes));

/** A key as callers see it: never its secret, never the hash of it. */
export const keySchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    realm: z.string().describe('The only realm it reaches'),
    scopes: scopesSchema,
    createdAt: instantSchema,
    createdBy: z.string().describe('The name of who made it'),
    expiresAt: instantSchema.nullable().describe('When it ends by itself; null = never'),
  })
  .meta({ id: 'Key', description: "An application's key, bound to one realm" });

export const listKeys = operation({
  name: 'keys.list',
  summary: "List applications' keys",
  description: 'A caller bound to a realm sees the keys of that realm.',
  http: { method: 'GET', path: '/v1/keys' },
  permission: 'keys.read',
  input: z.strictObject({}),
  output: z.object({ keys: z.array(keySchema).describe('The oldest first') }),
  async run(_input, { access, caller }) {
    return { keys: access.keys.list(caller).map(keyForm) };
  },
});

export const createKey = operation({
  name: 'keys.create',
  summary: 'Make a key for an application',
  description:
    'The secret in the answer is shown once and stored nowhere; send it as `Authorization: Bearer`.',
  http: { method: 'POST', path: '/v1/keys', status: 201 },
  permission: 'keys.write',
  input: z.strictObject({
    name: nameSchema(256).describe('For people: which application it is for'),
    realm: nameSchema(128)
      .optional()
      .describe('The only realm it will reach; the realm of the caller, else default'),
    scopes: scopesSchema.min(1, 'a key without scopes may do nothing').describe('What it may do'),
    expiresAt: instantSchema.optional().describe('When it ends by itself; without it, when it is revoked'),
  }),
  output: z.object({ key: keySchema, secret: z.string().describe('`cfk_...`; shown once') }),
  async run({ name, realm: named, scopes, expiresAt }, { access, registry, caller, origin }) {
    const realm = realmFor(caller, named);
    demandKnownRealm(registry, realm);
    const { key, secret } = await access.keys.create(
      { name, realm, scopes, expiresAt: expiresAt === undefined ? null : Date.parse(expiresAt) },
      { caller, origin },
    );
    return { key: keyForm(key), secret };
  },
});

export const revokeKey = operation({
  name: 'keys.delete',
  summary: "Revoke an application's key",
  description: 'It is refused from the answer on. Sessions registered with it stay.',
  http: { method: 'DELETE', path: '/v1/keys/{id}' },
  permission: 'keys.write',
  input: z.strictObject({ id: z.uuid() }),
  output: z.object({ key: keySchema }),
  async run({ id }, { access, caller, origin }) {
    return { key: keyForm(await access.keys.revoke(id, { caller, origin })) };
  },
});

function keyForm(key: ApplicationKey): z.input<typeof keySchema> {
  const { id, name, realm, scopes, createdAt, createdBy, expiresAt } = key;
  return {
    id,
    name,
    realm,
    scopes: [...scopes],
    createdAt: instantForm(createdAt),
    createdBy,
    expiresAt: expiresAt === null ? null : instantForm(expiresAt),
  };
}
