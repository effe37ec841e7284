import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKey, listKeys, revokeKey } from '../../src/operations/keys.ts';
import { anAdministrator, callingOn, openAccessWithAdmin } from '../support/opened-access.ts';

const all = anAdministrator();

test('a key is made with its secret, listed without it, and revoked', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const wish = { name: 'shop', scopes: ['register', 'check'], expiresAt: '2031-01-01T00:00:00Z' };
  const { key, secret } = await call(createKey, wish, all);
  assert.deepEqual(key, {
    id: key.id,
    name: 'shop',
    realm: 'default',
    scopes: ['register', 'check'],
    createdAt: '2030-01-01T00:00:00.000Z',
    createdBy: 'admin',
    expiresAt: '2031-01-01T00:00:00.000Z',
  });
  assert.equal((await opened.access.authenticateBearer(secret)).kind, 'key');
  assert.deepEqual(await call(listKeys, {}, all), { keys: [key] });
  assert.deepEqual(await call(revokeKey, { id: key.id }, all), { key });
  assert.deepEqual(await call(listKeys, {}, all), { keys: [] });
  await assert.rejects(opened.access.authenticateBearer(secret), { code: 'unauthenticated' });
  await assert.rejects(call(revokeKey, { id: key.id }, all), { code: 'not_found' });
});

test('a key takes the realm of who makes it, and cannot be made for another', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  const bound = anAdministrator({ realm: 'r1' });
  const wish = { name: 'shop', scopes: ['check'] };
  assert.equal((await call(createKey, wish, bound)).key.realm, 'r1');
  await assert.rejects(call(createKey, { ...wish, realm: 'r2' }, bound), { code: 'forbidden' });
});

test('only administrator makes and revokes keys; clusterAdmins may look', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  const { key } = await call(createKey, { name: 'shop', scopes: ['check'] }, all);
  const cluster = anAdministrator({ adminId: 9, accessGroups: ['clusterAdmins'] });
  assert.deepEqual(await call(listKeys, {}, cluster), { keys: [key] });
  await assert.rejects(call(createKey, { name: 'a', scopes: ['check'] }, cluster), { code: 'forbidden' });
  await assert.rejects(call(revokeKey, { id: key.id }, cluster), { code: 'forbidden' });
});

test('a key of a realm that is not configured, or with an unknown scope, is refused', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t, ['r1']));
  await assert.rejects(call(createKey, { name: 'a', realm: 'r2', scopes: ['check'] }, all), {
    code: 'realm_unknown',
  });
  await assert.rejects(call(createKey, { name: 'a', realm: 'r1', scopes: ['admin'] }, all), {
    code: 'invalid_input',
  });
});
