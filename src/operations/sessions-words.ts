import { z } from 'zod';
import { mostWords } from '../session/overview.ts';
import { reachableRealm } from './border.ts';
import { operation } from './operation.ts';
import { nameSchema } from './registration-form.ts';

export const sessionWords = operation({
  name: 'sessions.words',
  summary: 'List the providers, apps and access groups of sessions',
  description: `Those that sessions ever bore here, at most ${mostWords} of each: what a list can be narrowed to.`,
  http: { method: 'GET', path: '/v1/sessions/words' },
  permission: 'sessions.read',
  input: z.strictObject({
    realm: nameSchema(128)
      .optional()
      .describe('Only this realm; without it every realm the caller may reach'),
  }),
  output: z.object({
    providers: z.array(z.object({ type: z.string(), name: z.string() })),
    apps: z.array(z.string()),
    accessGroups: z.array(z.string()),
  }),
  async run({ realm }, { caller, store }) {
    const { providers, apps, accessGroups } = await store.words(reachableRealm(caller, realm));
    return { providers: [...providers], apps: [...apps], accessGroups: [...accessGroups] };
  },
});
