import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdmin } from '../../src/operations/admins.ts';
import { listOwnAdmins } from '../../src/operations/me-admins.ts';
import { anAdministrator, aPassword, callingOn, openAccessWithAdmin } from '../support/opened-access.ts';
import { aRegistration } from '../support/sessions.ts';

test('an administrator sees as whom they act, by password and by a session bound to several', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const all = anAdministrator();
  await call(createAdmin, { username: 'ann', password: aPassword, accessGroups: ['read'] }, all);
  const idp = { authMethod: 'Idp', accessGroups: ['clusterAdmins'] };
  await call(createAdmin, { ...idp, username: 'group=ops' }, all);
  await call(createAdmin, { ...idp, username: 'group=eu', realm: 'eu' }, all);
  const own = await call(listOwnAdmins, {}, await opened.access.authenticateBasic('ann', aPassword));
  assert.equal(own.username, 'ann');
  assert.deepEqual(own.accessGroups, ['read']);
  assert.deepEqual(
    own.admins.map(({ id }) => id),
    [2],
  );
  const { token } = await opened.registry.register(
    aRegistration({
      provider: { type: 'saml', name: 'corp' },
      accessGroups: ['clusterAdmins'],
      adminIds: [4, 3, 2, 99],
    }),
  );
  const bySession = await call(listOwnAdmins, {}, await opened.access.authenticateBearer(token));
  assert.deepEqual(
    bySession.admins.map(({ id }) => id),
    [2, 3],
    'neither one that is gone nor one of another realm',
  );
});

test('an application key is no administrator', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  const key = { kind: 'key', keyId: 'k', name: 'app', realm: 'default', scopes: ['terminate'] } as const;
  await assert.rejects(call(listOwnAdmins, {}, key), { code: 'forbidden' });
});
