import { z } from 'zod';
import { type Administrator, authMethods } from '../access/administrator.ts';
import { nameSchema } from './registration-form.ts';
import { instantForm, instantSchema } from './session-form.ts';

const mostAttributesLength = 16_384;

/** The fields by which an administrator is made or changed. */
export const adminFields = {
  accessGroups: z
    .array(nameSchema(256))
    .min(1, 'name at least one of administrator, clusterAdmins, read, or another')
    .max(100)
    .describe('Their rights: `administrator` for all, `clusterAdmins`, `read`, or any other text'),
  realm: nameSchema(128).nullable().describe('The only realm they may reach; null = every realm'),
  attributes: z
    .record(nameSchema(256), z.unknown())
    .refine(
      (value) => JSON.stringify(value).length <= mostAttributesLength,
      `expected at most ${mostAttributesLength} characters of JSON`,
    )
    .describe('Free facts, replaced as a whole; never a secret'),
} as const;

/** The number of an administrator. */
export const adminIdSchema = z.int().min(1).describe('The number of the administrator');

/** A password on its way in. It is in no answer. */
export const passwordSchema = z
  .string()
  .min(8, 'expected at least 8 characters')
  .refine((value) => Buffer.byteLength(value) <= 1024, 'expected at most 1,024 bytes of UTF-8')
  .meta({ format: 'password' });

/** An administrator as callers see it: never the password, never the hash of it. */
export const adminSchema = z
  .object({
    id: z.int().describe('Never given to another, also after removal'),
    username: z.string(),
    authMethod: z
      .enum(authMethods)
      .describe('Cluster = a password kept here, Ldap = a directory, Idp = an identity provider'),
    accessGroups: z.array(z.string()),
    realm: z.string().nullable().describe('The only realm they may reach; null = every realm'),
    attributes: z.record(z.string(), z.unknown()),
    createdAt: instantSchema,
  })
  .meta({ id: 'Administrator', description: 'Who administers Curfew, and with which rights' });

/** The wire form of an administrator. */
export function adminForm(administrator: Administrator): z.input<typeof adminSchema> {
  const { id, username, authMethod, accessGroups, realm, attributes, createdAt } = administrator;
  return {
    id,
    username,
    authMethod,
    accessGroups: [...accessGroups],
    realm,
    attributes: { ...attributes },
    createdAt: instantForm(createdAt),
  };
}
