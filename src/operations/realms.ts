import { z } from 'zod';
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
export async function reachableRealms({ registry, access, store, caller }: CallContext): Promise<string[]> {
  const known = new Set([...(registry.realms ?? ['default']), ...(await store.realms())]);
  for (const { scope } of registry.policies.list()) if (scope.kind !== 'default') known.add(scope.realm);
  for (const { realm } of access.keys.list(caller)) known.add(realm);
  for (const { realm } of access.administrators.list(caller)) if (realm !== null) known.add(realm);
  return [...known].filter((realm) => mayReach(caller, realm)).sort();
}
