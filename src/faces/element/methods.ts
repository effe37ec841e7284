import { z } from 'zod';
import { clusterAdminMethods } from './cluster-admins.ts';
import { idpMethods } from './identity-providers.ts';
import { loginSessionMethods } from './login-session.ts';
import { makingMethods } from './make-sessions.ts';
import { type Method, method } from './method.ts';
import { deletingMethods } from './sessions-delete.ts';
import { listingMethods } from './sessions-list.ts';
import { currentVersion, supportedVersions } from './versions.ts';

const getApi = method({
  name: 'GetAPI',
  params: z.object({}),
  async run() {
    return { object: { [currentVersion]: methodNames(), currentVersion, supportedVersions } };
  },
});

/** Every method of the face. */
export const methods: readonly Method[] = [
  getApi,
  ...listingMethods,
  ...deletingMethods,
  ...makingMethods,
  ...clusterAdminMethods,
  ...idpMethods,
  ...loginSessionMethods,
];

const byName = new Map(methods.map((one) => [one.name, one]));

/** The method of a name, exact and case-sensitive. */
export function methodByName(name: string): Method | undefined {
  return byName.get(name);
}

function methodNames(): string[] {
  return [...byName.keys()].sort();
}
