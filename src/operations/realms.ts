import { z } from 'zod';
import { sampleRealm } from '../session/samples/population.ts';
import { mayReach } from './border.ts';
import { type CallContext, operation } from './operation.ts';

export const listRealms = operation({
  name: 'realms.list',
  summary: 'List the realms',
  description:
    'Those of the configuration, those that sessions ever bore here, and those that a rule, a key or an administrator is for. A caller bound to a realm sees that one.',
  http: { method: 'GET', path: '/v1/realms' },
  permission: 'sessions.read',
  input: z.strictObject({}),
  output: z.object({ realms: z.array(z.string()).describe('In alphabetical order') }),
  run: async (_input, context) => ({ realms: await reachableRealms(context) }),
});

/** The realms there are within the reach of the caller, in alphabetical order. */
export async function reachableRealms(context: CallContext): Promise<string[]> {
  const { registry, access, caller } = context;
  const known = new Set([...(registry.realms ?? ['default']), ...(await usedRealms(context))]);
  for (const { scope } of registry.policies.list()) if (scope.kind !== 'default') known.add(scope.realm);
  for (const { realm } of access.keys.list(caller)) known.add(realm);
  for (const { realm } of access.administrators.list(caller)) if (realm !== null) known.add(realm);
  return [...known].filter((realm) => mayReach(caller, realm)).sort();
}

/** Those that sessions ever bore, but for that of the samples when these were taken away and it holds nothing else. */
async function usedRealms({ store, clock }: CallContext): Promise<string[]> {
  const used = await store.realms();
  if (!used.includes(sampleRealm)) return used;
  const selector = { realm: sampleRealm };
  const { sessions } = await store.list({ selector, state: 'any', now: clock.now(), limit: 1 });
  return sessions.length > 0 ? used : used.filter((realm) => realm !== sampleRealm);
}
