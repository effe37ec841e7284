import type { TestContext } from 'node:test';
import type { Client } from '../../src/client/client.ts';
import type { Inputs, OperationName } from '../../src/client/operations.ts';
import { startTestServer, type TestServer } from './running-server.ts';
import { checkOver } from './server-process.ts';

/** Everything of the realm `north` has this in its name, so an answer that holds it has crossed the border. */
export const mark = 'north';

/** The other realm with one of everything, and callers of the realm `south`. */
export interface World {
  readonly server: TestServer;
  readonly token: string;
  readonly sessionId: string;
  readonly keyId: string;
  readonly adminId: number;
  readonly identityProviderId: string;
  readonly providerId: string;
  /** A revocation of the realm `north`. */
  readonly seq: number;
  /** Where a list of the realm `north` goes on. */
  readonly cursor: string;
  readonly callers: Readonly<Record<string, Client>>;
}

const password = 'a password of the south';
export const north = {
  realm: mark,
  username: `${mark}-ann`,
  subject: `${mark}-subject`,
  provider: { type: `${mark}-type`, name: `${mark}-provider` },
  providerSession: `${mark}-sid`,
  app: `${mark}-app`,
  accessGroups: [`${mark}-group`],
  attributes: { city: `${mark}-city` },
  client: { ip: '192.0.2.77' },
};

export async function twoRealms(t: TestContext): Promise<World> {
  const server = await startTestServer(t);
  const { client } = server;
  const { token, session } = await client.sessions.register(north);
  for (let count = 0; count < 3; count++)
    await client.sessions.register({ ...north, username: `${mark}-bob` });
  const gone = await client.sessions.register({ ...north, username: `${mark}-gone` });
  await client.sessions.delete({ id: gone.session.id, reason: `${mark}-reason` });
  await checkOver(server, gone.token);
  const { key } = await client.keys.create({ name: `${mark}-key`, realm: mark, scopes: ['check'] });
  const made = { username: `${mark}-admin`, password, accessGroups: ['administrator'], realm: mark };
  const { admin } = await client.admins.create(made);
  const { identityProvider } = await client.identityProviders.create({
    realm: mark,
    name: `${mark}-idp`,
    metadata: `<EntityDescriptor entityID="https://${mark}.example/"/>`,
  });
  const ownUser = `${mark}-carol`;
  await client.users.create({ realm: mark, username: ownUser, password });
  const { provider } = await client.providers.create({
    realm: mark,
    type: 'basic',
    name: `${mark}-door`,
  });
  await client.policy.set({ scope: { kind: 'realm', realm: mark }, rule: { sessionLimit: 77 } });
  const selector = { realm: mark, username: `${mark}-nobody` };
  const { revocation } = await client.revocations.create({ selector, reason: `${mark}-reason` });
  const { nextCursor } = await client.sessions.list({ realm: mark, limit: 1 });

  const key2 = await client.keys.create({
    name: 'south',
    realm: 'south',
    scopes: ['register', 'check', 'list', 'terminate'],
  });
  const groups: [string, string[]][] = [
    ['administrator', ['administrator']],
    ['clusterAdmins', ['clusterAdmins']],
    ['read', ['read']],
  ];
  const callers: Record<string, Client> = { 'a key': server.as({ bearer: key2.secret }) };
  for (const [name, accessGroups] of groups) {
    const username = `admin of the south with ${name}`;
    const { admin: own } = await client.admins.create({ username, password, accessGroups, realm: 'south' });
    callers[`an administrator with ${name}`] = server.as({ basic: { username, password } });
    const ofAdmin = {
      realm: 'south',
      username,
      provider: { type: 'basic', name: 'main' },
      accessGroups,
      adminIds: [own.id],
    };
    callers[`a session with ${name}`] = server.as({
      bearer: (await client.sessions.register(ofAdmin)).token,
    });
  }
  return {
    server,
    token,
    sessionId: session.id,
    keyId: key.id,
    adminId: admin.id,
    identityProviderId: identityProvider.id,
    providerId: provider.id,
    seq: revocation.seq,
    cursor: nextCursor ?? '',
    callers,
  };
}

/** Inputs of every operation that aim at the north; an operation without an input here fails the test. */
export function attacks(world: World): { [Name in OperationName]: readonly Inputs[Name][] } {
  const { sessionId: id, keyId, adminId, identityProviderId: idp, providerId, seq, cursor, token } = world;
  const { realm, username, subject, provider, providerSession, app } = north;
  const selectors = [
    { realm, all: true as const },
    { all: true as const },
    { sessionIds: [id] },
    { username },
    { subject },
    { provider },
    { provider, providerSession },
    { app },
    { ip: '192.0.2.77' },
    { accessGroup: `${mark}-group` },
    { username, realm },
  ];
  const scopes = [
    { kind: 'default' as const },
    { kind: 'realm' as const, realm },
    { kind: 'user' as const, realm, username },
    { kind: 'provider' as const, realm, ...provider },
  ];
  const ownUser = { realm, username: `${mark}-carol` };
  const imported = { ...north, createdAt: new Date().toISOString() };
  const span = { from: new Date(Date.now() - 86_400_000).toISOString(), bucketSeconds: 3600 };
  return {
    'sessions.register': [north],
    'sessions.check': [{ tokens: [token] }, { tokens: [token], realm }],
    'sessions.list': [
      {},
      ...selectors,
      { state: 'any' },
      { realm, state: 'any' },
      { revocation: seq },
      { limit: 1, cursor },
      { realm, limit: 1, cursor },
      { count: 'exact' },
    ],
    'sessions.search': [
      { pattern: '*' },
      { pattern: `${mark}*` },
      { pattern: username },
      { pattern: '*ANN', ignoreCase: true },
      { pattern: '*', realm },
    ],
    'sessions.suggest': [
      { text: mark },
      { text: mark.toUpperCase() },
      { text: username, realm },
      { text: 'n', realm: 'south' },
      { text: '192.0.' },
      { text: '192.0.2.0/24', realm },
    ],
    'sessions.histogram': [
      {},
      ...selectors,
      { ...selectors[0], state: 'any', field: 'lastAccessAt' as const },
    ],
    'sessions.words': [{}, { realm }],
    'realms.list': [{}],
    'sessions.get': [{ id }],
    'sessions.delete': [{ id, reason: 'a test' }],
    'sessions.refresh': [{ id, attributes: { city: 'taken' } }],
    'sessions.reread': [{ id }],
    'sessions.import': [{ sessions: [imported] }],
    'sessions.logout': [],
    'me.get': [{}],
    'me.sessions.list': [{}, { state: 'any' }, { realm }, { revocation: seq }, { limit: 1, cursor }],
    'me.sessions.delete': [{ keepCurrent: true }, { keepCurrent: true, realm }, { realm }],
    'me.sessions.deleteOne': [{ id }, { id, realm }],
    'revocations.preview': selectors.map((selector) => ({ selector })),
    // Everything within reach would be the callers themselves.
    'revocations.create': selectors
      .filter((selector) => !('all' in selector) || 'realm' in selector)
      .map((selector) => ({ selector, reason: 'a test' })),
    'revocations.createByName': [
      { realm, pattern: '*', reason: 'a test' },
      { realm, pattern: username, reason: 'a test' },
      { realm: 'south', pattern: `${mark}*`, reason: 'a test' },
    ],
    'revocations.list': [{}],
    'revocations.get': [{ seq }],
    'ledger.get': [{}],
    'ledger.verify': [{}],
    'admins.list': [{}],
    'admins.get': [{ id: adminId }],
    'admins.create': [
      { username: 'new', password, accessGroups: ['read'], realm },
      { username: 'new', password, accessGroups: ['read'], realm: null },
    ],
    'admins.update': [
      { id: adminId, accessGroups: ['read'] },
      { id: adminId, realm: 'south' },
    ],
    'admins.delete': [{ id: adminId }],
    'admins.password': [{ id: adminId, password: 'another password', endSessions: true }],
    'me.admins.list': [{}],
    'keys.list': [{}],
    'keys.create': [{ name: 'new', realm, scopes: ['list'] }],
    'keys.delete': [{ id: keyId }],
    'signingKeys.list': [{}],
    'signingKeys.rotate': [{}],
    'policy.list': [{}],
    'policy.set': scopes.map((scope) => ({ scope, rule: { sessionLimit: 1 } })),
    'policy.delete': scopes.map((scope) => ({ scope })),
    'policy.effective': [{ realm, providerType: 'x', providerName: 'x', username }],
    'policy.preview': [
      ...scopes.map((scope) => ({ scope, preset: 'pci' as const })),
      ...scopes.map((scope) => ({ scope, remove: true })),
    ],
    'samples.get': [{}],
    'samples.load': [{}],
    'samples.remove': [{}],
    'identityProviders.list': [{}, { realm }],
    'identityProviders.create': [{ realm, name: 'new', metadata: '<EntityDescriptor/>' }],
    'identityProviders.update': [{ id: idp, name: 'taken' }],
    'identityProviders.delete': [{ id: idp }],
    'identityProviders.enable': [{ id: idp }],
    'identityProviders.disable': [{ realm }],
    'me.account.get': [{}],
    'me.password': [{ currentPassword: password, password: 'another password' }],
    'me.totp.begin': [{}],
    'me.totp.confirm': [{ setup: 'none', code: '123456', currentPassword: password }],
    'me.totp.remove': [{ currentPassword: password }],
    'me.totp.recoveryCodes': [{ currentPassword: password }],
    'users.list': [{}, { realm }],
    'users.create': [{ realm, username: 'new' }],
    'users.get': [ownUser, { username: ownUser.username }],
    'users.update': [{ ...ownUser, accessGroups: [] }],
    'users.disable': [ownUser],
    'users.enable': [ownUser],
    'users.delete': [ownUser, { username: ownUser.username }],
    'users.password': [ownUser],
    'users.removeFactor': [ownUser],
    'providers.types': [{}],
    'providers.list': [{}, { realm }],
    'providers.create': [{ realm, type: 'basic', name: 'new' }],
    'providers.get': [{ id: providerId }],
    'providers.update': [{ id: providerId, title: 'taken' }],
    'providers.delete': [{ id: providerId }],
    'providers.enable': [{ id: providerId }],
    'providers.disable': [{ id: providerId }],
    'providers.test': [{ id: providerId }],
    'journal.list': [{}],
    'statistics.timeline': [span, { realm, ...span }],
    'statistics.refusals': [{}, { realm }],
    'store.backup': [{}],
    'nodes.list': [{}],
    'system.status': [{}],
    'system.log.get': [{}],
    'system.log.set': [{ level: 'silent' }],
    'settings.get': [{ name: 'ibm-dsc' }],
    'settings.set': [{ name: 'ibm-dsc', value: {}, ifVersion: 0 }],
  };
}
