import { z } from 'zod';
import { rangesBeginning } from '../core/address.ts';
import { beginningsOf, mostCounted } from '../session/suggestions.ts';
import { reachableRealm } from './border.ts';
import { operation } from './operation.ts';
import { nameSchema } from './registration-form.ts';

const suggestionsSchema = z.array(
  z
    .object({
      value: z.string(),
      realm: z.string(),
      live: z
        .int()
        .describe(`How many live sessions bear it there; ${mostCounted} stands for as many or more`),
    })
    .meta({ id: 'Suggestion', description: 'A name or an address that live sessions of a realm bear' }),
);

export const suggestSessions = operation({
  name: 'sessions.suggest',
  summary: 'Suggest names and addresses that begin with a text',
  description:
    'What somebody may mean who has begun to write a user name, a subject or an address. Names are found as they are written and in the usual capital and small letters. It looks at a bounded number of them, so that it answers at once however many sessions there are; where very many begin so, more letters tell more.',
  http: { method: 'GET', path: '/v1/sessions/suggest' },
  permission: 'sessions.read',
  input: z.strictObject({
    text: nameSchema(1024).describe('The first letters of a name, or the first numbers of an address'),
    realm: nameSchema(128)
      .optional()
      .describe('Only this realm; without it every realm the caller may reach'),
    limit: z.int().min(1).max(20).default(6).describe('The most of each kind'),
  }),
  output: z.object({
    usernames: suggestionsSchema,
    subjects: suggestionsSchema,
    addresses: suggestionsSchema.describe('Without those for a text that no address begins with'),
  }),
  async run({ text, realm: named, limit }, { caller, registry }) {
    const realm = reachableRealm(caller, named);
    const { usernames, subjects, addresses } = await registry.suggest({
      beginnings: beginningsOf(text),
      addresses: rangesBeginning(text),
      limit,
      ...(realm === undefined ? {} : { realm }),
    });
    return { usernames: [...usernames], subjects: [...subjects], addresses: [...addresses] };
  },
});
