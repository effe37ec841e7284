import { z } from 'zod';
import type { PolicyRule } from '../session/policy.ts';
import { changedPlaces, limitNames, surveyOf } from '../session/policy-change.ts';
import { demandKnownRealm } from './known-realm.ts';
import { operation } from './operation.ts';
import { demandScope } from './policy.ts';
import {
  limitsForm,
  limitsSchema,
  presetSchema,
  ruleForm,
  ruleOf,
  ruleSchema,
  scopeSchema,
} from './policy-form.ts';
import { reachableRealms } from './realms.ts';

/** So many places are looked at; each is a question to the store. */
const mostPlaces = 500;

const placeSchema = z
  .object({
    realm: z.string(),
    provider: z
      .object({ type: z.string(), name: z.string() })
      .optional()
      .describe('Absent: every provider of the realm but those told of apart'),
    username: z.string().optional().describe('Absent: every user but those told of apart'),
    before: limitsSchema.describe('What a sign-in gets now'),
    after: limitsSchema.describe('What it would get'),
    changes: z.array(z.enum(limitNames)).describe('Which of the limits differ'),
    live: z.int().describe('Live sessions here; they keep the limits they were made with'),
    longer: z.int().describe('How many of them may idle or live for longer than the new limits allow'),
    full: z
      .int()
      .describe(
        'Users with as many live sessions as the new session limit allows, or more: their next sign-in is refused or ends their oldest. Counted per user and provider where the limit is',
      ),
    over: z.int().describe('Sessions that those have beyond the limit; they live on until then'),
  })
  .meta({ id: 'PolicyChange', description: 'What a change of the policy means in one place' });

export const previewPolicy = operation({
  name: 'policy.preview',
  summary: 'Show what setting or removing a rule would change, and for how many live sessions',
  description:
    'Changes nothing. Limits are given to a session when it is made, so live ones keep theirs; a session limit is enforced at the next sign-in of a user. Places where nothing would change are left out.',
  http: { method: 'POST', path: '/v1/policy/preview' },
  permission: 'policy.read',
  input: z
    .strictObject({
      scope: scopeSchema,
      rule: ruleSchema.optional(),
      preset: presetSchema.optional(),
      remove: z.boolean().default(false).describe('Ask for the removal of the rule of this scope'),
    })
    .refine(({ rule, preset, remove }) => remove || preset !== undefined || rule !== undefined, {
      path: ['rule'],
      error: 'is missing; give a rule, a preset, or remove',
    })
    .refine(({ rule, preset, remove }) => !remove || (preset === undefined && rule === undefined), {
      path: ['remove'],
      error: 'cannot go with a rule or a preset',
    }),
  output: z.object({
    before: ruleSchema.nullable().describe('The rule of the scope now; null = there is none'),
    after: ruleSchema.nullable().describe('The rule it would have'),
    places: z.array(placeSchema).describe('By realm, its provider, its user'),
    live: z.int().describe('Live sessions in these places together'),
    longer: z.int().describe('How many of them outlast the new limits'),
    notCounted: z
      .int()
      .describe(`Further places that would change; more than ${mostPlaces} are not looked at`),
  }),
  async run({ scope, rule: form, preset, remove }, context) {
    const { registry, store, clock, caller } = context;
    demandScope(caller, scope);
    if (scope.kind !== 'default') demandKnownRealm(registry, scope.realm);
    const rule: PolicyRule | undefined = remove ? undefined : ruleOf(form, preset);
    const realms = scope.kind === 'default' ? await reachableRealms(context) : [];
    const changed = changedPlaces(registry.policies.list(), scope, rule, realms);
    const now = clock.now();
    // An access that is not written yet may keep a session alive that is to be counted.
    await registry.touches.flushUrgent(now);
    const places = [];
    for (const place of changed.slice(0, mostPlaces)) {
      const { realm, provider, username, before, after, changes } = place;
      const found = await store.survey(surveyOf(place, now));
      places.push({
        realm,
        ...(provider === undefined ? {} : { provider }),
        ...(username === undefined ? {} : { username }),
        before: limitsForm(before),
        after: limitsForm(after),
        changes: [...changes],
        ...found,
      });
    }
    const stored = registry.policies.at(scope);
    return {
      before: stored === undefined ? null : ruleForm(stored.rule),
      after: rule === undefined ? null : ruleForm(rule),
      places,
      live: places.reduce((sum, { live }) => sum + live, 0),
      longer: places.reduce((sum, { longer }) => sum + longer, 0),
      notCounted: Math.max(0, changed.length - mostPlaces),
    };
  },
});
