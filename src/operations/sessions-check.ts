import { z } from 'zod';
import { endReasons } from '../session/session.ts';
import { reachableRealm } from './border.ts';
import { operation } from './operation.ts';
import { instantForm, instantSchema, sessionForm, sessionSchema } from './session-form.ts';

const verdictSchema = z
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

export const checkSessions = operation({
  name: 'sessions.check',
  summary: 'Check up to 1,000 tokens at once',
  description:
    'Answers one verdict per token, in the same order. Each check touches its session unless `touch` is false.',
  http: { method: 'POST', path: '/v1/sessions/check' },
  permission: 'sessions.check',
  input: z.strictObject({
    tokens: z.array(z.string().max(1024)).min(1, 'expected at least one token').max(1000),
    touch: z.boolean().default(true).describe('False leaves the idle limits where they are'),
    realm: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .describe('A session of another realm is answered as unknown'),
  }),
  output: z.object({ verdicts: z.array(verdictSchema) }),
  async run({ tokens, touch, realm }, { caller, registry }) {
    const options = { touch, realm: reachableRealm(caller, realm) };
    const verdicts = await Promise.all(tokens.map((token) => registry.check(token, options)));
    return {
      verdicts: verdicts.map((verdict) =>
        verdict.live
          ? {
              live: true,
              session: sessionForm({ ...verdict.session, lastAccessAt: verdict.lastAccessAt }),
              expires: verdict.deadline === null ? null : instantForm(verdict.deadline),
            }
          : { live: false, reason: verdict.reason },
      ),
    };
  },
});
