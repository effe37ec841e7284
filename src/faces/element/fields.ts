import { z } from 'zod';
import { authMethods } from '../../access/administrator.ts';
import { readTimeout } from './timeout.ts';

/** The parameters that several methods share. */

/** An empty name is refused: read as "no name given" it would mean other sessions than were meant. */
export const usernameField = z.string().min(1, 'must not be empty').max(1024);

export const authMethodField = z.enum(authMethods);

export const clusterAdminIdField = z.int().min(0, 'is the number of no cluster admin');

/** UUIDs are the same in capitals. */
export const sessionIdField = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'expected a UUID')
  .transform((id) => id.toLowerCase());

export const accessField = z.array(z.string()).min(1, 'expected at least one kind of access');

/** Free facts of a cluster admin; an object, or null for none. */
export const attributesField = z.record(z.string(), z.unknown()).nullable().optional();

/** How long a session may last at most: `HH:mm:ss`. Only what is shorter than the policy allows has an effect. */
export const durationField = z
  .string()
  .transform((text, context) => {
    const ms = readTimeout(text);
    if (ms !== undefined && ms > 0) return ms;
    context.addIssue({
      code: 'custom',
      message: 'expected a duration such as 12:00:00, of at least a second',
    });
    return z.NEVER;
  })
  .optional();
