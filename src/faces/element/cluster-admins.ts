import { z } from 'zod';
import type { AuthMethod } from '../../access/administrator.ts';
import { CurfewError } from '../../core/errors.ts';
import type { adminSchema } from '../../operations/admin-form.ts';
import { createAdmin, deleteAdmin, listAdmins, updateAdmin } from '../../operations/admins.ts';
import { changeAdminPassword } from '../../operations/admins-password.ts';
import { listOwnAdmins } from '../../operations/me-admins.ts';
import { ElementError } from './element-error.ts';
import { accessField, attributesField, clusterAdminIdField, usernameField } from './fields.ts';
import { type MethodCall, method, type Result } from './method.ts';
import { authMethodOf } from './session-info.ts';

type Admin = z.output<typeof adminSchema>;

/** The administrators that the face's realm knows: its own and those of every realm, as far as the caller may see them. */
export async function reachableAdmins({ ask, realm }: Pick<MethodCall, 'ask' | 'realm'>): Promise<Admin[]> {
  const { admins } = await ask(listAdmins, {}, 'self');
  return admins.filter((admin) => admin.realm === null || admin.realm === realm);
}

/** @returns the error for a number that no cluster admin bears */
export function noSuchClusterAdmin(id: number): ElementError {
  return new ElementError('xClusterAdminIDDoesNotExist', `ClusterAdminID ${id} does not exist.`);
}

/** The licence of the original is not ours to ask for; a client that declines it is told what the original tells it. */
const eulaField = z.boolean().refine((accepted) => accepted, 'must be true');
const passwordField = z.string();

const addClusterAdmin = method({
  name: 'AddClusterAdmin',
  params: z.object({
    username: usernameField,
    password: passwordField,
    access: accessField,
    acceptEula: eulaField,
    attributes: attributesField,
  }),
  permission: 'admins.write',
  run: ({ acceptEula: _accepted, ...admin }, call) => add('Cluster', admin, call),
});

const addLdapClusterAdmin = method({
  name: 'AddLdapClusterAdmin',
  params: z.object({
    username: usernameField,
    access: accessField,
    acceptEula: eulaField.optional(),
    attributes: attributesField,
  }),
  permission: 'admins.write',
  run: ({ acceptEula: _accepted, ...admin }, call) => add('Ldap', admin, call),
});

const addIdpClusterAdmin = method({
  name: 'AddIdpClusterAdmin',
  params: z.object({
    username: usernameField.regex(/^[^=]+=./, 'expected an attribute and its value, such as group=ops'),
    access: accessField,
    acceptEula: eulaField,
    attributes: attributesField,
  }),
  permission: 'admins.write',
  run: ({ acceptEula: _accepted, ...admin }, call) => add('Idp', admin, call),
});

interface NewAdmin {
  readonly username: string;
  readonly password?: string;
  readonly access: string[];
  readonly attributes?: Record<string, unknown> | null | undefined;
}

/** Made for the face's realm alone: a cluster admin has power over one cluster. */
async function add(
  authMethod: AuthMethod,
  { access, attributes, ...rest }: NewAdmin,
  { ask, realm }: MethodCall,
): Promise<Result> {
  const { admin } = await ask(
    createAdmin,
    { ...rest, authMethod, accessGroups: access, realm, ...(attributes ? { attributes } : {}) },
    'self',
  );
  return { object: { clusterAdminID: admin.id } };
}

const modifyClusterAdmin = method({
  name: 'ModifyClusterAdmin',
  params: z.object({
    clusterAdminID: clusterAdminIdField,
    password: passwordField.optional(),
    access: accessField.optional(),
    attributes: attributesField,
  }),
  permission: 'admins.self',
  async run({ clusterAdminID: id, password, access, attributes }, call) {
    const { ask } = call;
    await demandReachable(id, call);
    if (access !== undefined || attributes) {
      const change = {
        ...(access === undefined ? {} : { accessGroups: access }),
        ...(attributes ? { attributes } : {}),
      };
      await withNames(id, ask(updateAdmin, { id, ...change }, 'self'));
    }
    if (password !== undefined) await withNames(id, ask(changeAdminPassword, { id, password }, 'self'));
    return { object: {} };
  },
});

const removeClusterAdmin = method({
  name: 'RemoveClusterAdmin',
  params: z.object({ clusterAdminID: clusterAdminIdField }),
  permission: 'admins.write',
  async run({ clusterAdminID: id }, call) {
    await demandReachable(id, call);
    await withNames(id, call.ask(deleteAdmin, { id }, 'self'));
    return { object: {} };
  },
});

const listClusterAdmins = method({
  name: 'ListClusterAdmins',
  // Nobody is hidden here.
  params: z.object({ showHidden: z.boolean().optional() }),
  permission: 'admins.read',
  async run(_params, call) {
    return { object: { clusterAdmins: (await reachableAdmins(call)).map(clusterAdmin) } };
  },
});

const getCurrentClusterAdmin = method({
  name: 'GetCurrentClusterAdmin',
  params: z.object({}),
  permission: 'admins.self',
  async run(_params, { ask, caller }) {
    const { accessGroups, admins } = await ask(listOwnAdmins, {}, 'self');
    const session = caller.kind === 'administrator' ? caller.session : undefined;
    const authMethod = session === undefined ? 'Cluster' : authMethodOf(session.provider.type);
    const [own] = admins;
    if (authMethod === 'Cluster' && own !== undefined) return { object: { clusterAdmin: clusterAdmin(own) } };
    // Several admins may stand behind a user of a directory or an identity provider; together they are none of them.
    const username = session?.subject ?? '';
    return {
      object: {
        clusterAdmin: { access: accessGroups, attributes: {}, authMethod, clusterAdminID: -1, username },
      },
    };
  },
});

const listCurrentClusterAdmins = method({
  name: 'ListCurrentClusterAdmins',
  params: z.object({}),
  permission: 'admins.self',
  async run(_params, { ask, caller }) {
    const { username, admins } = await ask(listOwnAdmins, {}, 'self');
    const session = caller.kind === 'administrator' ? caller.session : undefined;
    return {
      object: { clusterAdmins: admins.map(clusterAdmin), username: session?.subject ?? username },
    };
  },
});

function clusterAdmin({ id, username, authMethod, accessGroups, attributes }: Admin) {
  return { access: accessGroups, attributes, authMethod, clusterAdminID: id, username };
}

/** An admin bound to another realm is none of this cluster, also for a caller who reaches every realm. */
async function demandReachable(id: number, call: MethodCall): Promise<void> {
  const { caller } = call;
  const isOwn = caller.kind === 'administrator' && caller.adminId === id;
  if (isOwn) return;
  const admins = await reachableAdmins(call);
  if (!admins.some((admin) => admin.id === id)) throw noSuchClusterAdmin(id);
}

/** Gives errors of the core the names that they have for cluster admins. */
async function withNames<T>(id: number, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (thrown) {
    if (!(thrown instanceof CurfewError)) throw thrown;
    if (thrown.code === 'not_found') throw noSuchClusterAdmin(id);
    // The last who holds all rights can neither be removed nor lose them.
    if (thrown.code === 'conflict') throw new ElementError('xAPINotPermitted', thrown.message);
    throw thrown;
  }
}

/** The methods that administer cluster admins. */
export const clusterAdminMethods = [
  addClusterAdmin,
  addLdapClusterAdmin,
  addIdpClusterAdmin,
  modifyClusterAdmin,
  removeClusterAdmin,
  listClusterAdmins,
  getCurrentClusterAdmin,
  listCurrentClusterAdmins,
];
