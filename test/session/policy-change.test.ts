import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { effectivePolicy, type PolicyRule, type PolicyScope, scopeKey } from '../../src/session/policy.ts';
import { changedPlaces, type PlacedRule, surveyOf } from '../../src/session/policy-change.ts';
import { minute } from '../support/manual-clock.ts';

const name = fc.constantFrom('a', 'b', 'c');
const realms = ['a', 'b', 'c'];
const scope: fc.Arbitrary<PolicyScope> = fc.oneof(
  fc.constant({ kind: 'default' } as const),
  fc.record({ kind: fc.constant('realm' as const), realm: name }),
  fc.record({ kind: fc.constant('provider' as const), realm: name, type: name, name }),
  fc.record({ kind: fc.constant('user' as const), realm: name, username: name }),
);
const limitMs = fc.constantFrom(undefined, null, minute, 2 * minute);
const rule: fc.Arbitrary<PolicyRule> = fc.record({
  idleTimeoutMs: limitMs,
  lifespanMs: limitMs,
  sessionLimit: fc.constantFrom(
    undefined,
    { kind: 'unset' } as const,
    { kind: 'unlimited' } as const,
    { kind: 'refuse', max: 2, per: 'user' } as const,
  ),
});
const rules = fc.uniqueArray(fc.record({ scope, rule }), { selector: (one) => scopeKey(one.scope) });

test('every registration whose limits change lies in one place that tells them, and no other does', () => {
  fc.assert(
    fc.property(rules, scope, fc.option(rule, { nil: undefined }), (placed, changed, set) => {
      const before = new Map(placed.map((one) => [scopeKey(one.scope), one.rule]));
      const after = new Map(before);
      if (set === undefined) after.delete(scopeKey(changed));
      else after.set(scopeKey(changed), set);
      const places = changedPlaces(placed as PlacedRule[], changed, set, realms);
      for (const realm of realms) {
        for (const type of ['a', 'z']) {
          for (const username of ['a', 'b', 'z']) {
            const subject = { realm, provider: { type, name: 'b' }, username };
            const limits = [before, after].map((known) => effectivePolicy(subject, (key) => known.get(key)));
            const covering = places.filter(
              (place) =>
                place.realm === realm &&
                (place.provider === undefined
                  ? !place.exceptProviders.some((one) => one.type === type && one.name === 'b')
                  : place.provider.type === type && place.provider.name === 'b') &&
                (place.username === undefined
                  ? !place.exceptUsernames.includes(username)
                  : place.username === username),
            );
            const isTouched = JSON.stringify(limits[0]) !== JSON.stringify(limits[1]);
            assert.equal(covering.length, isTouched ? 1 : 0, JSON.stringify(subject));
            if (isTouched) assert.deepEqual([covering[0]?.before, covering[0]?.after], limits);
          }
        }
      }
    }),
  );
});

test('sessions are held against the limits that change, and no others', () => {
  const [place] = changedPlaces([], { kind: 'realm', realm: 'a' }, { idleTimeoutMs: minute }, []);
  assert.ok(place !== undefined);
  assert.deepEqual(surveyOf(place, 7), {
    realm: 'a',
    exceptProviders: [],
    exceptUsernames: [],
    idleTimeoutMs: minute,
    lifespanMs: null,
    sessionLimit: { kind: 'unlimited' },
    now: 7,
  });
});
