import { z } from 'zod';
import { realmOf } from '../access/caller.ts';
import { demand } from '../access/permissions.ts';
import { CurfewError } from '../core/errors.ts';
import { adminIdSchema, passwordSchema } from './admin-form.ts';
import { sessionsOfAdmin } from './admins.ts';
import { type CallContext, operation } from './operation.ts';

export const changeAdminPassword = operation({
  name: 'admins.password',
  summary: "Change an administrator's password",
  description:
    "Everybody may change their own, those who come with a session's token by giving the current one too; whoever may write administrators may change that of another whose rights do not exceed their own.",
  http: { method: 'POST', path: '/v1/admins/{id}/password' },
  permission: 'admins.self',
  input: z.strictObject({
    id: adminIdSchema,
    password: passwordSchema.describe('The new password'),
    currentPassword: z.string().max(1024).optional().meta({ format: 'password' }),
    endSessions: z
      .boolean()
      .default(false)
      .describe('True ends their live sessions, but for the one the caller asks with'),
  }),
  output: z.object({
    terminated: z.int().describe('How many live sessions it ended; 0 without endSessions'),
  }),
  async run({ id, password, currentPassword, endSessions }, context) {
    const { access, registry, caller, origin } = context;
    const isOwn = caller.kind === 'administrator' && caller.adminId === id;
    if (isOwn) await demandCurrentPassword(context, id, currentPassword);
    else demand(caller, 'admins.write');
    await access.administrators.setPassword(id, password, { caller, origin });
    if (!endSessions) return { terminated: 0 };
    const current = caller.kind === 'administrator' ? caller.session : undefined;
    const { revocation } = await registry.terminate({
      selector: {
        ...sessionsOfAdmin(id, realmOf(caller)),
        ...(current === undefined ? {} : { except: [current.id] }),
      },
      reason: `the password of the administrator ${id} was changed`,
      origin,
    });
    return { terminated: revocation.matched };
  },
});

/** A session left open at a desk must not be enough to take the account over. */
async function demandCurrentPassword(
  { access, caller, origin }: CallContext,
  id: number,
  currentPassword: string | undefined,
): Promise<void> {
  if (caller.kind !== 'administrator' || caller.session === undefined) return;
  if (currentPassword === undefined) {
    throw wrongCurrent('is missing; a change of your own password in a session needs the present one');
  }
  const { username } = access.administrators.get(id, caller);
  await access.authenticateBasic(username, currentPassword, { ip: origin.from }).catch((error: unknown) => {
    // The session is as good as it was: whoever asks is known, and has mistyped a field.
    const isWrong = error instanceof CurfewError && error.code === 'unauthenticated';
    throw isWrong ? wrongCurrent('is not right') : error;
  });
}

function wrongCurrent(message: string): CurfewError {
  return new CurfewError('invalid_input', `currentPassword: ${message}.`, {
    faults: [{ path: 'currentPassword', message }],
  });
}
