import type { z } from 'zod';
import { listPolicy, removePolicy, setPolicy } from '../../operations/policy.ts';
import type { ruleSchema } from '../../operations/policy-form.ts';
import type { PolicyScope } from '../../session/policy.ts';
import { canonicalJson } from '../../session/revocation.ts';
import type { Calls } from './calls.ts';

type Rule = z.output<typeof ruleSchema>;

/** The rule of one scope as it is now; empty when there is none. */
export async function ruleOf({ run }: Calls, scope: PolicyScope): Promise<Rule> {
  const { rules } = await run(listPolicy, {});
  return ruleAmong(rules, scope);
}

/** Changes one field of the rule of a scope; a rule that says nothing any more is removed. */
export async function changeRule(calls: Calls, scope: PolicyScope, change: Partial<Rule>): Promise<void> {
  const before = await ruleOf(calls, scope);
  const rule = Object.fromEntries(
    Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined),
  );
  if (Object.keys(rule).length > 0) await calls.run(setPolicy, { scope, rule });
  else if (Object.keys(before).length > 0) await calls.run(removePolicy, { scope });
}

/** How long a session of a realm lives in any case, in milliseconds; null = for ever. */
export async function readLifetimeMs({ run }: Calls, realm: string): Promise<number | null> {
  const { rules, builtIn } = await run(listPolicy, {});
  const candidates = [
    ruleAmong(rules, { kind: 'realm', realm }),
    ruleAmong(rules, { kind: 'default' }),
    builtIn,
  ];
  return candidates.find((rule) => rule.lifespanMs !== undefined)?.lifespanMs ?? null;
}

/** Sets how long a session of a realm lives in any case. */
export function writeLifetimeMs(calls: Calls, realm: string, lifespanMs: number | null): Promise<void> {
  return changeRule(calls, { kind: 'realm', realm }, { lifespanMs });
}

function ruleAmong(rules: readonly { scope: PolicyScope; rule: Rule }[], scope: PolicyScope): Rule {
  const wanted = canonicalJson(scope);
  return rules.find((placed) => canonicalJson(placed.scope) === wanted)?.rule ?? {};
}
