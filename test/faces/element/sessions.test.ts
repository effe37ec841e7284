import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer, type TestServer } from '../../support/http-server.ts';
import { minute } from '../../support/manual-clock.ts';
import { makeCast } from './cast.ts';
import { errorName, idsOf, result, rpc } from './client.ts';

const saml = { type: 'saml', name: 'corp' };
const dn = 'cn=ana ruiz,ou=ops,dc=example,dc=net';

/** One session of each kind, by name: two of `ops` by password, one of a DN, two of identity providers, one elsewhere. */
async function populate(server: TestServer) {
  const made = {
    cluster: await server.register({ username: 'ops', adminIds: [1], accessGroups: ['administrator'] }),
    second: await server.register({ username: 'ops', provider: { type: 'basic', name: 'lab' } }),
    ldap: await server.register({
      username: 'ana',
      subject: dn,
      provider: { type: 'ldap', name: 'corp' },
      accessGroups: ['reporting', 'read'],
      adminIds: [1],
    }),
    saml: await server.register({ username: 'bo', subject: 'ops', provider: saml, providerConfigVersion: 3 }),
    oidc: await server.register({ username: 'bo', subject: 'sub-1', provider: { type: 'oidc', name: 'x' } }),
    eu: await server.register({ username: 'ops', realm: 'eu', adminIds: [1] }),
  };
  const ids = Object.fromEntries(Object.entries(made).map(([name, { session }]) => [name, session.id]));
  const named = (...names: (keyof typeof made)[]) => names.map((name) => ids[name]).sort();
  const isLive = async (name: keyof typeof made) =>
    (await server.services.registry.check(made[name].token, { touch: false })).live;
  const live = async () => {
    const names = Object.keys(made) as (keyof typeof made)[];
    const verdicts = await Promise.all(names.map(isLive));
    return names.filter((_, index) => verdicts[index]);
  };
  return { made, ids: ids as Record<keyof typeof made, string>, named, live };
}

test('a session has nine members, times in whole seconds, and an idle end that a use moves and the final end bounds', async (t) => {
  const server = await startTestServer(t);
  const { ids, made } = await populate(server);
  server.clock.advance(10 * minute + 250);
  await server.ask('GET /v1/check', { auth: `Bearer ${made.ldap.token}` });
  const { sessions } = await result(server, 'ListActiveAuthSessions');
  const find = (id: string) => sessions.find(({ sessionID }: { sessionID: string }) => sessionID === id);
  assert.deepEqual(find(ids.ldap), {
    accessGroupList: ['read', 'reporting'],
    authMethod: 'Ldap',
    clusterAdminIDs: [1],
    finalTimeout: '2030-01-04T00:00:00Z',
    idpConfigVersion: 0,
    lastAccessTimeout: '2030-01-01T00:40:00Z',
    sessionCreationTime: '2030-01-01T00:00:00Z',
    sessionID: ids.ldap,
    username: dn,
  });
  assert.deepEqual(
    [find(ids.saml), find(ids.cluster), find(ids.oidc)].map((one) => [
      one.authMethod,
      one.username,
      one.idpConfigVersion,
      one.lastAccessTimeout,
    ]),
    [
      ['Idp', 'ops', 3, '2030-01-01T00:30:00Z'],
      ['Cluster', 'ops', 0, '2030-01-01T00:30:00Z'],
      ['Idp', 'sub-1', 0, '2030-01-01T00:30:00Z'],
    ],
  );
  const short = await server.register({ lifespanMs: 5 * minute });
  const { session } = await result(server, 'DeleteAuthSession', { sessionID: short.session.id });
  assert.equal(session.lastAccessTimeout, session.finalTimeout);
  assert.equal(session.finalTimeout, '2030-01-01T00:15:00Z');
});

test('a session without limits ends, as far as the wire can say it, never', async (t) => {
  const server = await startTestServer(t);
  const rule = { idleTimeoutMs: null, lifespanMs: null };
  await server.asAdmin('PUT /v1/policy', { scope: { kind: 'default' }, rule });
  await server.register();
  const { sessions } = await result(server, 'ListActiveAuthSessions');
  assert.equal(sessions[0].finalTimeout, '9999-12-31T23:59:59Z');
  assert.equal(sessions[0].lastAccessTimeout, '9999-12-31T23:59:59Z');
});

test('lists hold what is live in the realm of the face, and nothing of another', async (t) => {
  const server = await startTestServer(t);
  const { ids, named, made } = await populate(server);
  const all = ['cluster', 'second', 'ldap', 'saml', 'oidc'] as const;
  assert.deepEqual(idsOf(await result(server, 'ListActiveAuthSessions')), named(...all));
  await server.ask('POST /v1/logout', { auth: `Bearer ${made.oidc.token}` });
  server.clock.advance(29 * minute);
  await server.ask('GET /v1/check', { auth: `Bearer ${made.saml.token}` });
  server.clock.advance(2 * minute);
  assert.deepEqual(idsOf(await result(server, 'ListActiveAuthSessions')), named('saml'));
  assert.deepEqual(
    idsOf(await result(server, 'ListExpiredAuthSessions')),
    named('cluster', 'second', 'ldap'),
  );
  assert.equal(
    await errorName(server, 'DeleteAuthSession', { sessionID: ids.eu }),
    'xAuthSessionDoesNotExist',
  );
});

test('a face of another realm shows that realm', async (t) => {
  const server = await startTestServer(t, { 'faces-element-realm': 'eu' });
  const { named } = await populate(server);
  assert.deepEqual(idsOf(await result(server, 'ListActiveAuthSessions')), named('eu'));
  const { elsewhere, bound } = await makeCast(server);
  assert.deepEqual(
    idsOf(await result(server, 'ListActiveAuthSessions', {}, { auth: elsewhere })),
    named('eu'),
  );
  const { status } = await server.ask('POST /json-rpc/12.3', { auth: bound, body: { method: 'GetAPI' } });
  assert.equal(status, 401, 'whoever is bound to another realm is not known here');
});

const cuts: readonly [
  method: 'ByUsername' | 'ByClusterAdmin',
  params: Record<string, unknown>,
  names: readonly ('cluster' | 'second' | 'ldap' | 'saml' | 'oidc')[],
][] = [
  ['ByUsername', { username: 'ops' }, ['cluster', 'second', 'saml']],
  ['ByUsername', { username: 'ops', authMethod: 'Cluster' }, ['cluster', 'second']],
  ['ByUsername', { username: 'ops', authMethod: 'Idp' }, ['saml']],
  ['ByUsername', { username: dn, authMethod: 'Ldap' }, ['ldap']],
  ['ByUsername', { username: dn, authMethod: 'Idp' }, []],
  ['ByUsername', { username: dn.toUpperCase() }, []],
  ['ByUsername', { username: 'ana' }, []],
  ['ByUsername', { authMethod: 'Idp' }, ['saml', 'oidc']],
  ['ByUsername', { authMethod: 'Cluster' }, ['cluster', 'second']],
  ['ByUsername', { authMethod: 'Ldap' }, ['ldap']],
  ['ByUsername', {}, []],
  ['ByClusterAdmin', { clusterAdminID: 1 }, ['cluster', 'ldap']],
  ['ByClusterAdmin', { clusterAdminID: 77 }, []],
];

for (const [kind, params, names] of cuts) {
  test(`${kind} ${JSON.stringify(params)} lists ${names.join(', ') || 'nothing'}, deletes just that, and is one entry of the ledger`, async (t) => {
    const server = await startTestServer(t);
    const { named, live } = await populate(server);
    assert.deepEqual(idsOf(await result(server, `ListAuthSessions${kind}`, params)), named(...names));
    assert.deepEqual(idsOf(await result(server, `DeleteAuthSessions${kind}`, params)), named(...names));
    const left = ['cluster', 'second', 'ldap', 'saml', 'oidc', 'eu'].filter(
      (name) => !(names as readonly string[]).includes(name),
    );
    assert.deepEqual(await live(), left);
    assert.deepEqual(idsOf(await result(server, `DeleteAuthSessions${kind}`, params)), []);
    const { body } = await server.asAdmin('GET /v1/revocations');
    const [again, first] = body.revocations;
    assert.deepEqual([first.seq, first.matched, again.seq, again.matched], [1, names.length, 2, 0]);
    assert.equal(first.face, 'element');
    assert.equal(first.by.name, 'admin');
    assert.equal(first.selector.realm, 'default');
  });
}

test('DeleteAuthSession answers the one session that it ended, and not twice', async (t) => {
  const server = await startTestServer(t);
  const { ids, live } = await populate(server);
  const body = await rpc(server, 'DeleteAuthSession', { sessionID: ids.cluster.toUpperCase() }, { id: 'x' });
  assert.deepEqual(Object.keys(body), ['id', 'result']);
  assert.deepEqual(Object.keys(body.result), ['session']);
  assert.equal(body.result.session.sessionID, ids.cluster);
  assert.deepEqual(await live(), ['second', 'ldap', 'saml', 'oidc', 'eu']);
  const again = await rpc(server, 'DeleteAuthSession', { sessionID: ids.cluster });
  assert.equal(again.error.name, 'xAuthSessionDoesNotExist');
  assert.ok(again.error.message.includes(ids.cluster));
  const { body: ledger } = await server.asAdmin('GET /v1/ledger');
  assert.equal(ledger.head, 1, 'what was gone already left no entry');
});

test('whoever holds neither clusterAdmins nor administrator reaches their own sessions only', async (t) => {
  const server = await startTestServer(t);
  const { reader, volumes } = await makeCast(server);
  const { ids, live } = await populate(server);
  for (const [name, auth] of [
    ['reader', reader],
    ['volumes', volumes],
  ] as const) {
    const first = await server.register({ username: name });
    const second = await server.register({ username: name });
    const namesake = await server.register({ username: name, provider: saml });
    const own = [first.session.id, second.session.id].sort();
    const deny = async (method: string, params?: unknown) =>
      assert.equal(await errorName(server, method, params, { auth }), 'xPermissionDenied', method);
    await deny('ListActiveAuthSessions');
    await deny('ListExpiredAuthSessions');
    for (const verb of ['List', 'Delete']) {
      await deny(`${verb}AuthSessionsByClusterAdmin`, { clusterAdminID: 1 });
      await deny(`${verb}AuthSessionsByUsername`, { username: 'ops' });
      await deny(`${verb}AuthSessionsByUsername`, { authMethod: 'Cluster' });
      await deny(`${verb}AuthSessionsByUsername`, { username: name, authMethod: 'Cluster' });
    }
    await deny('DeleteAuthSession', { sessionID: ids.cluster });
    await deny('DeleteAuthSession', { sessionID: namesake.session.id });
    for (const params of [undefined, {}, { username: name }]) {
      assert.deepEqual(idsOf(await result(server, 'ListAuthSessionsByUsername', params, { auth })), own);
    }
    const { session } = await result(server, 'DeleteAuthSession', { sessionID: own[0] }, { auth });
    assert.equal(session.sessionID, own[0]);
    assert.equal(
      await errorName(server, 'DeleteAuthSession', { sessionID: own[0] }, { auth }),
      'xAuthSessionDoesNotExist',
    );
    assert.deepEqual(idsOf(await result(server, 'DeleteAuthSessionsByUsername', {}, { auth })), [own[1]]);
    const message = (await rpc(server, 'ListActiveAuthSessions', {}, { auth })).error.message;
    assert.match(message, /^xPermissionDenied: /);
  }
  assert.deepEqual(await live(), ['cluster', 'second', 'ldap', 'saml', 'oidc', 'eu']);
  const nobody = { sessionID: '00000000-0000-4000-8000-000000000000' };
  assert.equal(
    await errorName(server, 'DeleteAuthSession', nobody, { auth: reader }),
    'xAuthSessionDoesNotExist',
  );
  assert.equal(await errorName(server, 'DeleteAuthSession', nobody, { auth: volumes }), 'xPermissionDenied');
});

test('clusterAdmins reach the sessions of others', async (t) => {
  const server = await startTestServer(t);
  const { clusterAdmin, bound } = await makeCast(server);
  const { ids, named } = await populate(server);
  for (const auth of [clusterAdmin, bound]) {
    assert.equal((await result(server, 'ListActiveAuthSessions', {}, { auth })).sessions.length, 5);
  }
  const deleted = await result(
    server,
    'DeleteAuthSessionsByUsername',
    { username: 'ops' },
    { auth: clusterAdmin },
  );
  assert.deepEqual(idsOf(deleted), named('cluster', 'second', 'saml'));
  const { session } = await result(server, 'DeleteAuthSession', { sessionID: ids.ldap }, { auth: bound });
  assert.equal(session.username, dn);
});

test('an administrator who names nobody means their own sessions', async (t) => {
  const server = await startTestServer(t);
  await populate(server);
  const own = await server.register({ username: 'admin' });
  await server.register({ username: 'admin', provider: saml });
  await server.register({ username: 'admin', realm: 'eu' });
  assert.deepEqual(idsOf(await result(server, 'ListAuthSessionsByUsername')), [own.session.id]);
  assert.deepEqual(idsOf(await result(server, 'DeleteAuthSessionsByUsername')), [own.session.id]);
});

test('a call with a password makes no session, and one with the token of a session is a use of it', async (t) => {
  const server = await startTestServer(t);
  assert.deepEqual(idsOf(await result(server, 'ListActiveAuthSessions')), []);
  const { token, session } = await server.register({ username: 'bo', subject: 'name-id', provider: saml });
  server.clock.advance(20 * minute);
  const options = { auth: `Bearer ${token}` };
  const own = await result(server, 'ListAuthSessionsByUsername', { username: 'name-id' }, options);
  assert.equal(own.sessions[0].lastAccessTimeout, '2030-01-01T00:50:00Z');
  assert.equal(
    await errorName(server, 'ListAuthSessionsByUsername', { username: 'bo' }, options),
    'xPermissionDenied',
  );
  assert.equal(await errorName(server, 'ListActiveAuthSessions', {}, options), 'xPermissionDenied');
  assert.equal(await errorName(server, 'GetCurrentClusterAdmin', {}, options), 'xPermissionDenied');
  const ended = await result(server, 'DeleteAuthSession', { sessionID: session.id }, options);
  assert.equal(ended.session.sessionID, session.id);
  const { status } = await server.ask('POST /json-rpc/12.3', { ...options, body: { method: 'GetAPI' } });
  assert.equal(status, 401);
});

test('an application key ends what it may end, and has no sessions of its own', async (t) => {
  const server = await startTestServer(t);
  const { named } = await populate(server);
  const { body } = await server.asAdmin('POST /v1/keys', {
    name: 'soc',
    realm: 'default',
    scopes: ['terminate'],
  });
  const options = { auth: `Bearer ${body.secret}` };
  assert.equal(await errorName(server, 'DeleteAuthSessionsByUsername', {}, options), 'xPermissionDenied');
  const ended = await result(server, 'DeleteAuthSessionsByUsername', { authMethod: 'Ldap' }, options);
  assert.deepEqual(idsOf(ended), named('ldap'));
  assert.equal(await errorName(server, 'ListClusterAdmins', {}, options), 'xPermissionDenied');
});

test('P3: a sign-in that began before a cut by method is refused after it', async (t) => {
  const server = await startTestServer(t);
  await result(server, 'DeleteAuthSessionsByUsername', { authMethod: 'Idp' });
  const wish = { username: 'bo', provider: saml, epoch: 0 };
  const { body } = await server.asAdmin('POST /v1/sessions', wish);
  assert.equal(body.code, 'revoked_during_sign_in');
  await server.register({ username: 'bo', epoch: 0 });
});
