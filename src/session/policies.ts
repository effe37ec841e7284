import {
  type EffectivePolicy,
  effectivePolicy,
  type PolicyRule,
  type PolicyScope,
  type PolicySubject,
  scopeKey,
} from './policy.ts';
import type { Origin } from './revocation.ts';
import type { RecordStore } from './store.ts';

/** A rule as it is kept. */
export interface StoredRule {
  readonly scope: PolicyScope;
  readonly rule: PolicyRule;
  readonly version: number;
}

/** The policy rules in force: kept in the store, read from memory. */
export class Policies {
  readonly #store: RecordStore;
  readonly #rules = new Map<string, StoredRule>();

  constructor(store: RecordStore) {
    this.#store = store;
  }

  /** Reads every rule from the store. */
  async load(): Promise<void> {
    const records = await this.#store.records('policy');
    this.#rules.clear();
    for (const record of records) {
      const { scope, rule } = record.body as { scope: PolicyScope; rule: PolicyRule };
      this.#rules.set(record.id, { scope, rule, version: record.version });
    }
  }

  /** Every rule. */
  list(): StoredRule[] {
    return [...this.#rules.values()];
  }

  /** The rule of one scope, if there is one. */
  at(scope: PolicyScope): StoredRule | undefined {
    return this.#rules.get(scopeKey(scope));
  }

  /** The limits for one registration. */
  effective(subject: PolicySubject): EffectivePolicy {
    return effectivePolicy(subject, (key) => this.#rules.get(key)?.rule);
  }

  /**
   * Sets, or with undefined removes, the rule of a scope. It holds for sessions registered from then on.
   * @throws CurfewError `changed_meanwhile`
   */
  async set(scope: PolicyScope, rule: PolicyRule | undefined, origin: Origin, now: number): Promise<void> {
    const id = scopeKey(scope);
    const ifVersion = this.#rules.get(id)?.version ?? 0;
    if (rule === undefined && ifVersion === 0) return;
    await this.#store.changeRecords({
      ...origin,
      writes: [{ kind: 'policy', id, body: rule === undefined ? undefined : { scope, rule }, ifVersion }],
      event: rule === undefined ? 'policy.removed' : 'policy.set',
      detail: { scope, rule: rule ?? null },
      now,
    });
    if (rule === undefined) this.#rules.delete(id);
    else this.#rules.set(id, { scope, rule, version: ifVersion + 1 });
  }
}
