import { z } from 'zod';
import { addressToBytes } from '../core/address.ts';
import { providerSessionSchema } from '../session/selector.ts';

/**
 * A name as a registration brings it. Control characters and halves of surrogate pairs are refused: they have no place
 * in a name, and would reach terminals, headers and logs.
 */
export function nameSchema(maxLength: number) {
  return z
    .string()
    .min(1, 'must not be empty')
    .max(maxLength)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not hold control characters');
}

const address = z
  .string()
  .refine(
    (value) => addressToBytes(value) !== undefined,
    'expected an address such as 192.0.2.1 or 2001:db8::1',
  );

/** What is said of a user, wherever a session is made from it. */
export const identityFields = {
  username: nameSchema(1024).describe('The login name'),
  subject: nameSchema(1024)
    .optional()
    .describe("The provider's own id of the user; without it the username for basic, else a random UUID"),
  provider: z
    .strictObject({ type: nameSchema(256), name: nameSchema(256) })
    .describe('Who authenticated the user; types are basic, ldap, saml, oidc or any other word'),
  providerSession: providerSessionSchema.optional(),
  accessGroups: z.array(nameSchema(256)).max(1000).optional(),
  adminIds: z
    .array(z.int().min(0))
    .max(1000)
    .optional()
    .describe('The administrators this session acts as; only an administrator may set them'),
  attributes: z
    .record(nameSchema(256), z.string().max(4096))
    .refine((value) => Object.keys(value).length <= 100, 'expected at most 100 attributes')
    .optional()
    .describe('Free facts of the application; never a secret'),
  client: z
    .strictObject({ ip: address.optional(), userAgent: z.string().max(1024).optional() })
    .optional()
    .describe('The client at the other end, as the application saw it'),
  app: nameSchema(256).optional().describe('The application the session is for'),
  providerConfigVersion: z.int().min(0).optional(),
} as const;
