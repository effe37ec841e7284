import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller } from '../../src/access/caller.ts';
import { createAdmin, deleteAdmin, getAdmin, listAdmins, updateAdmin } from '../../src/operations/admins.ts';
import { changeAdminPassword } from '../../src/operations/admins-password.ts';
import { registerSession } from '../../src/operations/sessions-register.ts';
import { anAdministrator, aPassword, callingOn, openAccessWithAdmin } from '../support/opened-access.ts';
import { aRegistration } from '../support/sessions.ts';

const all = anAdministrator();
const bound = anAdministrator({ adminId: 9, username: 'bound', realm: 'r1' });
const ann = { username: 'ann', password: aPassword, accessGroups: ['read'] };

test('an administrator is made, shown, listed, changed and removed, without a password in any answer', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const { admin } = await call(createAdmin, ann, all);
  assert.deepEqual(admin, {
    id: 2,
    username: 'ann',
    authMethod: 'Cluster',
    accessGroups: ['read'],
    realm: null,
    attributes: {},
    createdAt: '2030-01-01T00:00:00.000Z',
  });
  assert.deepEqual(await call(getAdmin, { id: 2 }, all), { admin });
  const change = { id: 2, attributes: { desk: 4 }, accessGroups: ['clusterAdmins'] };
  const changed = await call(updateAdmin, change, all);
  assert.deepEqual(changed.admin, { ...admin, attributes: { desk: 4 }, accessGroups: ['clusterAdmins'] });
  const list = await call(listAdmins, {}, all);
  assert.deepEqual(
    list.admins.map(({ id }) => id),
    [1, 2],
  );
  const removed = await call(deleteAdmin, { id: 2 }, all);
  assert.deepEqual(removed, { admin: changed.admin, terminated: 0 });
  await assert.rejects(call(getAdmin, { id: 2 }, all), { code: 'not_found' });
  assert.doesNotMatch(JSON.stringify([admin, changed, list, removed]), /argon2|correct horse/);
});

test('removing an administrator ends their sessions at once, and no others', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  await call(createAdmin, ann, all);
  const { registry } = opened;
  const theirs = await registry.register(aRegistration({ accessGroups: ['read'], adminIds: [2] }));
  const elsewhere = await registry.register(aRegistration({ realm: 'r2', adminIds: [2] }));
  const other = await registry.register(aRegistration({ adminIds: [1] }));
  assert.equal((await call(deleteAdmin, { id: 2 }, all)).terminated, 2);
  assert.equal((await registry.check(theirs.token)).live, false);
  assert.equal((await registry.check(elsewhere.token)).live, false);
  assert.equal((await registry.check(other.token)).live, true);
});

test('a sign-in that began before its administrator was removed cannot end after it', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  await call(createAdmin, ann, all);
  const epoch = (await opened.registry.head()).seq;
  await call(deleteAdmin, { id: 2 }, all);
  await assert.rejects(opened.registry.register(aRegistration({ adminIds: [2], epoch })), {
    code: 'revoked_during_sign_in',
  });
});

test('P9: one bound to a realm removes an administrator of it without ending a session of another realm', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const { admin } = await call(createAdmin, ann, bound);
  assert.equal(admin.realm, 'r1');
  const inside = await opened.registry.register(aRegistration({ realm: 'r1', adminIds: [admin.id] }));
  const outside = await opened.registry.register(aRegistration({ realm: 'r2', adminIds: [admin.id] }));
  assert.equal((await call(deleteAdmin, { id: admin.id }, bound)).terminated, 1);
  assert.equal((await opened.registry.check(inside.token)).live, false);
  assert.equal((await opened.registry.check(outside.token)).live, true);
});

test('who may only read neither sees nor makes administrators', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  const reader = anAdministrator({ adminId: 9, accessGroups: ['read'] });
  await assert.rejects(call(listAdmins, {}, reader), { code: 'forbidden' });
  await assert.rejects(call(createAdmin, ann, reader), { code: 'forbidden' });
});

test('an administrator of a realm that is not configured is refused where realms are listed', async (t) => {
  const opened = await openAccessWithAdmin(t, ['r1']);
  const call = callingOn(opened);
  await assert.rejects(call(createAdmin, { ...ann, realm: 'r2' }, all), { code: 'realm_unknown' });
  await call(createAdmin, { ...ann, realm: 'r1' }, all);
  await assert.rejects(call(updateAdmin, { id: 2, realm: 'r2' }, all), { code: 'realm_unknown' });
});

test('a reader changes their own password, and nobody else does with the old one', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  await call(createAdmin, ann, all);
  const reader = await opened.access.authenticateBasic('ann', aPassword);
  await call(changeAdminPassword, { id: 2, password: 'another fine password' }, reader);
  await opened.access.authenticateBasic('ann', 'another fine password');
  await assert.rejects(opened.access.authenticateBasic('ann', aPassword), { code: 'unauthenticated' });
  await assert.rejects(call(changeAdminPassword, { id: 1, password: 'now it is mine' }, reader), {
    code: 'forbidden',
  });
});

test('in a session the own password changes only with the present one, and other sessions end on request', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const { registry, access } = opened;
  const own = await registry.register(aRegistration({ accessGroups: ['administrator'], adminIds: [1] }));
  const other = await registry.register(aRegistration({ accessGroups: ['administrator'], adminIds: [1] }));
  const caller: Caller = await access.authenticateBearer(own.token);
  const wish = { id: 1, password: 'another fine password', endSessions: true };
  await assert.rejects(call(changeAdminPassword, wish, caller), { code: 'invalid_input' });
  await assert.rejects(call(changeAdminPassword, { ...wish, currentPassword: 'wrong' }, caller), {
    code: 'invalid_input',
  });
  const done = await call(changeAdminPassword, { ...wish, currentPassword: aPassword }, caller);
  assert.deepEqual(done, { terminated: 1 });
  assert.equal((await registry.check(own.token)).live, true);
  assert.equal((await registry.check(other.token)).live, false);
});

test('an application key cannot make itself an administrator by registering a session', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const { secret } = await opened.access.keys.create(
    { name: 'shop', realm: 'default', scopes: ['register'] },
    opened.admin,
  );
  const key = await opened.access.authenticateBearer(secret);
  const user = {
    username: 'admin',
    provider: { type: 'basic', name: 'main' },
    accessGroups: ['administrator'],
  };
  await assert.rejects(call(registerSession, { ...user, adminIds: [1] }, key), { code: 'forbidden' });
  const { token } = await call(registerSession, user, key);
  const caller = await opened.access.authenticateBearer(token);
  assert.equal(caller.kind, 'session');
  await assert.rejects(call(listAdmins, {}, caller), { code: 'forbidden' });
});

test('one bound to a realm cannot reach further by registering a session of a mightier administrator', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const user = {
    username: 'admin',
    provider: { type: 'basic', name: 'main' },
    accessGroups: ['administrator'],
  };
  await assert.rejects(call(registerSession, { ...user, adminIds: [1] }, bound), { code: 'not_found' });
});
