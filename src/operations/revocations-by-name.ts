import { z } from 'zod';
import { CurfewError } from '../core/errors.ts';
import { usersByName } from '../session/name-search.ts';
import type { Selector } from '../session/selector.ts';
import { reachableRealm } from './border.ts';
import { type CallContext, operation } from './operation.ts';
import { nameSchema } from './registration-form.ts';
import { inTurn, nameQuery, patternFields } from './sessions-search.ts';
import { reasonSchema } from './termination.ts';

/** More users than this make one order a matter for `*`, or for a selector. */
const mostUsers = 10_000;
/** So many orders are under way at once; the store commits them in groups. */
const together = 64;

export const revokeByName = operation({
  name: 'revocations.createByName',
  summary: 'End every session of the users whose name matches a pattern',
  description:
    'A selector has no patterns, so the pattern is resolved first: there is one entry of the ledger for each user who has a live session that moment. A user without one, who matches and signs in meanwhile, is not named. `*` alone is one entry for the whole realm.',
  http: { method: 'POST', path: '/v1/revocations/by-name', status: 201 },
  permission: 'sessions.terminate',
  input: z.strictObject({
    realm: nameSchema(128).describe('The realm; there is no order by pattern for all of them'),
    ...patternFields,
    reason: reasonSchema,
  }),
  output: z.object({
    users: z.int().nullable().describe('How many users the pattern named; null for `*`, which names all'),
    matched: z.int().describe('How many live sessions ended, exactly'),
    revocations: z.array(z.int()).describe('The numbers of the entries of the ledger, in ascending order'),
  }),
  async run({ realm: named, pattern: text, ignoreCase, reason }, context) {
    const { registry, caller } = context;
    const realm = reachableRealm(caller, named) ?? named;
    const query = nameQuery({ realm, text, ignoreCase });
    if (query.pattern.matchesAll) {
      return { users: null, ...(await revokeEach(context, reason, [{ all: true, realm }])) };
    }
    const users = await inTurn(registry, () => usersByName(registry, query, mostUsers));
    if (users === undefined) {
      throw new CurfewError(
        'too_large',
        `The pattern names more than ${mostUsers} users, so nothing was ended; name fewer, or * for the whole realm.`,
        { facts: { most: mostUsers } },
      );
    }
    const selectors = [...users].map((username): Selector => ({ username, realm }));
    return { users: users.size, ...(await revokeEach(context, reason, selectors)) };
  },
});

async function revokeEach(
  { registry, origin }: CallContext,
  reason: string,
  selectors: readonly Selector[],
): Promise<{ matched: number; revocations: number[] }> {
  const revocations: number[] = [];
  let matched = 0;
  for (let start = 0; start < selectors.length; start += together) {
    const orders = selectors
      .slice(start, start + together)
      .map((selector) => registry.terminate({ selector, reason, origin }));
    for (const { revocation } of await Promise.all(orders)) {
      revocations.push(revocation.seq);
      matched += revocation.matched;
    }
  }
  return { matched, revocations: revocations.sort((a, b) => a - b) };
}
