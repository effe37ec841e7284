import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { startTestServer } from '../../support/http-server.ts';
import { minute } from '../../support/manual-clock.ts';
import { makeCast } from './cast.ts';
import { errorName, idsOf, result } from './client.ts';

const idpMetadata =
  '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example"/>';
const unknown = '00000000-0000-4000-8000-000000000000';

test('an IdP configuration is made, found, changed and deleted', async (t) => {
  const server = await startTestServer(t);
  const { idpConfigInfo } = await result(server, 'CreateIdpConfiguration', { idpName: 'corp', idpMetadata });
  const { idpConfigurationID, serviceProviderCertificate, ...rest } = idpConfigInfo;
  assert.deepEqual(rest, {
    enabled: false,
    idpMetadata,
    idpName: 'corp',
    spMetadataUrl: `https://${new URL(server.url).host}/sign-in/default/corp/metadata`,
  });
  assert.ok(new X509Certificate(serviceProviderCertificate).subject.includes('corp'));
  await result(server, 'CreateIdpConfiguration', { idpName: 'lab', idpMetadata });
  const named = async (params: object): Promise<string[]> =>
    (await result(server, 'ListIdpConfigurations', params)).idpConfigInfos.map(
      ({ idpName }: { idpName: string }) => idpName,
    );
  assert.deepEqual(await named({}), ['corp', 'lab']);
  assert.deepEqual(await named({ idpName: 'lab' }), ['lab']);
  assert.deepEqual(await named({ idpConfigurationID: idpConfigurationID.toUpperCase() }), ['corp']);
  assert.deepEqual(await named({ enabledOnly: true }), []);
  const change = { idpName: 'corp', newIdpName: 'corp2', generateNewCertificate: true };
  const updated = (await result(server, 'UpdateIdpConfiguration', change)).idpConfigInfo;
  assert.equal(updated.idpName, 'corp2');
  assert.equal(updated.idpConfigurationID, idpConfigurationID);
  assert.notEqual(updated.serviceProviderCertificate, serviceProviderCertificate);
  assert.deepEqual(await result(server, 'DeleteIdpConfiguration', { idpConfigurationID }), {});
  assert.deepEqual(await named({}), ['lab']);
});

test('enabling an IdP ends all Cluster and Ldap sessions, disabling it those of IdPs', async (t) => {
  const server = await startTestServer(t);
  await server.register({ username: 'ops' });
  await server.register({ username: 'ana', subject: 'cn=ana', provider: { type: 'ldap', name: 'corp' } });
  const saml = await server.register({ username: 'bo', provider: { type: 'saml', name: 'corp' } });
  const elsewhere = await server.register({ username: 'ops', realm: 'eu' });
  assert.equal(await errorName(server, 'EnableIdpAuthentication'), 'xMissingParameter');
  await result(server, 'CreateIdpConfiguration', { idpName: 'corp', idpMetadata });
  assert.deepEqual(await result(server, 'EnableIdpAuthentication'), {});
  assert.deepEqual(await result(server, 'GetIdpAuthenticationState'), { enabled: true });
  assert.deepEqual(idsOf(await result(server, 'ListActiveAuthSessions')), [saml.session.id]);
  assert.deepEqual(await result(server, 'DisableIdpAuthentication'), {});
  assert.deepEqual(await result(server, 'GetIdpAuthenticationState'), { enabled: false });
  assert.deepEqual(idsOf(await result(server, 'ListActiveAuthSessions')), []);
  assert.equal((await server.services.registry.check(elsewhere.token)).live, true);
});

test('what is wrong with an IdP configuration has a name', async (t) => {
  const server = await startTestServer(t);
  await result(server, 'CreateIdpConfiguration', { idpName: 'corp', idpMetadata });
  await result(server, 'CreateIdpConfiguration', { idpName: 'lab', idpMetadata });
  const cases: [method: string, params: Record<string, unknown>, name: string][] = [
    ['CreateIdpConfiguration', { idpName: 'corp', idpMetadata }, 'xInvalidParameter'],
    ['CreateIdpConfiguration', { idpName: 'x', idpMetadata: 'hello' }, 'xInvalidParameter'],
    ['CreateIdpConfiguration', { idpName: 'x' }, 'xMissingParameter'],
    ['UpdateIdpConfiguration', { newIdpName: 'x' }, 'xMissingParameter'],
    ['UpdateIdpConfiguration', { idpName: 'corp', newIdpName: 'lab' }, 'xInvalidParameter'],
    ['UpdateIdpConfiguration', { idpConfigurationID: unknown }, 'xIdpConfigurationDoesNotExist'],
    ['DeleteIdpConfiguration', { idpName: 'nobody' }, 'xIdpConfigurationDoesNotExist'],
    ['DeleteIdpConfiguration', {}, 'xMissingParameter'],
    ['EnableIdpAuthentication', {}, 'xMissingParameter'],
    ['EnableIdpAuthentication', { idpConfigurationID: 'corp' }, 'xInvalidParameter'],
    ['EnableIdpAuthentication', { idpConfigurationID: unknown }, 'xIdpConfigurationDoesNotExist'],
  ];
  for (const [method, params, name] of cases) {
    assert.equal(await errorName(server, method, params), name, `${method} ${JSON.stringify(params)}`);
  }
  const { clusterAdmin } = await makeCast(server);
  const options = { auth: clusterAdmin };
  assert.equal((await result(server, 'ListIdpConfigurations', {}, options)).idpConfigInfos.length, 2);
  for (const method of ['CreateIdpConfiguration', 'EnableIdpAuthentication', 'DisableIdpAuthentication']) {
    assert.equal(await errorName(server, method, {}, options), 'xPermissionDenied', method);
  }
});

test('a session is made for cluster admins with their access, for as long as is asked but no longer than allowed', async (t) => {
  const server = await startTestServer(t);
  const ops = { username: 'ops', password: 'correct horse', access: ['read', 'volumes'], acceptEula: true };
  await result(server, 'AddClusterAdmin', ops);
  await result(server, 'AddLdapClusterAdmin', { username: 'cn=ops', access: ['read'] });
  const { session } = await result(server, 'CreateAuthSession', { username: 'ops', clusterAdminIDs: [2] });
  assert.deepEqual(session, {
    accessGroupList: ['read', 'volumes'],
    authMethod: 'Cluster',
    clusterAdminIDs: [2],
    finalTimeout: '2030-01-04T00:00:00Z',
    idpConfigVersion: 0,
    lastAccessTimeout: '2030-01-01T00:30:00Z',
    sessionCreationTime: '2030-01-01T00:00:00Z',
    sessionID: session.sessionID,
    username: 'ops',
  });
  const make = async (more: object) =>
    (await result(server, 'CreateAuthSession', { username: 'cn=ana', clusterAdminIDs: [3], ...more }))
      .session;
  const short = await make({ desiredExpirationDuration: '01:30:00' });
  assert.deepEqual([short.authMethod, short.finalTimeout], ['Ldap', '2030-01-01T01:30:00Z']);
  assert.equal((await make({ desiredExpirationDuration: '999:00:00' })).finalTimeout, '2030-01-04T00:00:00Z');
  server.clock.advance(20 * minute);
  const refreshed = (await result(server, 'UpdateAuthSession', { sessionID: session.sessionID })).session;
  assert.deepEqual(refreshed, { ...session, lastAccessTimeout: '2030-01-01T00:50:00Z' });
  server.clock.advance(31 * minute);
  const update = { sessionID: session.sessionID };
  assert.equal(await errorName(server, 'UpdateAuthSession', update), 'xAuthSessionDoesNotExist');
  const cases: [params: Record<string, unknown>, name: string][] = [
    [{ clusterAdminIDs: [] }, 'xInvalidParameter'],
    [{ clusterAdminIDs: [99] }, 'xClusterAdminIDDoesNotExist'],
    [{ clusterAdminIDs: [2, 3] }, 'xInvalidParameter'],
    [{ clusterAdminIDs: [2], desiredExpirationDuration: 'soon' }, 'xInvalidParameter'],
    [{ clusterAdminIDs: [2], desiredExpirationDuration: '00:00:00' }, 'xInvalidParameter'],
    [{}, 'xMissingParameter'],
  ];
  for (const [params, name] of cases) {
    assert.equal(await errorName(server, 'CreateAuthSession', { username: 'ops', ...params }), name);
  }
  const { clusterAdmin } = await makeCast(server);
  const asked = { username: 'ops', clusterAdminIDs: [1] };
  assert.equal(
    await errorName(server, 'CreateAuthSession', asked, { auth: clusterAdmin }),
    'xPermissionDenied',
  );
});

test('a session of another realm is neither refreshed nor shown', async (t) => {
  const server = await startTestServer(t);
  const { session } = await server.register({ realm: 'eu' });
  const name = await errorName(server, 'UpdateAuthSession', { sessionID: session.id });
  assert.equal(name, 'xAuthSessionDoesNotExist');
});

test('a session of an IdP has the access of every admin that the attributes match, and the version of the configuration', async (t) => {
  const server = await startTestServer(t);
  const asked = { username: 'name-id', samlAttributeStatements: ['group=ops', 'group=dev', 'mail=a@b'] };
  assert.equal(await errorName(server, 'CreateIdpAuthSession', asked), 'xFeatureNotEnabled');
  await result(server, 'CreateIdpConfiguration', { idpName: 'corp', idpMetadata });
  await result(server, 'UpdateIdpConfiguration', { idpName: 'corp', idpMetadata });
  await result(server, 'EnableIdpAuthentication');
  assert.equal(await errorName(server, 'CreateIdpAuthSession', asked), 'xUnknownUsername');
  for (const [username, access] of [
    ['group=ops', ['clusterAdmins']],
    ['group=dev', ['volumes', 'read']],
    ['Group=ops', ['administrator']],
  ] as const) {
    await result(server, 'AddIdpClusterAdmin', { username, access, acceptEula: true });
  }
  const { session } = await result(server, 'CreateIdpAuthSession', asked);
  assert.deepEqual(
    [
      session.accessGroupList,
      session.authMethod,
      session.clusterAdminIDs,
      session.idpConfigVersion,
      session.username,
    ],
    [['clusterAdmins', 'read', 'volumes'], 'Idp', [2, 3], 2, 'name-id'],
  );
  const { body } = await server.asAdmin(`GET /v1/sessions/${session.sessionID}`);
  assert.deepEqual(body.session.provider, { type: 'saml', name: 'corp' });
});
