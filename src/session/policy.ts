/**
 * What happens when a user signs in once more than allowed. `unset` falls through to the realm, and counts as
 * `unlimited` there. With a number the new session is refused; with `displace` the oldest ends.
 */
export type SessionLimit =
  | { readonly kind: 'unset' }
  | { readonly kind: 'unlimited' }
  | { readonly kind: 'refuse'; readonly max: number; readonly per: LimitScope }
  | { readonly kind: 'displace'; readonly max: number; readonly per: LimitScope };

/** Whether sessions are counted per user of a realm, or per user and provider. */
export type LimitScope = 'user' | 'provider';

/** Limits of one scope; a field that is undefined falls through to the wider scope, null means no limit. */
export interface PolicyRule {
  readonly idleTimeoutMs?: number | null | undefined;
  readonly lifespanMs?: number | null | undefined;
  readonly sessionLimit?: SessionLimit | undefined;
}

/** Where a rule applies: everywhere, in a realm, for a provider of a realm, or for a user of a realm. */
export type PolicyScope =
  | { readonly kind: 'default' }
  | { readonly kind: 'realm'; readonly realm: string }
  | { readonly kind: 'provider'; readonly realm: string; readonly type: string; readonly name: string }
  | { readonly kind: 'user'; readonly realm: string; readonly username: string };

/** The limits that hold for one registration, everything decided. */
export interface EffectivePolicy {
  readonly idleTimeoutMs: number | null;
  readonly lifespanMs: number | null;
  readonly sessionLimit: SessionLimit;
}

const minute = 60_000;
const hour = 60 * minute;

/** What holds when nobody has said anything: 30 minutes idle, 72 hours in all, any number of sessions. */
export const defaultPolicy: EffectivePolicy = {
  idleTimeoutMs: 30 * minute,
  lifespanMs: 72 * hour,
  sessionLimit: { kind: 'unset' },
};

/**
 * Limits that standards ask for. NIST SP 800-63B-4 sections 2.1.3, 2.2.3 and 2.3.3 (AAL1: 30 days overall; AAL2: 24 hours
 * overall, 1 hour idle; AAL3: 12 hours overall, 15 minutes idle); PCI DSS 4.0.1 requirement 8.2.8 (15 minutes idle).
 */
export const policyPresets = {
  'nist-aal1': { idleTimeoutMs: null, lifespanMs: 30 * 24 * hour },
  'nist-aal2': { idleTimeoutMs: hour, lifespanMs: 24 * hour },
  'nist-aal3': { idleTimeoutMs: 15 * minute, lifespanMs: 12 * hour },
  pci: { idleTimeoutMs: 15 * minute, lifespanMs: 12 * hour },
} as const satisfies Record<string, PolicyRule>;

/** The stable text key of a scope, under which its rule is stored. */
export function scopeKey(scope: PolicyScope): string {
  switch (scope.kind) {
    case 'default':
      return JSON.stringify(['default']);
    case 'realm':
      return JSON.stringify(['realm', scope.realm]);
    case 'provider':
      return JSON.stringify(['provider', scope.realm, scope.type, scope.name]);
    case 'user':
      return JSON.stringify(['user', scope.realm, scope.username]);
  }
}

/** Whose session it is about to be. */
export interface PolicySubject {
  readonly realm: string;
  readonly provider: { readonly type: string; readonly name: string };
  readonly username: string;
}

/**
 * The limits for one registration: user before provider before realm before default before built-in. `ruleAt` gives the
 * rule stored under a scope key.
 */
export function effectivePolicy(
  subject: PolicySubject,
  ruleAt: (key: string) => PolicyRule | undefined,
): EffectivePolicy {
  const { realm, provider, username } = subject;
  const rules = [
    ruleAt(scopeKey({ kind: 'user', realm, username })),
    ruleAt(scopeKey({ kind: 'provider', realm, type: provider.type, name: provider.name })),
    ruleAt(scopeKey({ kind: 'realm', realm })),
    ruleAt(scopeKey({ kind: 'default' })),
    defaultPolicy,
  ];
  const limit = rules.find((rule) => rule?.sessionLimit !== undefined && rule.sessionLimit.kind !== 'unset');
  return {
    idleTimeoutMs: rules.find((rule) => rule?.idleTimeoutMs !== undefined)?.idleTimeoutMs ?? null,
    lifespanMs: rules.find((rule) => rule?.lifespanMs !== undefined)?.lifespanMs ?? null,
    sessionLimit: limit?.sessionLimit ?? { kind: 'unlimited' },
  };
}
