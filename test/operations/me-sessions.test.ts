import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdmin } from '../../src/operations/admins.ts';
import { deleteOwnSession, deleteOwnSessions, listOwnSessions } from '../../src/operations/me-sessions.ts';
import { anAdministrator, aPassword, callingOn, openAccessWithAdmin } from '../support/opened-access.ts';
import { aRegistration } from '../support/sessions.ts';

const ann = anAdministrator({ adminId: 2, username: 'ann', accessGroups: ['volumes'] });

test('an administrator who calls with a password has the sessions of their name at basic providers of one realm', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  await call(
    createAdmin,
    { username: 'ann', password: aPassword, accessGroups: ['volumes'] },
    anAdministrator(),
  );
  const { registry } = opened;
  const own = await registry.register(aRegistration());
  const other = await registry.register(aRegistration({ provider: { type: 'basic', name: 'lab' } }));
  const spared = [
    await registry.register(aRegistration({ realm: 'eu' })),
    await registry.register(aRegistration({ provider: { type: 'ldap', name: 'corp' }, subject: 'ann' })),
    await registry.register(aRegistration({ subject: 'somebody else called ann' })),
    await registry.register(aRegistration({ username: 'bob' })),
  ];
  const { sessions, current } = await call(listOwnSessions, {}, ann);
  assert.deepEqual(new Set(sessions.map(({ id }) => id)), new Set([own.session.id, other.session.id]));
  assert.equal(current, undefined);
  for (const { session } of spared) {
    await assert.rejects(call(deleteOwnSession, { id: session.id }, ann), { code: 'session_not_found' });
  }
  assert.equal((await call(deleteOwnSession, { id: other.session.id }, ann)).matched, 1);
  const { matched, revocation } = await call(deleteOwnSessions, {}, ann);
  assert.equal(matched, 1);
  const ended = await call(listOwnSessions, { revocation: revocation.seq }, ann);
  assert.deepEqual(
    ended.sessions.map(({ id }) => id),
    [own.session.id],
  );
  for (const { token } of spared) assert.equal((await registry.check(token)).live, true);
});

test('P9: the own sessions of an administrator bound to a realm are those of that realm', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const bound = { ...ann, realm: 'eu' };
  const inside = await opened.registry.register(aRegistration({ realm: 'eu' }));
  await opened.registry.register(aRegistration());
  const { sessions } = await call(listOwnSessions, {}, bound);
  assert.deepEqual(
    sessions.map(({ id }) => id),
    [inside.session.id],
  );
  await assert.rejects(call(deleteOwnSessions, { realm: 'default' }, bound), { code: 'forbidden' });
});

test('an application key has no sessions of its own', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  const key = { kind: 'key', keyId: 'k', name: 'app', realm: 'default', scopes: ['terminate'] } as const;
  await assert.rejects(call(deleteOwnSessions, {}, key), { code: 'forbidden' });
});
