import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basic, basicAdmin, startTestServer } from '../../support/http-server.ts';
import { aPassword } from '../../support/opened-access.ts';
import { makeCast } from './cast.ts';
import { errorName, idsOf, result, rpc } from './client.ts';

const ops = { username: 'ops', password: aPassword, access: ['clusterAdmins'], acceptEula: true };

test('a cluster admin is added, listed, changed, used and removed, and their sessions end with them', async (t) => {
  const server = await startTestServer(t);
  const { clusterAdminID } = await result(server, 'AddClusterAdmin', { ...ops, attributes: { desk: 4 } });
  assert.equal(clusterAdminID, 2);
  const { clusterAdmins } = await result(server, 'ListClusterAdmins', { showHidden: true });
  assert.deepEqual(clusterAdmins[1], {
    access: ['clusterAdmins'],
    attributes: { desk: 4 },
    authMethod: 'Cluster',
    clusterAdminID: 2,
    username: 'ops',
  });
  const auth = basic('ops', aPassword);
  const { clusterAdmin } = await result(server, 'GetCurrentClusterAdmin', {}, { auth });
  assert.deepEqual(clusterAdmin, clusterAdmins[1]);
  assert.deepEqual(await result(server, 'ListCurrentClusterAdmins', {}, { auth }), {
    clusterAdmins: [clusterAdmins[1]],
    username: 'ops',
  });
  const theirs = await server.register({ username: 'ops', adminIds: [2] });
  const other = await server.register({ username: 'ops', adminIds: [1] });
  const change = {
    clusterAdminID: 2,
    access: ['read'],
    password: 'another fine password',
    attributes: { desk: 5 },
  };
  assert.deepEqual(await result(server, 'ModifyClusterAdmin', change), {});
  const changed = (await result(server, 'ListClusterAdmins')).clusterAdmins[1];
  assert.deepEqual([changed.access, changed.attributes], [['read'], { desk: 5 }]);
  const next = { auth: basic('ops', 'another fine password') };
  assert.equal(await errorName(server, 'ListClusterAdmins', {}, next), 'xPermissionDenied');
  assert.deepEqual(await result(server, 'RemoveClusterAdmin', { clusterAdminID: 2 }), {});
  const { sessions } = await result(server, 'ListActiveAuthSessions');
  assert.deepEqual(idsOf({ sessions }), [other.session.id]);
  assert.equal((await server.services.registry.check(theirs.token)).live, false);
  assert.equal((await result(server, 'ListClusterAdmins')).clusterAdmins.length, 1);
  const { status } = await server.ask('POST /json-rpc/12.3', { ...next, body: { method: 'GetAPI' } });
  assert.equal(status, 401);
});

test('what is wrong with a cluster admin has the name that clients know', async (t) => {
  const server = await startTestServer(t);
  await result(server, 'AddClusterAdmin', ops);
  const cases: [method: string, params: Record<string, unknown>, name: string][] = [
    ['AddClusterAdmin', ops, 'xDuplicateUsername'],
    ['AddClusterAdmin', { ...ops, acceptEula: false }, 'xInvalidParameter'],
    ['AddClusterAdmin', { ...ops, acceptEula: undefined }, 'xMissingParameter'],
    ['AddClusterAdmin', { ...ops, acceptEula: 'yes' }, 'xInvalidParameterType'],
    ['AddClusterAdmin', { ...ops, password: 'short', username: 'x' }, 'xInvalidParameter'],
    ['AddClusterAdmin', { ...ops, username: 'a:b' }, 'xInvalidParameter'],
    ['AddClusterAdmin', { ...ops, username: '' }, 'xInvalidParameter'],
    ['AddClusterAdmin', { ...ops, username: 'x', access: 'read' }, 'xInvalidParameterType'],
    ['AddClusterAdmin', { ...ops, username: 'x', access: [] }, 'xInvalidParameter'],
    ['AddClusterAdmin', { ...ops, username: 'x', attributes: 'x' }, 'xInvalidParameterType'],
    ['AddLdapClusterAdmin', { username: 'cn=a', access: ['read'], acceptEula: false }, 'xInvalidParameter'],
    ['AddIdpClusterAdmin', { username: 'ops', access: ['read'], acceptEula: true }, 'xInvalidParameter'],
    ['ModifyClusterAdmin', { clusterAdminID: 99, access: ['read'] }, 'xClusterAdminIDDoesNotExist'],
    ['ModifyClusterAdmin', { clusterAdminID: 1, access: ['read'] }, 'xAPINotPermitted'],
    ['RemoveClusterAdmin', { clusterAdminID: 1 }, 'xAPINotPermitted'],
    ['RemoveClusterAdmin', { clusterAdminID: 99 }, 'xClusterAdminIDDoesNotExist'],
    ['RemoveClusterAdmin', { clusterAdminID: '2' }, 'xInvalidParameterType'],
    ['RemoveClusterAdmin', {}, 'xMissingParameter'],
  ];
  for (const [method, params, name] of cases) {
    assert.equal(await errorName(server, method, params), name, `${method} ${JSON.stringify(params)}`);
  }
  const { error } = await rpc(server, 'RemoveClusterAdmin', {});
  assert.equal(error.message, 'Missing member=[clusterAdminID]');
});

test('nobody without the right changes cluster admins, and everybody their own password', async (t) => {
  const server = await startTestServer(t);
  const { reader } = await makeCast(server);
  const options = { auth: reader };
  for (const [method, params] of [
    ['AddClusterAdmin', ops],
    ['AddLdapClusterAdmin', { username: 'cn=a', access: ['read'] }],
    ['AddIdpClusterAdmin', { username: 'a=b', access: ['read'], acceptEula: true }],
    ['ModifyClusterAdmin', { clusterAdminID: 2, password: 'now it is mine' }],
    ['ModifyClusterAdmin', { clusterAdminID: 3, access: ['administrator'] }],
    ['RemoveClusterAdmin', { clusterAdminID: 2 }],
    ['ListClusterAdmins', {}],
  ] as const) {
    assert.equal(await errorName(server, method, params, options), 'xPermissionDenied', method);
  }
  const { clusterAdmin } = await result(server, 'GetCurrentClusterAdmin', {}, options);
  const own = { clusterAdminID: clusterAdmin.clusterAdminID, password: 'another fine password' };
  assert.deepEqual(await result(server, 'ModifyClusterAdmin', own, options), {});
  await result(server, 'GetAPI', {}, { auth: basic('reader', 'another fine password') });
});

test('a cluster admin has power over the realm of the face, and none of another realm is seen', async (t) => {
  const server = await startTestServer(t);
  await makeCast(server);
  const { clusterAdmins } = await result(server, 'ListClusterAdmins');
  assert.deepEqual(
    clusterAdmins.map(({ username }: { username: string }) => username),
    ['admin', 'clusterAdmin', 'reader', 'volumes', 'bound'],
  );
  const elsewhere = 5;
  for (const [method, params] of [
    ['RemoveClusterAdmin', {}],
    ['ModifyClusterAdmin', { access: ['read'] }],
  ] as const) {
    const name = await errorName(server, method, { clusterAdminID: elsewhere, ...params });
    assert.equal(name, 'xClusterAdminIDDoesNotExist');
  }
  await result(server, 'AddClusterAdmin', ops);
  const { body } = await server.ask('GET /v1/status', { auth: basic('ops', aPassword) });
  assert.equal(body.realm, 'default');
});

test('an admin of a directory or an identity provider stands for every session of their members', async (t) => {
  const server = await startTestServer(t);
  const dn = 'cn=ops,dc=example,dc=net';
  const ldap = await result(server, 'AddLdapClusterAdmin', { username: dn, access: ['read'] });
  const idp = { username: 'group=ops', access: ['clusterAdmins'], acceptEula: true };
  const { clusterAdminID } = await result(server, 'AddIdpClusterAdmin', idp);
  const { session, token } = await server.register({
    username: 'bo',
    subject: 'name-id',
    provider: { type: 'saml', name: 'corp' },
    accessGroups: ['clusterAdmins', 'read'],
    adminIds: [clusterAdminID, ldap.clusterAdminID],
  });
  const options = { auth: `Bearer ${token}` };
  const { clusterAdmin } = await result(server, 'GetCurrentClusterAdmin', {}, options);
  assert.deepEqual(clusterAdmin, {
    access: ['clusterAdmins', 'read'],
    attributes: {},
    authMethod: 'Idp',
    clusterAdminID: -1,
    username: 'name-id',
  });
  const { clusterAdmins, username } = await result(server, 'ListCurrentClusterAdmins', {}, options);
  assert.deepEqual(
    [username, ...clusterAdmins.map((admin: { username: string }) => admin.username)],
    ['name-id', dn, 'group=ops'],
  );
  assert.equal((await result(server, 'ListActiveAuthSessions', {}, options)).sessions.length, 1);
  assert.equal(
    await errorName(server, 'ListAuthSessionsByClusterAdmin', { clusterAdminID: -1 }),
    'xInvalidParameter',
  );
  for (const id of [clusterAdminID, ldap.clusterAdminID]) {
    const listed = await result(server, 'ListAuthSessionsByClusterAdmin', { clusterAdminID: id });
    assert.deepEqual(idsOf(listed), [session.id]);
  }
  await result(server, 'RemoveClusterAdmin', { clusterAdminID: ldap.clusterAdminID });
  assert.deepEqual(idsOf(await result(server, 'ListActiveAuthSessions')), []);
});

test('a caller of the API alone is not lost when every cluster admin is removed but the last', async (t) => {
  const server = await startTestServer(t);
  const { clusterAdminID } = await result(server, 'AddClusterAdmin', { ...ops, access: ['administrator'] });
  const second = { auth: basic('ops', aPassword) };
  // The second is bound to the realm of the face, so it has no power over one of every realm.
  assert.equal(
    await errorName(server, 'RemoveClusterAdmin', { clusterAdminID: 1 }, second),
    'xClusterAdminIDDoesNotExist',
  );
  await result(server, 'RemoveClusterAdmin', { clusterAdminID }, { auth: basicAdmin });
});
