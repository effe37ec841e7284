import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { operations } from '../../../src/operations/table.ts';
import { basic, basicAdmin, startTestServer, type TestServer } from '../../support/http-server.ts';
import { aPassword } from '../../support/opened-access.ts';

/**
 * Who may call what, written down apart from the code that decides it. Letters: A administrator, B administrator bound
 * to a realm, C clusterAdmins, R read, O another access group; keys with the scope r register, c check, l list,
 * t terminate; S a session's own user, M a session bound to an administrator. Nobody else, and never without credentials.
 */
const matrix: Record<string, { who: string; path?: string; body?: unknown }> = {
  'sessions.register': {
    who: 'AB r M',
    body: { username: 'zoe', provider: { type: 'basic', name: 'main' } },
  },
  'sessions.check': { who: 'ABC c M', body: { tokens: ['cfs_x'] } },
  'sessions.list': { who: 'ABCR lt M' },
  'sessions.suggest': { who: 'ABCR lt M', path: '/v1/sessions/suggest?text=zoe' },
  'sessions.histogram': { who: 'ABCR lt M' },
  'sessions.words': { who: 'ABCR lt M' },
  'sessions.get': { who: 'ABCR lt M' },
  'sessions.delete': { who: 'ABC t M' },
  'sessions.refresh': { who: 'AB r M', body: {} },
  'sessions.import': {
    who: 'AB M',
    body: {
      sessions: [
        { username: 'zoe', provider: { type: 'basic', name: 'main' }, createdAt: '2029-12-31T23:59:00.000Z' },
      ],
    },
  },
  'sessions.logout': { who: 'ABCRO S M' },
  'me.get': { who: 'ABCRO S M' },
  'me.sessions.list': { who: 'ABCRO S M' },
  'me.sessions.delete': { who: 'ABCRO S M' },
  'me.sessions.deleteOne': { who: 'ABCRO S M' },
  'revocations.preview': { who: 'ABCR lt M', body: { selector: { username: 'nobody-of-this-name' } } },
  'revocations.create': {
    who: 'ABC t M',
    body: { selector: { username: 'nobody-of-this-name' }, reason: 'test' },
  },
  'revocations.list': { who: 'ABCR rclt M' },
  'revocations.get': { who: 'ABCR rclt M', path: '/v1/revocations/1' },
  'ledger.get': { who: 'ABCR rclt M' },
  'ledger.verify': { who: 'ABC M' },
  'store.backup': { who: 'AB M' },
  'nodes.list': { who: 'ABCR rclt M' },
  'system.status': { who: 'ABCR rclt M' },
  'admins.list': { who: 'ABC M' },
  'admins.create': { who: 'ABC M', body: {} },
  'admins.get': { who: 'ABC M' },
  'admins.update': { who: 'ABC M', body: {} },
  'admins.delete': { who: 'ABC M' },
  'admins.password': { who: 'ABCRO M', body: {} },
  'me.admins.list': { who: 'ABCRO M' },
  'keys.list': { who: 'ABC M' },
  'keys.create': { who: 'AB M', body: {} },
  'keys.delete': { who: 'AB M' },
  'policy.list': { who: 'ABCR M' },
  'policy.set': { who: 'AB M', body: {} },
  'policy.delete': { who: 'AB M', body: {} },
  'policy.effective': {
    who: 'ABCR M',
    path: '/v1/policy/effective?providerType=a&providerName=b&username=c',
  },
  'sessions.search': { who: 'ABCR lt M', path: '/v1/sessions/search?username=nobody*' },
  'realms.list': { who: 'ABCR lt M' },
  'sessions.reread': { who: 'AB r M', body: {} },
  'revocations.createByName': { who: 'ABC t M', body: {} },
  'signingKeys.list': { who: 'ABC M' },
  'signingKeys.rotate': { who: 'AB M', body: {} },
  'identityProviders.list': { who: 'ABC M' },
  'identityProviders.create': { who: 'AB M', body: {} },
  'identityProviders.update': { who: 'AB M', body: {} },
  'identityProviders.delete': { who: 'AB M' },
  'identityProviders.enable': { who: 'AB M', body: {} },
  'identityProviders.disable': { who: 'AB M', body: {} },
  'system.log.get': { who: 'ABCR rclt M' },
  'system.log.set': { who: 'AB M', body: {} },
  'settings.get': { who: 'ABCR M', path: '/v1/settings/element' },
  'settings.set': { who: 'AB M', path: '/v1/settings/element', body: {} },
  'me.account.get': { who: 'ABCRO S M' },
  'me.password': { who: 'ABCRO S M', body: {} },
  'me.totp.begin': { who: 'ABCRO S M', body: {} },
  'me.totp.confirm': { who: 'ABCRO S M', body: {} },
  'me.totp.remove': { who: 'ABCRO S M', body: {} },
  'me.totp.recoveryCodes': { who: 'ABCRO S M', body: {} },
  'users.list': { who: 'ABC M' },
  'users.create': { who: 'ABC M', body: {} },
  'users.get': { who: 'ABC M', path: '/v1/users/nobody' },
  'users.update': { who: 'ABC M', path: '/v1/users/nobody', body: {} },
  'users.disable': { who: 'ABC M', path: '/v1/users/nobody/disable', body: {} },
  'users.enable': { who: 'ABC M', path: '/v1/users/nobody/enable', body: {} },
  'users.delete': { who: 'ABC M', path: '/v1/users/nobody' },
  'users.password': { who: 'ABC M', path: '/v1/users/nobody/password', body: {} },
  'users.removeFactor': { who: 'ABC M', path: '/v1/users/nobody/factor' },
  'providers.list': { who: 'ABC M' },
  'providers.create': { who: 'AB M', body: {} },
  'providers.get': { who: 'ABC M' },
  'providers.update': { who: 'AB M', body: {} },
  'providers.delete': { who: 'AB M' },
  'providers.enable': { who: 'AB M', body: {} },
  'providers.disable': { who: 'AB M', body: {} },
  'providers.test': { who: 'AB M', body: {} },
  'providers.types': { who: 'ABC M' },
  'policy.preview': { who: 'ABCR M', body: {} },
  'statistics.timeline': { who: 'ABCR lt M' },
  'statistics.refusals': { who: 'ABCR lt M' },
  'samples.get': { who: 'ABCR lt M' },
  'samples.load': { who: 'AB M', body: {} },
  'samples.remove': { who: 'AB M' },
  'journal.list': { who: 'ABC M' },
};

type Callers = Record<string, () => Promise<string>>;

async function callersOf(server: TestServer): Promise<Callers> {
  const callers: Callers = { A: async () => basicAdmin };
  for (const [letter, accessGroups, realm] of [
    ['B', ['administrator'], 'default'],
    ['C', ['clusterAdmins'], null],
    ['R', ['read'], null],
    ['O', ['guests'], null],
  ] as const) {
    const username = `admin-${letter}`;
    const made = await server.asAdmin('POST /v1/admins', {
      username,
      password: aPassword,
      accessGroups,
      realm,
    });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    callers[letter] = async () => basic(username, aPassword);
  }
  for (const scope of ['register', 'check', 'list', 'terminate']) {
    const made = await server.asAdmin('POST /v1/keys', { name: scope, realm: 'default', scopes: [scope] });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    callers[scope[0] as string] = async () => `Bearer ${made.body.secret}`;
  }
  callers.S = async () => `Bearer ${(await server.register()).token}`;
  callers.M = async () =>
    `Bearer ${(await server.register({ username: 'admin', accessGroups: ['administrator'], adminIds: [1] })).token}`;
  return callers;
}

test('every operation is in the matrix of rights', () => {
  assert.deepEqual(operations.map(({ name }) => name).sort(), Object.keys(matrix).sort());
});

test('each caller may do what the matrix of rights says, and nothing else', async (t) => {
  const server = await startTestServer(t, { 'limits-failures-per-minute': '100000' });
  const callers = await callersOf(server);
  for (const operation of operations) {
    const row = matrix[operation.name];
    assert.ok(row !== undefined);
    const path =
      row.path ??
      operation.http.path.replace('{id}', operation.name.startsWith('admins.') ? '999' : randomUUID());
    const route = `${operation.http.method} ${path}`;
    const send = (auth?: string) =>
      server.ask(route, {
        ...(auth === undefined ? {} : { auth }),
        ...('body' in row ? { body: row.body } : {}),
      });
    const nobody = await send();
    assert.equal(nobody.status, 401, `${operation.name} as nobody`);
    for (const [letter, authOf] of Object.entries(callers)) {
      const { status, body } = await send(await authOf());
      const told = `${operation.name} as ${letter}: ${status} ${JSON.stringify(body?.detail ?? '')}`;
      if (row.who.includes(letter)) assert.ok(status !== 401 && (status !== 403 || isBorder(body)), told);
      else assert.ok(status === 403 && body.facts?.permission === operation.permission, told);
    }
  }
});

/** Refused for where the caller may reach, not for what it may do. */
function isBorder(body: { facts?: { permission?: string } }): boolean {
  return body.facts?.permission === undefined;
}
