import { z } from 'zod';
import type { AdministratorCaller, Caller } from '../access/caller.ts';
import { CurfewError } from '../core/errors.ts';
import { adminForm, adminSchema } from './admin-form.ts';
import { operation } from './operation.ts';

export const listOwnAdmins = operation({
  name: 'me.admins.list',
  summary: 'Show as which administrators the caller acts, and with which rights',
  description:
    'With a password that is one; the session of a user of a directory or an identity provider may be bound to several.',
  http: { method: 'GET', path: '/v1/me/admins' },
  permission: 'admins.self',
  input: z.strictObject({}),
  output: z.object({
    username: z.string(),
    accessGroups: z.array(z.string()).describe('The rights of this call, of all of them together'),
    admins: z.array(adminSchema).describe('By ascending number'),
  }),
  async run(_input, { access, caller }) {
    const { username, accessGroups, adminId, session } = asAdministrator(caller);
    const ids = session === undefined ? [adminId] : [...session.adminIds];
    const admins = ids
      .sort((a, b) => a - b)
      .map((id) => access.administrators.byId(id)?.administrator)
      .filter((record) => record !== undefined)
      .filter(({ realm }) => session === undefined || realm === null || realm === session.realm);
    return { username, accessGroups: [...accessGroups], admins: admins.map(adminForm) };
  },
});

function asAdministrator(caller: Caller): AdministratorCaller {
  if (caller.kind === 'administrator') return caller;
  throw new CurfewError('forbidden', 'The caller is no administrator. Call it as one.');
}
