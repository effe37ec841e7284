import { z } from 'zod';
import { authMethods } from '../access/administrator.ts';
import { realmOf } from '../access/caller.ts';
import { adminFields, adminForm, adminIdSchema, adminSchema, passwordSchema } from './admin-form.ts';
import { demandKnownRealm } from './known-realm.ts';
import { operation } from './operation.ts';
import { nameSchema } from './registration-form.ts';

export const listAdmins = operation({
  name: 'admins.list',
  summary: 'List administrators',
  description: 'A caller bound to a realm sees those bound to the same realm.',
  http: { method: 'GET', path: '/v1/admins' },
  permission: 'admins.read',
  input: z.strictObject({}),
  output: z.object({ admins: z.array(adminSchema).describe('By ascending number') }),
  async run(_input, { access, caller }) {
    return { admins: access.administrators.list(caller).map(adminForm) };
  },
});

export const getAdmin = operation({
  name: 'admins.get',
  summary: 'Show one administrator',
  http: { method: 'GET', path: '/v1/admins/{id}' },
  permission: 'admins.read',
  input: z.strictObject({ id: adminIdSchema }),
  output: z.object({ admin: adminSchema }),
  async run({ id }, { access, caller }) {
    return { admin: adminForm(access.administrators.get(id, caller)) };
  },
});

export const createAdmin = operation({
  name: 'admins.create',
  summary: 'Make an administrator',
  description:
    'Nobody grants more than they hold, and a caller bound to a realm makes administrators of that realm only.',
  http: { method: 'POST', path: '/v1/admins', status: 201 },
  permission: 'admins.write',
  input: z.strictObject({
    username: nameSchema(1024).describe('Unique among the administrators of one authMethod'),
    authMethod: z.enum(authMethods).default('Cluster'),
    password: passwordSchema.optional().describe('Needed for Cluster, refused for the others'),
    accessGroups: adminFields.accessGroups,
    realm: adminFields.realm
      .optional()
      .describe("The only realm they may reach; without it the caller's own"),
    attributes: adminFields.attributes.optional(),
  }),
  output: z.object({ admin: adminSchema }),
  async run(input, { access, registry, caller, origin }) {
    const realm = input.realm === undefined ? realmOf(caller) : input.realm;
    if (realm !== null) demandKnownRealm(registry, realm);
    const admin = await access.administrators.create({ ...input, realm }, { caller, origin });
    return { admin: adminForm(admin) };
  },
});

export const updateAdmin = operation({
  name: 'admins.update',
  summary: "Change an administrator's access groups, realm or attributes",
  description: 'It holds from the next call on, for their live sessions too. What is not given stays.',
  http: { method: 'PATCH', path: '/v1/admins/{id}' },
  permission: 'admins.write',
  input: z.strictObject({
    id: adminIdSchema,
    accessGroups: adminFields.accessGroups.optional(),
    realm: adminFields.realm.optional(),
    attributes: adminFields.attributes.optional(),
  }),
  output: z.object({ admin: adminSchema }),
  async run({ id, ...change }, { access, registry, caller, origin }) {
    if (typeof change.realm === 'string') demandKnownRealm(registry, change.realm);
    return { admin: adminForm(await access.administrators.update(id, change, { caller, origin })) };
  },
});

export const deleteAdmin = operation({
  name: 'admins.delete',
  summary: 'Remove an administrator and end their sessions',
  description: 'The last administrator with a password who holds administrator for all realms stays.',
  http: { method: 'DELETE', path: '/v1/admins/{id}' },
  permission: 'admins.write',
  input: z.strictObject({ id: adminIdSchema }),
  output: z.object({
    admin: adminSchema,
    terminated: z.int().describe('How many live sessions ended with it, exactly'),
  }),
  async run({ id }, { access, registry, caller, origin }) {
    const admin = await access.administrators.remove(id, { caller, origin });
    // After the removal, so that a sign-in under way meets the revocation and cannot leave a session behind.
    const { revocation } = await registry.terminate({
      selector: sessionsOfAdmin(id, realmOf(caller)),
      reason: `the administrator ${admin.username} was removed`,
      origin,
    });
    return { admin: adminForm(admin), terminated: revocation.matched };
  },
});

/** A caller bound to a realm ends nothing beyond it; there a record of that realm gives no rights anyway. */
export function sessionsOfAdmin(adminId: number, realm: string | null): { adminId: number; realm?: string } {
  return realm === null ? { adminId } : { adminId, realm };
}
