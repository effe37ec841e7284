import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Access } from '../../src/access/access.ts';
import { hour } from '../support/manual-clock.ts';
import { anAdministrator, aSealer, openAccessWithAdmin, orderOf } from '../support/opened-access.ts';

test('the secret of a key is shown once and neither listed nor stored', async (t) => {
  const { access, admin, store } = await openAccessWithAdmin(t);
  const { key, secret } = await access.keys.create(
    { name: 'shop', realm: 'r1', scopes: ['check', 'check'] },
    admin,
  );
  assert.match(secret, /^cfk_[\w-]{43}$/);
  assert.deepEqual(access.keys.list(admin.caller), [key]);
  assert.deepEqual(key.scopes, ['check']);
  assert.equal(key.createdBy, 'admin');
  const kept = JSON.stringify([await store.records('key'), await store.journal(0, 10)]);
  assert.ok(!kept.includes(secret.slice(4)));
  assert.doesNotMatch(JSON.stringify([key, access.keys.list(admin.caller)]), /secretHash/);
});

test('a key is its application, also after a restart, until it is revoked', async (t) => {
  const { access, admin, store, clock, registry } = await openAccessWithAdmin(t);
  const { key, secret } = await access.keys.create({ name: 'shop', realm: 'r1', scopes: ['check'] }, admin);
  const caller = { kind: 'key', keyId: key.id, name: 'shop', realm: 'r1', scopes: ['check'] };
  assert.deepEqual(await access.authenticateBearer(secret), caller);
  const again = await Access.open({ store, clock, registry, sealer: aSealer });
  assert.deepEqual(await again.authenticateBearer(secret), caller);
  await again.keys.revoke(key.id, admin);
  await assert.rejects(again.authenticateBearer(secret), { code: 'unauthenticated' });
  await access.reload();
  await assert.rejects(access.authenticateBearer(secret), { code: 'unauthenticated' });
});

test('a key ends at the instant given for it', async (t) => {
  const { access, admin, clock } = await openAccessWithAdmin(t);
  const expiresAt = clock.now() + hour;
  const { secret } = await access.keys.create(
    { name: 'shop', realm: 'r1', scopes: ['check'], expiresAt },
    admin,
  );
  clock.advance(hour - 1);
  await access.authenticateBearer(secret);
  clock.advance(1);
  await assert.rejects(access.authenticateBearer(secret), { code: 'unauthenticated' });
});

test('one bound to a realm makes, sees and revokes keys of that realm only', async (t) => {
  const { access, admin } = await openAccessWithAdmin(t);
  const foreign = await access.keys.create({ name: 'a', realm: 'r2', scopes: ['check'] }, admin);
  const bound = orderOf(anAdministrator({ realm: 'r1' }));
  const own = await access.keys.create({ name: 'b', realm: 'r1', scopes: ['check'] }, bound);
  assert.deepEqual(access.keys.list(bound.caller), [own.key]);
  await assert.rejects(access.keys.create({ name: 'c', realm: 'r2', scopes: ['check'] }, bound), {
    code: 'forbidden',
  });
  await assert.rejects(access.keys.revoke(foreign.key.id, bound), { code: 'not_found' });
  await access.authenticateBearer(foreign.secret);
});

test('a key without name, realm, scope or future is refused', async (t) => {
  const { access, admin, clock } = await openAccessWithAdmin(t);
  const good = { name: 'a', realm: 'r1', scopes: ['check'] as const };
  for (const wrong of [{ name: ' ' }, { realm: '' }, { scopes: [] }, { expiresAt: clock.now() }]) {
    await assert.rejects(access.keys.create({ ...good, ...wrong }, admin), { code: 'invalid_input' });
  }
  assert.deepEqual(access.keys.list(admin.caller), []);
});
