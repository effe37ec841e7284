import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  defaultPolicy,
  effectivePolicy,
  type PolicyRule,
  type PolicyScope,
  policyPresets,
  type SessionLimit,
  scopeKey,
} from '../../src/session/policy.ts';
import { hour, minute } from '../support/manual-clock.ts';

const ann = { realm: 'eu', provider: { type: 'ldap', name: 'corp' }, username: 'ann' };
const scopes = {
  user: { kind: 'user', realm: 'eu', username: 'ann' },
  provider: { kind: 'provider', realm: 'eu', type: 'ldap', name: 'corp' },
  realm: { kind: 'realm', realm: 'eu' },
  default: { kind: 'default' },
} as const satisfies Record<string, PolicyScope>;

const three: SessionLimit = { kind: 'refuse', max: 3, per: 'user' };
const one: SessionLimit = { kind: 'displace', max: 1, per: 'provider' };

/** The limits for `ann` of the realm `eu` when there are these rules. */
function effective(...rules: [PolicyScope, PolicyRule][]) {
  const kept = new Map(rules.map(([scope, rule]) => [scopeKey(scope), rule]));
  return effectivePolicy(ann, (key) => kept.get(key));
}

describe('the policy for a registration', () => {
  it('without any rule is 30 minutes idle, 72 hours in all, and any number of sessions', () => {
    assert.deepEqual(effective(), {
      idleTimeoutMs: 30 * minute,
      lifespanMs: 72 * hour,
      sessionLimit: { kind: 'unlimited' },
    });
    assert.equal(defaultPolicy.idleTimeoutMs, 30 * minute);
  });

  it('takes the rule of the user before that of the provider, the realm and the default', () => {
    const all: [PolicyScope, PolicyRule][] = [
      [scopes.user, { idleTimeoutMs: 1 }],
      [scopes.provider, { idleTimeoutMs: 2 }],
      [scopes.realm, { idleTimeoutMs: 3 }],
      [scopes.default, { idleTimeoutMs: 4 }],
    ];
    for (const [index] of all.entries()) {
      // The order in which the rules were made does not matter.
      assert.equal(effective(...all.slice(index).reverse()).idleTimeoutMs, index + 1);
    }
  });

  it('falls through field by field', () => {
    const found = effective(
      [scopes.user, { idleTimeoutMs: 5 * minute }],
      [scopes.realm, { lifespanMs: hour, idleTimeoutMs: 9 }],
      [scopes.default, { sessionLimit: three }],
    );
    assert.deepEqual(found, { idleTimeoutMs: 5 * minute, lifespanMs: hour, sessionLimit: three });
  });

  it('null means no limit and does not fall through', () => {
    const found = effective(
      [scopes.user, { idleTimeoutMs: null, lifespanMs: null }],
      [scopes.realm, { idleTimeoutMs: 9 }],
    );
    assert.deepEqual([found.idleTimeoutMs, found.lifespanMs], [null, null]);
  });

  it('an unset session limit falls through, unlimited does not', () => {
    const unset: PolicyRule = { sessionLimit: { kind: 'unset' } };
    const unlimited: PolicyRule = { sessionLimit: { kind: 'unlimited' } };
    assert.deepEqual(
      effective([scopes.user, unset], [scopes.realm, { sessionLimit: one }]).sessionLimit,
      one,
    );
    assert.deepEqual(
      effective([scopes.user, unlimited], [scopes.realm, { sessionLimit: one }]).sessionLimit,
      {
        kind: 'unlimited',
      },
    );
    assert.deepEqual(effective([scopes.realm, unset]).sessionLimit, { kind: 'unlimited' });
  });

  it('leaves rules of other users, providers and realms alone', () => {
    const strict: PolicyRule = { idleTimeoutMs: 1 };
    const found = effective(
      [{ kind: 'user', realm: 'eu', username: 'bob' }, strict],
      [{ kind: 'user', realm: 'us', username: 'ann' }, strict],
      [{ kind: 'provider', realm: 'eu', type: 'ldap', name: 'lab' }, strict],
      [{ kind: 'provider', realm: 'eu', type: 'saml', name: 'corp' }, strict],
      [{ kind: 'provider', realm: 'us', type: 'ldap', name: 'corp' }, strict],
      [{ kind: 'realm', realm: 'us' }, strict],
    );
    assert.equal(found.idleTimeoutMs, defaultPolicy.idleTimeoutMs);
  });
});

describe('the key of a scope', () => {
  it('is another one for every scope, whatever the names hold', () => {
    const names = ['a', 'a","b', '","', 'a\\', 'default', '["default"]', ' '];
    const keys = [scopeKey({ kind: 'default' })];
    for (const realm of names) {
      keys.push(scopeKey({ kind: 'realm', realm }));
      for (const name of names) {
        keys.push(scopeKey({ kind: 'user', realm, username: name }));
        for (const type of names) keys.push(scopeKey({ kind: 'provider', realm, type, name }));
      }
    }
    assert.equal(new Set(keys).size, keys.length);
  });
});

describe('the presets', () => {
  it('hold what NIST SP 800-63B-4 and PCI DSS 4 ask for', () => {
    assert.deepEqual(policyPresets['nist-aal1'], { idleTimeoutMs: null, lifespanMs: 30 * 24 * hour });
    assert.deepEqual(policyPresets['nist-aal2'], { idleTimeoutMs: hour, lifespanMs: 24 * hour });
    assert.deepEqual(policyPresets['nist-aal3'], { idleTimeoutMs: 15 * minute, lifespanMs: 12 * hour });
    assert.equal(policyPresets.pci.idleTimeoutMs, 15 * minute);
  });

  it('grow stricter from AAL1 to AAL3', () => {
    const order = ['nist-aal1', 'nist-aal2', 'nist-aal3'] as const;
    const idle = order.map((name) => policyPresets[name].idleTimeoutMs ?? Number.POSITIVE_INFINITY);
    const lifespan = order.map((name) => policyPresets[name].lifespanMs);
    for (const values of [idle, lifespan])
      assert.deepEqual(
        values,
        [...values].sort((a, b) => b - a),
      );
  });
});
