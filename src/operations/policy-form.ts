import { z } from 'zod';
import {
  type EffectivePolicy,
  type PolicyRule,
  type PolicyScope,
  policyPresets,
  type SessionLimit,
} from '../session/policy.ts';
import { nameSchema } from './registration-form.ts';

const realm = nameSchema(128);
const limitMs = z
  .int()
  .min(1000, 'expected at least 1000 ms')
  .max(Number.MAX_SAFE_INTEGER)
  .nullable()
  .optional();

/** Where a rule applies. The most special one that says something decides: user, provider, realm, default. */
export const scopeSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('default') }),
    z.strictObject({ kind: z.literal('realm'), realm }),
    z.strictObject({
      kind: z.literal('provider'),
      realm,
      type: nameSchema(256).describe('The type of the provider'),
      name: nameSchema(256).describe('The name of the provider'),
    }),
    z.strictObject({ kind: z.literal('user'), realm, username: nameSchema(1024) }),
  ])
  .meta({
    id: 'PolicyScope',
    description: 'Where a rule applies: everywhere, in a realm, for a provider or a user of a realm',
  }) satisfies z.ZodType<PolicyScope>;

const count = z.int().min(1).max(1_000_000);

/** How many sessions a user may have. */
export const sessionLimitSchema = z
  .union([
    z.literal('unset').describe('Falls through to the wider scope'),
    z.literal('unlimited'),
    z.literal('displace').describe('One session; a new sign-in ends the one before'),
    count.describe('So many; one more is refused'),
    z.strictObject({
      max: count,
      exceeded: z.enum(['refuse', 'displace']).describe('Refuse the new session, or end the oldest'),
      per: z
        .enum(['user', 'provider'])
        .default('user')
        .describe('Counted per user, or per user and provider'),
    }),
  ])
  .meta({ id: 'SessionLimit', description: 'What happens when a user signs in once more than allowed' });

/** Limits of one scope. */
export const ruleSchema = z
  .strictObject({
    idleTimeoutMs: limitMs.describe('Milliseconds without use after which a session ends; null = no limit'),
    lifespanMs: limitMs.describe('Milliseconds after which it ends in any case; null = no limit'),
    sessionLimit: sessionLimitSchema.optional(),
  })
  .meta({
    id: 'PolicyRule',
    description: 'Limits of one scope; what is absent falls through to the wider one',
  });

const presetNames = Object.keys(policyPresets) as (keyof typeof policyPresets)[];

/** The name of a preset. */
export const presetSchema = z.enum(presetNames).describe('The limits a standard asks for');

/** The limits of a registration, everything decided. */
export const limitsSchema = z.object({
  idleTimeoutMs: z.int().nullable(),
  lifespanMs: z.int().nullable(),
  sessionLimit: sessionLimitSchema,
});

export type RuleForm = z.input<typeof ruleSchema>;

/** The wire form of a limit: the shortest text or number that says it. */
export function sessionLimitForm(limit: SessionLimit): z.input<typeof sessionLimitSchema> {
  if (limit.kind === 'unset' || limit.kind === 'unlimited') return limit.kind;
  const { kind, max, per } = limit;
  if (per === 'user' && kind === 'refuse') return max;
  if (per === 'user' && max === 1) return 'displace';
  return { max, exceeded: kind, per };
}

/** A limit from its wire form. */
export function readSessionLimit(form: z.output<typeof sessionLimitSchema>): SessionLimit {
  if (form === 'unset' || form === 'unlimited') return { kind: form };
  if (form === 'displace') return { kind: 'displace', max: 1, per: 'user' };
  if (typeof form === 'number') return { kind: 'refuse', max: form, per: 'user' };
  return { kind: form.exceeded, max: form.max, per: form.per };
}

/** The wire form of a rule. */
export function ruleForm(rule: PolicyRule): RuleForm {
  const { idleTimeoutMs, lifespanMs, sessionLimit } = rule;
  return {
    ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
    ...(lifespanMs === undefined ? {} : { lifespanMs }),
    ...(sessionLimit === undefined ? {} : { sessionLimit: sessionLimitForm(sessionLimit) }),
  };
}

/** A rule from its wire form. */
export function readRule(form: z.output<typeof ruleSchema>): PolicyRule {
  const { idleTimeoutMs, lifespanMs, sessionLimit } = form;
  return {
    ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
    ...(lifespanMs === undefined ? {} : { lifespanMs }),
    ...(sessionLimit === undefined ? {} : { sessionLimit: readSessionLimit(sessionLimit) }),
  };
}

/** The rule that a preset and what is said beside it make together; of both, what is said wins. */
export function ruleOf(
  form: z.output<typeof ruleSchema> | undefined,
  preset: keyof typeof policyPresets | undefined,
): PolicyRule {
  return {
    ...(preset === undefined ? {} : policyPresets[preset]),
    ...(form === undefined ? {} : readRule(form)),
  };
}

/** The wire form of decided limits. */
export function limitsForm(limits: EffectivePolicy): z.input<typeof limitsSchema> {
  const { idleTimeoutMs, lifespanMs, sessionLimit } = limits;
  return { idleTimeoutMs, lifespanMs, sessionLimit: sessionLimitForm(sessionLimit) };
}
