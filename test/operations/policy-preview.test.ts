import assert from 'node:assert/strict';
import { test } from 'node:test';
import { removePolicy, setPolicy } from '../../src/operations/policy.ts';
import { previewPolicy } from '../../src/operations/policy-preview.ts';
import type { Registration } from '../../src/session/registration.ts';
import { hour, minute } from '../support/manual-clock.ts';
import {
  anAdministrator,
  callingOn,
  type OpenedAccess,
  openAccessWithAdmin,
} from '../support/opened-access.ts';

const all = anAdministrator();
const shop = { kind: 'realm', realm: 'shop' } as const;
const staff = { type: 'saml', name: 'staff' };
const guests = { type: 'oidc', name: 'guests' };
const builtIn = { idleTimeoutMs: 30 * minute, lifespanMs: 72 * hour, sessionLimit: 'unlimited' };

async function signIn({ registry }: OpenedAccess, changes: Partial<Registration> = {}): Promise<void> {
  await registry.register({ realm: 'shop', username: 'ann', provider: staff, ...changes });
}

test('a preview tells what a sign-in gets now and would get, and how many live sessions keep their limits', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  await signIn(opened);
  await signIn(opened, { username: 'bob', provider: guests, idleTimeoutMs: 5 * minute, lifespanMs: hour });
  await signIn(opened, { realm: 'elsewhere' });
  const preview = await call(previewPolicy, { scope: shop, preset: 'pci' }, all);
  assert.deepEqual(preview, {
    before: null,
    after: { idleTimeoutMs: 15 * minute, lifespanMs: 12 * hour },
    places: [
      {
        realm: 'shop',
        before: builtIn,
        after: { ...builtIn, idleTimeoutMs: 15 * minute, lifespanMs: 12 * hour },
        changes: ['idleTimeoutMs', 'lifespanMs'],
        live: 2,
        longer: 1,
        full: 0,
        over: 0,
      },
    ],
    live: 2,
    longer: 1,
    notCounted: 0,
  });
});

test('what is previewed is what then happens', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  for (const username of ['ann', 'ann', 'ann', 'bob']) await signIn(opened, { username });
  const rule = { sessionLimit: 2 };
  const { places } = await call(previewPolicy, { scope: shop, rule }, all);
  assert.deepEqual(
    places.map(({ live, full, over }) => ({ live, full, over })),
    [{ live: 4, full: 1, over: 1 }],
  );
  await call(setPolicy, { scope: shop, rule }, all);
  assert.equal(await opened.registry.count({ selector: { realm: 'shop' }, state: 'live' }), 4);
  await assert.rejects(signIn(opened, { username: 'ann' }), { code: 'session_limit_reached' });
  await signIn(opened, { username: 'bob' });
});

test('a rule for everywhere touches each realm, and leaves out what rules of their own decide', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const own = { idleTimeoutMs: minute };
  await call(setPolicy, { scope: { kind: 'provider', realm: 'shop', ...staff }, rule: own }, all);
  await call(setPolicy, { scope: { kind: 'user', realm: 'shop', username: 'eve' }, rule: own }, all);
  await signIn(opened);
  await signIn(opened, { provider: guests });
  await signIn(opened, { provider: guests, username: 'eve' });
  await signIn(opened, { realm: 'elsewhere' });
  const everywhere = { kind: 'default' } as const;
  const { places, live } = await call(
    previewPolicy,
    { scope: everywhere, rule: { idleTimeoutMs: hour } },
    all,
  );
  assert.deepEqual(
    places.map((place) => [place.realm, place.provider, place.username, place.live]),
    [
      ['default', undefined, undefined, 0],
      ['elsewhere', undefined, undefined, 1],
      ['shop', undefined, undefined, 1],
    ],
  );
  assert.equal(live, 2);
});

test('removing a rule shows what the wider scope gives instead', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  await call(setPolicy, { scope: shop, preset: 'nist-aal1' }, all);
  await signIn(opened);
  const removal = await call(previewPolicy, { scope: shop, remove: true }, all);
  assert.deepEqual([removal.before, removal.after], [{ idleTimeoutMs: null, lifespanMs: 720 * hour }, null]);
  assert.equal(removal.places[0]?.longer, 1);
  await call(removePolicy, { scope: shop }, all);
  const again = await call(previewPolicy, { scope: shop, remove: true }, all);
  assert.deepEqual(again.places, []);
});

test('a preview changes nothing, and stays within the realm of the caller', async (t) => {
  const opened = await openAccessWithAdmin(t, ['shop', 'default']);
  const call = callingOn(opened);
  const bound = anAdministrator({ realm: 'default' });
  const reader = anAdministrator({ accessGroups: ['read'], realm: 'shop' });
  const input = { scope: shop, preset: 'pci' };
  await assert.rejects(call(previewPolicy, input, bound), { code: 'forbidden' });
  await assert.rejects(call(previewPolicy, { ...input, scope: { kind: 'default' } }, bound), {
    code: 'forbidden',
  });
  await call(previewPolicy, input, reader);
  assert.equal(opened.registry.policies.at(shop), undefined);
  await assert.rejects(call(previewPolicy, { ...input, scope: { ...shop, realm: 'shoq' } }, all), {
    code: 'realm_unknown',
  });
  await assert.rejects(call(previewPolicy, { scope: shop }, all), { code: 'invalid_input' });
  await assert.rejects(call(previewPolicy, { ...input, remove: true }, all), { code: 'invalid_input' });
});
