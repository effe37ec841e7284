import { z } from 'zod';
import { newPassword } from '../access/passwords.ts';
import { usernameForm } from '../access/username.ts';
import { CurfewError } from '../core/errors.ts';
import { passwordSchema } from './admin-form.ts';
import { realmFor } from './border.ts';
import { demandKnownRealm } from './known-realm.ts';
import { type CallContext, operation } from './operation.ts';
import {
  sessionsOfUser,
  userFields,
  userForm,
  usernameSchema,
  userRealmSchema,
  userSchema,
} from './user-form.ts';

const namedUser = { username: usernameSchema, realm: userRealmSchema };
const terminatedSchema = z.int().describe('How many live sessions it ended, exactly');

export const listUsers = operation({
  name: 'users.list',
  summary: "List Curfew's own users of a realm, by name",
  http: { method: 'GET', path: '/v1/users' },
  permission: 'users.read',
  input: z.strictObject({
    realm: userRealmSchema,
    prefix: z.string().max(1024).optional().describe('Only users whose names begin so'),
    limit: z.int().min(1).max(1000).default(100).describe('The most users in one answer'),
    cursor: z.string().min(1).max(8192).optional().describe('nextCursor of the page before'),
  }),
  output: z.object({
    users: z.array(userSchema),
    nextCursor: z.string().optional().describe('Where the next page starts; absent on the last one'),
  }),
  async run({ realm: named, prefix, limit, cursor }, { access, caller }) {
    const realm = realmFor(caller, named);
    const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString('utf8');
    const users = await access.users.list(realm, { prefix, after, limit });
    const last = users.length < limit ? undefined : users.at(-1);
    return {
      users: users.map(userForm),
      ...(last === undefined ? {} : { nextCursor: Buffer.from(last.username).toString('base64url') }),
    };
  },
});

export const getUser = operation({
  name: 'users.get',
  summary: 'Show one user',
  http: { method: 'GET', path: '/v1/users/{username}' },
  permission: 'users.read',
  input: z.strictObject(namedUser),
  output: z.object({ user: userSchema }),
  async run({ username, realm: named }, { access, caller }) {
    const realm = realmFor(caller, named);
    return { user: userForm((await access.users.get(realm, username)).user) };
  },
});

export const createUser = operation({
  name: 'users.create',
  summary: 'Make a user',
  description:
    'Without a password a random one is made and answered, once. The user chooses another at the first sign-in.',
  http: { method: 'POST', path: '/v1/users', status: 201 },
  permission: 'users.write',
  input: z.strictObject({
    ...namedUser,
    // Every client takes such a segment out of a path, however it is escaped: nobody could disable or remove the user.
    username: usernameSchema.refine((name) => name !== '.' && name !== '..', 'must not be . or ..'),
    password: passwordSchema.optional(),
    mustChangePassword: z
      .boolean()
      .default(true)
      .describe('False lets them keep the password that is given here'),
    accessGroups: userFields.accessGroups.optional(),
    attributes: userFields.attributes.optional(),
  }),
  output: z.object({
    user: userSchema,
    password: z.string().optional().describe('The random password, when none was given; shown once'),
  }),
  async run(input, { access, registry, caller, origin }) {
    const realm = realmFor(caller, input.realm);
    demandKnownRealm(registry, realm);
    if (access.administrators.byName(usernameForm(input.username)) !== undefined) {
      throw new CurfewError(
        'conflict',
        `There is an administrator ${JSON.stringify(input.username)}, who signs in under this name; choose another.`,
      );
    }
    const password = input.password ?? newPassword();
    const user = await access.users.create({ ...input, realm, password }, origin);
    return { user: userForm(user), ...(input.password === undefined ? { password } : {}) };
  },
});

export const updateUser = operation({
  name: 'users.update',
  summary: "Change a user's access groups or attributes",
  description:
    'It holds for sign-ins from now on. Sessions keep what they were made with. What is not given stays.',
  http: { method: 'PATCH', path: '/v1/users/{username}' },
  permission: 'users.write',
  input: z.strictObject({
    ...namedUser,
    accessGroups: userFields.accessGroups.optional(),
    attributes: userFields.attributes.optional(),
  }),
  output: z.object({ user: userSchema }),
  async run({ username, realm: named, ...change }, { access, caller, origin }) {
    const realm = realmFor(caller, named);
    return { user: userForm(await access.users.update(realm, username, change, origin)) };
  },
});

export const disableUser = operation({
  name: 'users.disable',
  summary: 'Let a user sign in no more, and end their sessions',
  http: { method: 'POST', path: '/v1/users/{username}/disable' },
  permission: 'users.write',
  input: z.strictObject(namedUser),
  output: z.object({ user: userSchema, terminated: terminatedSchema }),
  async run({ username, realm: named }, context) {
    const { access, caller, origin } = context;
    const realm = realmFor(caller, named);
    const user = await access.users.update(realm, username, { enabled: false }, origin);
    return { user: userForm(user), terminated: await endSessions(context, user, 'was disabled') };
  },
});

export const enableUser = operation({
  name: 'users.enable',
  summary: 'Let a user sign in again',
  http: { method: 'POST', path: '/v1/users/{username}/enable' },
  permission: 'users.write',
  input: z.strictObject(namedUser),
  output: z.object({ user: userSchema }),
  async run({ username, realm: named }, { access, caller, origin }) {
    const realm = realmFor(caller, named);
    return { user: userForm(await access.users.update(realm, username, { enabled: true }, origin)) };
  },
});

export const deleteUser = operation({
  name: 'users.delete',
  summary: 'Remove a user, and end their sessions',
  http: { method: 'DELETE', path: '/v1/users/{username}' },
  permission: 'users.write',
  input: z.strictObject(namedUser),
  output: z.object({ user: userSchema, terminated: terminatedSchema }),
  async run({ username, realm: named }, context) {
    const { access, caller, origin } = context;
    const realm = realmFor(caller, named);
    const user = await access.users.remove(realm, username, origin);
    return { user: userForm(user), terminated: await endSessions(context, user, 'was removed') };
  },
});

export const setUserPassword = operation({
  name: 'users.password',
  summary: "Set a user's password, and end their sessions unless told otherwise",
  description:
    'Without a password a random one is made and answered, once. The user chooses another at the next sign-in.',
  http: { method: 'POST', path: '/v1/users/{username}/password' },
  permission: 'users.write',
  input: z.strictObject({
    ...namedUser,
    password: passwordSchema.optional(),
    mustChangePassword: z.boolean().default(true).describe('False lets them keep the password given here'),
    endSessions: z.boolean().default(true).describe('False lets their sessions live on'),
  }),
  output: z.object({
    user: userSchema,
    password: z.string().optional().describe('The random password, when none was given; shown once'),
    terminated: terminatedSchema,
  }),
  async run(input, context) {
    const { access, caller, origin } = context;
    const realm = realmFor(caller, input.realm);
    const password = input.password ?? newPassword();
    const mustChange = input.mustChangePassword;
    const { user } = await access.users.retried(async () => {
      const kept = await access.users.get(realm, input.username);
      return access.users.setPassword(kept, password, { mustChange, origin });
    });
    return {
      user: userForm(user),
      ...(input.password === undefined ? { password } : {}),
      terminated: input.endSessions ? await endSessions(context, user, 'was given another password') : 0,
    };
  },
});

export const removeUserFactor = operation({
  name: 'users.removeFactor',
  summary: "Take a user's second factor away, and end their sessions unless told otherwise",
  description:
    'For somebody who has lost the device and the recovery codes. A password is enough from then on.',
  http: { method: 'DELETE', path: '/v1/users/{username}/factor' },
  permission: 'users.write',
  input: z.strictObject({
    ...namedUser,
    endSessions: z.boolean().default(true).describe('False lets their sessions live on'),
  }),
  output: z.object({ user: userSchema, terminated: terminatedSchema }),
  async run({ username, realm: named, endSessions: ends }, context) {
    const { access, caller, origin } = context;
    const realm = realmFor(caller, named);
    const { user } = await access.users.retried(async () => {
      const kept = await access.users.get(realm, username);
      return access.users.setTotp(kept, undefined, 'user.factor_removed', origin);
    });
    const terminated = ends ? await endSessions(context, user, 'lost the second factor') : 0;
    return { user: userForm(user), terminated };
  },
});

/** Made after the change, so that a sign-in under way meets the revocation and cannot leave a session behind. */
async function endSessions(
  { registry, origin }: CallContext,
  user: { realm: string; username: string },
  what: string,
): Promise<number> {
  const { revocation } = await registry.terminate({
    selector: sessionsOfUser(user),
    reason: `the user ${user.username} ${what}`,
    origin,
  });
  return revocation.matched;
}
