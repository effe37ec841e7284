import { z } from 'zod';
import { Serial } from '../access/serial.ts';
import { type Wildcard, wildcard } from '../core/wildcard.ts';
import { type NameQuery, searchByName } from '../session/name-search.ts';
import type { Registry } from '../session/registry.ts';
import { reachableRealm } from './border.ts';
import { formsOf } from './formed.ts';
import { operation } from './operation.ts';
import { nameSchema } from './registration-form.ts';
import { sessionForm, sessionSchema } from './session-form.ts';

/** A pattern of user names and how it is to be read. */
export const patternFields = {
  pattern: nameSchema(1024).describe(
    'The user name, in which `*` stands for any number of any characters; nothing else is special',
  ),
  ignoreCase: z.boolean().default(false).describe('Take capital and small letters for the same'),
} as const;

export const searchSessions = operation({
  name: 'sessions.search',
  summary: 'Find live sessions by a pattern of the user name',
  description:
    'A pattern that names neither one user nor all of them makes the server look at every live session of the realm; prefer the list where the name is known.',
  http: { method: 'GET', path: '/v1/sessions/search' },
  permission: 'sessions.read',
  input: z.strictObject({
    realm: nameSchema(128)
      .optional()
      .describe('Only this realm; without it every realm the caller may reach'),
    ...patternFields,
    limit: z.int().min(1).max(10_000).default(100).describe('The most sessions in the answer'),
  }),
  output: z.object({
    sessions: z.array(sessionSchema).describe('The newest first'),
    matched: z.int().describe('How many match, also those beyond the limit'),
  }),
  async run({ realm, pattern: text, ignoreCase, limit }, { registry, caller }) {
    const query = nameQuery({ realm: reachableRealm(caller, realm), text, ignoreCase });
    const { sessions, matched } = await inTurn(registry, () => searchByName(registry, query, limit));
    return { sessions: formsOf(sessions, sessionForm), matched };
  },
});

/** The query of a pattern. */
export function nameQuery(asked: Omit<NameQuery, 'pattern'>): NameQuery & { readonly pattern: Wildcard } {
  return { ...asked, pattern: wildcard(asked.text, asked) };
}

const turns = new WeakMap<Registry, Serial>();

/** Looking through all names is the one long question there is; one at a time leaves room for everybody else's. */
export function inTurn<T>(registry: Registry, search: () => Promise<T>): Promise<T> {
  const turn = turns.get(registry) ?? new Serial();
  turns.set(registry, turn);
  return turn.run(search);
}
