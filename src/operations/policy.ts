import { z } from 'zod';
import { type Caller, realmOf } from '../access/caller.ts';
import { CurfewError } from '../core/errors.ts';
import { defaultPolicy, type PolicyScope, policyPresets } from '../session/policy.ts';
import { realmFor } from './border.ts';
import { demandKnownRealm } from './known-realm.ts';
import { operation } from './operation.ts';
import {
  limitsForm,
  limitsSchema,
  presetSchema,
  ruleForm,
  ruleOf,
  ruleSchema,
  scopeSchema,
} from './policy-form.ts';
import { nameSchema } from './registration-form.ts';

const placedRuleSchema = z.object({ scope: scopeSchema, rule: ruleSchema });

export const listPolicy = operation({
  name: 'policy.list',
  summary: 'List the policy: rules in force, what is built in, and the presets',
  description: 'A caller bound to a realm sees the rules of that realm and those of the scope default.',
  http: { method: 'GET', path: '/v1/policy' },
  permission: 'policy.read',
  input: z.strictObject({}),
  output: z.object({
    rules: z.array(placedRuleSchema),
    builtIn: ruleSchema.describe('What holds where no rule says anything'),
    presets: z.record(z.string(), ruleSchema),
  }),
  async run(_input, { registry, caller }) {
    const border = realmOf(caller);
    const visible = registry.policies
      .list()
      .filter(({ scope }) => border === null || scope.kind === 'default' || scope.realm === border);
    return {
      rules: visible.map(({ scope, rule }) => ({ scope, rule: ruleForm(rule) })),
      builtIn: ruleForm(defaultPolicy),
      presets: Object.fromEntries(
        Object.entries(policyPresets).map(([name, rule]) => [name, ruleForm(rule)]),
      ),
    };
  },
});

export const setPolicy = operation({
  name: 'policy.set',
  summary: 'Set the rule of a scope, in place of the one before',
  description:
    'Give `rule`, `preset` or both; of both, what the rule says wins. It holds for sessions registered from then on.',
  http: { method: 'PUT', path: '/v1/policy' },
  permission: 'policy.write',
  input: z
    .strictObject({ scope: scopeSchema, rule: ruleSchema.optional(), preset: presetSchema.optional() })
    .refine(
      ({ rule, preset }) =>
        preset !== undefined || Object.values(rule ?? {}).some((value) => value !== undefined),
      { path: ['rule'], error: 'sets nothing; give idleTimeoutMs, lifespanMs or sessionLimit, or a preset' },
    ),
  output: placedRuleSchema,
  async run({ scope, rule: form, preset }, { registry, clock, caller, origin }) {
    demandScope(caller, scope);
    if (scope.kind !== 'default') demandKnownRealm(registry, scope.realm);
    const rule = ruleOf(form, preset);
    await registry.policies.set(scope, rule, origin, clock.now());
    return { scope, rule: ruleForm(rule) };
  },
});

export const removePolicy = operation({
  name: 'policy.delete',
  summary: 'Remove the rule of a scope',
  description: 'The wider scope holds for sessions registered from then on.',
  http: { method: 'DELETE', path: '/v1/policy' },
  permission: 'policy.write',
  input: z.strictObject({ scope: scopeSchema }),
  output: placedRuleSchema.describe('The rule that was removed'),
  async run({ scope }, { registry, clock, caller, origin }) {
    demandScope(caller, scope);
    const stored = registry.policies.at(scope);
    if (stored === undefined) {
      throw new CurfewError(
        'not_found',
        'There is no rule for this scope; list the policy to see which there are.',
      );
    }
    await registry.policies.set(scope, undefined, origin, clock.now());
    return { scope, rule: ruleForm(stored.rule) };
  },
});

export const effectivePolicyFor = operation({
  name: 'policy.effective',
  summary: 'Show the limits that a registration would get',
  http: { method: 'GET', path: '/v1/policy/effective' },
  permission: 'policy.read',
  input: z.strictObject({
    realm: nameSchema(128).optional().describe('The realm of the caller, else default'),
    providerType: nameSchema(256),
    providerName: nameSchema(256),
    username: nameSchema(1024),
  }),
  output: limitsSchema,
  async run({ realm, providerType, providerName, username }, { registry, caller }) {
    return limitsForm(
      registry.policies.effective({
        realm: realmFor(caller, realm),
        provider: { type: providerType, name: providerName },
        username,
      }),
    );
  },
});

/** @throws CurfewError `forbidden` when the scope lies beyond the caller's realm; the default reaches all of them */
export function demandScope(caller: Caller, scope: PolicyScope): void {
  const border = realmOf(caller);
  if (border === null || (scope.kind !== 'default' && scope.realm === border)) return;
  const asked =
    scope.kind === 'default' ? 'the default of all realms' : `the realm ${JSON.stringify(scope.realm)}`;
  throw new CurfewError(
    'forbidden',
    `You are bound to the realm ${JSON.stringify(border)} and cannot change the policy of ${asked}.`,
  );
}
