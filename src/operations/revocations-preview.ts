import { z } from 'zod';
import { canSee } from '../access/borders.ts';
import { holds } from '../access/permissions.ts';
import { compileSelector, selectorSchema } from '../session/selector.ts';
import { withinBorder } from './border.ts';
import { type CallContext, operation } from './operation.ts';
import { soundSelector } from './revocations-create.ts';
import { sessionForm, sessionSchema } from './session-form.ts';
import { emptyWarning, unknownNamesSchema } from './termination.ts';

const talliesSchema = z.array(z.object({ value: z.string(), count: z.int() }));

export const previewRevocation = operation({
  name: 'revocations.preview',
  summary: 'Show what a termination would hit, without making it',
  description:
    'Everything is taken in one snapshot. Give `count` as `expect` to the termination that follows.',
  http: { method: 'POST', path: '/v1/revocations/preview' },
  permission: 'sessions.read',
  input: z.strictObject({ selector: selectorSchema }),
  output: z.object({
    count: z.int().describe('How many live sessions match, exactly'),
    byRealm: talliesSchema,
    byProvider: talliesSchema.describe('Values are type/name'),
    byUser: talliesSchema.describe('The 20 users with most sessions'),
    byApp: talliesSchema.describe('Sessions without an app are not in it'),
    sample: z.array(sessionSchema).describe('The 20 newest'),
    hitsOwnSession: z.boolean().describe('Whether the session that the caller asks with is among them'),
    administrators: z
      .array(z.object({ adminId: z.int(), username: z.string().optional() }))
      .describe('The administrators whose sessions are among them'),
    unknown: unknownNamesSchema.optional(),
    warning: z.string().optional().describe('Given when nothing matches: a sentence for a person'),
  }),
  async run(input, context) {
    const selector = withinBorder(context.caller, soundSelector(input.selector));
    const summary = await context.registry.preview(selector);
    const own = 'session' in context.caller ? context.caller.session : undefined;
    return {
      count: summary.count,
      byRealm: [...summary.byRealm],
      byProvider: [...summary.byProvider],
      byUser: [...summary.byUser],
      byApp: [...summary.byApp],
      sample: summary.sample.map(sessionForm),
      hitsOwnSession: own !== undefined && compileSelector(selector)(own),
      administrators: administratorsOf(context, summary.adminIds),
      ...(summary.count > 0
        ? {}
        : { unknown: [...summary.unknown], warning: emptyWarning(selector, summary.unknown) }),
    };
  },
});

/** Names beside the numbers, of those that still exist and that the caller may see. */
function administratorsOf(
  { access, caller }: CallContext,
  adminIds: readonly number[],
): { adminId: number; username?: string }[] {
  const seesAny = holds(caller, 'admins.read');
  return adminIds.map((adminId) => {
    const record = seesAny ? access.administrators.byId(adminId)?.administrator : undefined;
    if (record === undefined || !canSee(caller, record.realm)) return { adminId };
    return { adminId, username: record.username };
  });
}
