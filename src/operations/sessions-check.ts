import { z } from 'zod';
import { reachableRealm } from './border.ts';
import { operation } from './operation.ts';
import { verdictForm, verdictSchema } from './verdict-form.ts';

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
    return { verdicts: verdicts.map(verdictForm) };
  },
});
