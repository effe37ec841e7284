import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectivePolicyFor, listPolicy, removePolicy, setPolicy } from '../../src/operations/policy.ts';
import { readSessionLimit, sessionLimitForm, sessionLimitSchema } from '../../src/operations/policy-form.ts';
import { hour, minute } from '../support/manual-clock.ts';
import { anAdministrator, callingOn, openAccessWithAdmin } from '../support/opened-access.ts';

const all = anAdministrator();
const bound = anAdministrator({ realm: 'r1' });
const r1 = { kind: 'realm', realm: 'r1' } as const;
const r2 = { kind: 'realm', realm: 'r2' } as const;
const everywhere = { kind: 'default' } as const;
const annAt = (realm: string) => ({ realm, providerType: 'basic', providerName: 'main', username: 'ann' });

test('without a rule the built-in limits hold, and the presets are shown', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  const { rules, builtIn, presets } = await call(listPolicy, {}, all);
  assert.deepEqual(rules, []);
  assert.deepEqual(builtIn, { idleTimeoutMs: 30 * minute, lifespanMs: 72 * hour, sessionLimit: 'unset' });
  assert.deepEqual(Object.keys(presets), ['nist-aal1', 'nist-aal2', 'nist-aal3', 'pci']);
  assert.deepEqual(await call(effectivePolicyFor, annAt('r1'), all), {
    idleTimeoutMs: 30 * minute,
    lifespanMs: 72 * hour,
    sessionLimit: 'unlimited',
  });
});

test('a rule is set, holds for registrations from then on, and is removed', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  const rule = { idleTimeoutMs: 5 * minute, lifespanMs: null, sessionLimit: 3 };
  assert.deepEqual(await call(setPolicy, { scope: r1, rule }, all), { scope: r1, rule });
  assert.deepEqual(await call(effectivePolicyFor, annAt('r1'), all), rule);
  assert.equal((await call(effectivePolicyFor, annAt('r2'), all)).idleTimeoutMs, 30 * minute);
  assert.deepEqual((await call(listPolicy, {}, all)).rules, [{ scope: r1, rule }]);
  assert.deepEqual(await call(removePolicy, { scope: r1 }, all), { scope: r1, rule });
  assert.equal((await call(effectivePolicyFor, annAt('r1'), all)).idleTimeoutMs, 30 * minute);
  await assert.rejects(call(removePolicy, { scope: r1 }, all), { code: 'not_found' });
});

test('a preset sets its limits, and what the rule says beside it wins', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  const set = await call(setPolicy, { scope: everywhere, preset: 'pci' }, all);
  assert.deepEqual(set.rule, { idleTimeoutMs: 15 * minute, lifespanMs: 12 * hour });
  const mixed = {
    scope: everywhere,
    preset: 'pci',
    rule: { idleTimeoutMs: minute, sessionLimit: 'displace' },
  };
  assert.deepEqual((await call(setPolicy, mixed, all)).rule, {
    idleTimeoutMs: minute,
    lifespanMs: 12 * hour,
    sessionLimit: 'displace',
  });
});

test('every limit of sessions comes back from the wire as it went', () => {
  const forms = [
    'unset',
    'unlimited',
    'displace',
    1,
    7,
    { max: 2, exceeded: 'displace', per: 'user' },
    { max: 1, exceeded: 'displace', per: 'provider' },
    { max: 5, exceeded: 'refuse', per: 'provider' },
  ];
  for (const form of forms) {
    assert.deepEqual(sessionLimitForm(readSessionLimit(sessionLimitSchema.parse(form))), form);
  }
});

test('a rule that says nothing, a limit below a second and a scope with a field too many are refused', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  for (const wrong of [
    { scope: r1 },
    { scope: r1, rule: {} },
    { scope: r1, rule: { idleTimeoutMs: 999 } },
    { scope: r1, rule: { sessionLimit: 0 } },
    { scope: r1, rule: { sessionLimit: 'many' } },
    { scope: { kind: 'default', realm: 'r1' }, preset: 'pci' },
    { scope: r1, preset: 'hipaa' },
  ]) {
    await assert.rejects(call(setPolicy, wrong, all), { code: 'invalid_input' });
  }
});

test('P9: one bound to a realm sets and sees the policy of that realm only', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  const rule = { idleTimeoutMs: minute };
  await call(setPolicy, { scope: everywhere, preset: 'pci' }, all);
  await call(setPolicy, { scope: r2, rule }, all);
  await call(setPolicy, { scope: r1, rule }, bound);
  await call(setPolicy, { scope: { kind: 'user', realm: 'r1', username: 'ann' }, rule }, bound);
  for (const scope of [everywhere, r2, { kind: 'user', realm: 'r2', username: 'ann' }]) {
    await assert.rejects(call(setPolicy, { scope, rule }, bound), { code: 'forbidden' });
    await assert.rejects(call(removePolicy, { scope }, bound), { code: 'forbidden' });
  }
  const { rules } = await call(listPolicy, {}, bound);
  assert.deepEqual(rules.map(({ scope }) => scope.kind).sort(), ['default', 'realm', 'user']);
  assert.doesNotMatch(JSON.stringify(rules), /r2/);
  await assert.rejects(call(effectivePolicyFor, annAt('r2'), bound), { code: 'forbidden' });
});
