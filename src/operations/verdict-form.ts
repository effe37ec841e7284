import { z } from 'zod';
import type { Verdict } from '../session/registry.ts';
import { endReasons } from '../session/session.ts';
import { instantForm, instantSchema, sessionForm, sessionSchema } from './session-form.ts';

/** The answer to "is this session alive?" as callers see it. */
export const verdictSchema = z
  .object({
    live: z.boolean(),
    reason: z
      .enum(['missing', 'unknown', ...endReasons])
      .optional()
      .describe('Why it is not live'),
    session: sessionSchema.optional().describe('Given when it is live'),
    expires: instantSchema
      .nullable()
      .optional()
      .describe('When a live session ends if it is not used again; null = it has no limit'),
  })
  .meta({ id: 'Verdict', description: 'Whether the session of a token is live' });

/** The wire form of a verdict. */
export function verdictForm(verdict: Verdict): z.input<typeof verdictSchema> {
  if (!verdict.live) return { live: false, reason: verdict.reason };
  const { session, lastAccessAt, deadline } = verdict;
  return {
    live: true,
    session: { ...sessionForm(session), lastAccessAt: instantForm(lastAccessAt) },
    expires: deadline === null ? null : instantForm(deadline),
  };
}
