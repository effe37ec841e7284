import type { z } from 'zod';
import type { getOwnAccount } from '../../operations/me-account.ts';
import type { listOwnSessions } from '../../operations/me-sessions.ts';

/** What the page of one's own sessions is made from. */
export interface Outputs {
  readonly sessions: z.output<typeof listOwnSessions.output>;
  readonly account: z.output<typeof getOwnAccount.output>;
}
