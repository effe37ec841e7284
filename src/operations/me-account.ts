import { z } from 'zod';
import { CurfewError } from '../core/errors.ts';
import type { StoredSession } from '../session/store.ts';
import { passwordSchema } from './admin-form.ts';
import { ownSession } from './logout.ts';
import { type CallContext, operation } from './operation.ts';
import { sessionsOfUser } from './user-form.ts';

const currentPasswordSchema = z.string().max(4096).meta({ format: 'password' });
const currentCodeSchema = z
  .string()
  .max(64)
  .optional()
  .describe('A code of the present second factor, or a recovery code; needed where there is one');
const endSessionsSchema = z
  .enum(['others', 'all', 'none'])
  .default('others')
  .describe('Which sessions of the user it ends: all but the one asked with, all, or none');
const terminatedSchema = z.int().describe('How many live sessions it ended, exactly');
const codesSchema = z.array(z.string()).describe('Each lets in once without the app; shown once');

export const getOwnAccount = operation({
  name: 'me.account.get',
  summary: 'Show what the caller may change about their own account',
  http: { method: 'GET', path: '/v1/me/account' },
  permission: 'own',
  input: z.strictObject({}),
  output: z.object({
    realm: z.string(),
    username: z.string(),
    provider: z.object({ type: z.string(), name: z.string() }),
    hasOwnPassword: z.boolean().describe('Whether the password is kept by Curfew and can be changed here'),
    mayHaveTotp: z.boolean().describe('Whether a second factor can be set up here'),
    hasTotp: z.boolean(),
    recoveryCodesLeft: z.int(),
  }),
  async run(_input, context) {
    const session = ownSession(context.caller);
    const kind = await kindOfAccount(session, context);
    const user =
      kind === 'user' ? (await context.access.users.get(session.realm, session.username)).user : undefined;
    return {
      realm: session.realm,
      username: session.username,
      provider: { type: session.provider.type, name: session.provider.name },
      hasOwnPassword: kind !== 'elsewhere',
      mayHaveTotp: kind === 'user',
      hasTotp: user?.hasTotp ?? false,
      recoveryCodesLeft: user?.recoveryCodesLeft ?? 0,
    };
  },
});

export const changeOwnPassword = operation({
  name: 'me.password',
  summary: "Change the caller's own password",
  http: { method: 'POST', path: '/v1/me/password' },
  permission: 'own',
  input: z.strictObject({
    currentPassword: currentPasswordSchema,
    password: passwordSchema.describe('The new password'),
    endSessions: endSessionsSchema,
  }),
  output: z.object({ terminated: terminatedSchema }),
  async run({ currentPassword, password, endSessions }, context) {
    const { signIn, caller, origin } = context;
    const session = ownSession(caller);
    const kind = await kindOfAccount(session, context);
    if (kind === 'administrator')
      await changeOfAdministrator(session, { currentPassword, password }, context);
    else {
      if (kind === 'elsewhere') throw keptElsewhere(session);
      const { realm, username } = session;
      await signIn.accounts.changePassword(
        { realm, username, origin },
        { current: currentPassword, next: password },
      );
    }
    return { terminated: await endOwn(context, session, endSessions, 'changed their password') };
  },
});

export const beginTotp = operation({
  name: 'me.totp.begin',
  summary: 'Begin to set up a code of an authenticator app as second factor',
  description: 'Nothing is kept until me.totp.confirm was given a code of the app.',
  http: { method: 'POST', path: '/v1/me/totp' },
  permission: 'own',
  input: z.strictObject({}),
  output: z.object({
    secret: z.string().describe('In base32'),
    uri: z.string().describe('The otpauth: URI, to be shown as a QR code'),
    setup: z.string().describe('To be given to me.totp.confirm'),
  }),
  async run(_input, context) {
    const session = await ownUser(context);
    return { ...context.signIn.accounts.beginTotp(session, 'Curfew') };
  },
});

export const confirmTotp = operation({
  name: 'me.totp.confirm',
  summary: 'Keep the second factor, with the first code of the app',
  http: { method: 'POST', path: '/v1/me/totp/confirm' },
  permission: 'own',
  input: z.strictObject({
    setup: z.string().max(4096),
    code: z.string().max(64),
    currentPassword: currentPasswordSchema,
    currentCode: currentCodeSchema,
    endSessions: endSessionsSchema,
  }),
  output: z.object({ recoveryCodes: codesSchema, terminated: terminatedSchema }),
  async run({ setup, code, currentPassword, currentCode, endSessions }, context) {
    const session = await ownUser(context);
    const { realm, username } = session;
    const recoveryCodes = await context.signIn.accounts.confirmTotp(
      { realm, username, origin: context.origin },
      { setup, code, current: currentPassword, currentCode },
    );
    const terminated = await endOwn(context, session, endSessions, 'set up a second factor');
    return { recoveryCodes: [...recoveryCodes], terminated };
  },
});

export const removeTotp = operation({
  name: 'me.totp.remove',
  summary: "Take the caller's own second factor away",
  http: { method: 'POST', path: '/v1/me/totp/remove' },
  permission: 'own',
  input: z.strictObject({
    currentPassword: currentPasswordSchema,
    currentCode: currentCodeSchema,
    endSessions: endSessionsSchema,
  }),
  output: z.object({ terminated: terminatedSchema }),
  async run({ currentPassword, currentCode, endSessions }, context) {
    const session = await ownUser(context);
    const { realm, username } = session;
    const who = { realm, username, origin: context.origin };
    await context.signIn.accounts.removeTotp(who, { current: currentPassword, currentCode });
    return { terminated: await endOwn(context, session, endSessions, 'removed the second factor') };
  },
});

export const renewRecoveryCodes = operation({
  name: 'me.totp.recoveryCodes',
  summary: 'Make new recovery codes in place of the former',
  http: { method: 'POST', path: '/v1/me/totp/recovery-codes' },
  permission: 'own',
  input: z.strictObject({ currentPassword: currentPasswordSchema, currentCode: currentCodeSchema }),
  output: z.object({ recoveryCodes: codesSchema }),
  async run({ currentPassword, currentCode }, context) {
    const { realm, username } = await ownUser(context);
    const who = { realm, username, origin: context.origin };
    const present = { current: currentPassword, currentCode };
    return { recoveryCodes: [...(await context.signIn.accounts.renewRecoveryCodes(who, present))] };
  },
});

/**
 * Whose password it is. A session of the type basic that an application has registered is of neither kind, unless its
 * name is that of a user here; an administrator's session is bound to their record.
 */
async function kindOfAccount(
  session: StoredSession,
  { access }: CallContext,
): Promise<'user' | 'administrator' | 'elsewhere'> {
  if (session.provider.type !== 'basic') return 'elsewhere';
  const administrator = access.administrators.byName(session.username)?.administrator;
  if (administrator !== undefined && session.adminIds.includes(administrator.id)) return 'administrator';
  const user = await access.users.find(session.realm, session.username);
  return user === undefined ? 'elsewhere' : 'user';
}

async function ownUser(context: CallContext): Promise<StoredSession> {
  const session = ownSession(context.caller);
  if ((await kindOfAccount(session, context)) === 'user') return session;
  throw keptElsewhere(session);
}

async function changeOfAdministrator(
  session: StoredSession,
  { currentPassword, password }: { currentPassword: string; password: string },
  { access, origin }: CallContext,
): Promise<void> {
  const proven = await access.authenticateBasic(session.username, currentPassword, { ip: origin.from });
  await access.administrators.setPassword(proven.adminId, password, { caller: proven, origin });
}

async function endOwn(
  { registry, origin }: CallContext,
  session: StoredSession,
  which: 'others' | 'all' | 'none',
  what: string,
): Promise<number> {
  if (which === 'none') return 0;
  const { revocation } = await registry.terminate({
    selector: { ...sessionsOfUser(session), ...(which === 'others' ? { except: [session.id] } : {}) },
    reason: `the user ${session.username} ${what}`,
    origin,
  });
  return revocation.matched;
}

function keptElsewhere({ provider }: StoredSession): CurfewError {
  return new CurfewError(
    'conflict',
    `The password of this account is not kept here but by ${provider.type}/${provider.name}; change it there.`,
  );
}
