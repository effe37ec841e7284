import {
  type EffectivePolicy,
  effectivePolicy,
  type PolicyRule,
  type PolicyScope,
  scopeKey,
} from './policy.ts';
import type { Provider } from './session.ts';
import type { SurveyQuery } from './survey.ts';

/** A rule as it stands under its scope. */
export interface PlacedRule {
  readonly scope: PolicyScope;
  readonly rule: PolicyRule;
}

export const limitNames = ['idleTimeoutMs', 'lifespanMs', 'sessionLimit'] as const;
export type LimitName = (typeof limitNames)[number];

/** Registrations to which the same limits apply, before a change and after it. */
export interface ChangedPlace {
  readonly realm: string;
  /** Absent where it is every provider of the realm but those of `exceptProviders`. */
  readonly provider?: Provider;
  readonly exceptProviders: readonly Provider[];
  /** Absent where it is every user but those of `exceptUsernames`. */
  readonly username?: string;
  readonly exceptUsernames: readonly string[];
  readonly before: EffectivePolicy;
  readonly after: EffectivePolicy;
  /** Which of the limits differ; never empty. */
  readonly changes: readonly LimitName[];
}

type Bounds = Pick<EffectivePolicy, LimitName>;
interface Turn {
  readonly before: Bounds;
  readonly after: Bounds;
}

/**
 * The places in which a rule, set or removed (undefined), makes a difference: the realm at large, its providers and its users
 * that have rules of their own. Together they are all registrations that the change touches, and no two overlap.
 */
export function changedPlaces(
  rules: readonly PlacedRule[],
  scope: PolicyScope,
  rule: PolicyRule | undefined,
  realms: readonly string[],
): ChangedPlace[] {
  const now = new Map(rules.map((placed) => [scopeKey(placed.scope), placed.rule]));
  const then = new Map(now);
  if (rule === undefined) then.delete(scopeKey(scope));
  else then.set(scopeKey(scope), rule);
  const scopes = [...rules.map((placed) => placed.scope), scope];
  return (scope.kind === 'default' ? realms : [scope.realm]).flatMap((realm) => {
    const turnOf = (provider: Provider | undefined, username: string | undefined): Turn => {
      // No provider and no user has an empty name, so it stands for all that have no rule.
      const subject = { realm, provider: provider ?? { type: '', name: '' }, username: username ?? '' };
      return {
        before: effectivePolicy(subject, (key) => now.get(key)),
        after: effectivePolicy(subject, (key) => then.get(key)),
      };
    };
    const ruledUsers = unique(scopes.filter(inRealm('user', realm)).map(({ username }) => username));
    const ruledProviders = unique(
      scopes.filter(inRealm('provider', realm)).map(({ type, name }) => JSON.stringify([type, name])),
    ).map((text) => {
      const [type, name] = JSON.parse(text) as [string, string];
      return { type, name };
    });
    const users = scope.kind === 'user' ? [scope.username] : [undefined, ...ruledUsers];
    return users.flatMap((username) => {
      const general = turnOf(undefined, username);
      const apart = ruledProviders.filter((provider) => !same(turnOf(provider, username), general));
      const named = scope.kind === 'provider' ? { type: scope.type, name: scope.name } : undefined;
      const providers = named === undefined ? [undefined, ...apart] : [named];
      return providers.flatMap((provider): ChangedPlace[] => {
        const { before, after } = turnOf(provider, username);
        const changes = limitNames.filter((name) => !same(before[name], after[name]));
        if (changes.length === 0) return [];
        return [
          {
            realm,
            ...(provider === undefined ? {} : { provider }),
            exceptProviders: provider === undefined ? apart : [],
            ...(username === undefined ? {} : { username }),
            exceptUsernames: username === undefined ? ruledUsers : [],
            before,
            after,
            changes,
          },
        ];
      });
    });
  });
}

/** What to ask the store about a place: sessions are held against the limits that change, and no others. */
export function surveyOf(place: ChangedPlace, now: number): SurveyQuery {
  const { before: _before, after, changes, ...where } = place;
  const changing = <Name extends LimitName, Else>(name: Name, otherwise: Else): Bounds[Name] | Else =>
    changes.includes(name) ? after[name] : otherwise;
  return {
    ...where,
    idleTimeoutMs: changing('idleTimeoutMs', null),
    lifespanMs: changing('lifespanMs', null),
    sessionLimit: changing('sessionLimit', { kind: 'unlimited' }),
    now,
  };
}

function inRealm<Kind extends 'provider' | 'user'>(kind: Kind, realm: string) {
  return (scope: PolicyScope): scope is Extract<PolicyScope, { kind: Kind }> =>
    scope.kind === kind && 'realm' in scope && scope.realm === realm;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
