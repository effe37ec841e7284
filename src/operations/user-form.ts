import { z } from 'zod';
import type { User } from '../access/user.ts';
import type { Selector } from '../session/selector.ts';
import { nameSchema } from './registration-form.ts';
import { instantForm, instantSchema } from './session-form.ts';

/** The fields by which a user is made or changed. */
export const userFields = {
  accessGroups: z.array(nameSchema(256)).max(1000).describe('Their sessions bear them'),
  attributes: z
    .record(nameSchema(256), z.string().max(4096))
    .refine((value) => Object.keys(value).length <= 90, 'expected at most 90 attributes')
    .describe('Facts that their sessions bear, replaced as a whole; never a secret'),
} as const;

export const usernameSchema = nameSchema(1024).describe('The login name, exact and case-sensitive');
export const userRealmSchema = nameSchema(128).optional().describe('The realm of the caller, else default');

/** A user as callers see it: never the password, never anything of the second factor. */
export const userSchema = z
  .object({
    realm: z.string(),
    username: z.string(),
    accessGroups: z.array(z.string()),
    attributes: z.record(z.string(), z.string()),
    enabled: z.boolean().describe('Whether they may sign in'),
    mustChangePassword: z.boolean().describe('They choose another password at their next sign-in'),
    hasTotp: z.boolean().describe('Whether a code of an authenticator app follows the password'),
    recoveryCodesLeft: z.int(),
    createdAt: instantSchema,
    passwordChangedAt: instantSchema,
  })
  .meta({
    id: 'User',
    description: "One of Curfew's own users, who sign in by a provider of the type basic",
  });

/** The wire form of a user. */
export function userForm(user: User): z.input<typeof userSchema> {
  return {
    realm: user.realm,
    username: user.username,
    accessGroups: [...user.accessGroups],
    attributes: { ...user.attributes },
    enabled: user.enabled,
    mustChangePassword: user.mustChangePassword,
    hasTotp: user.hasTotp,
    recoveryCodesLeft: user.recoveryCodesLeft,
    createdAt: instantForm(user.createdAt),
    passwordChangedAt: instantForm(user.passwordChangedAt),
  };
}

/** Whichever provider of the type they came by: all of them let the same users in. */
export function sessionsOfUser({ realm, username }: Pick<User, 'realm' | 'username'>): Selector {
  return { realm, username, provider: { type: 'basic' } };
}
