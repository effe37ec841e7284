import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readConfig } from '../../src/config.ts';
import { CurfewError } from '../../src/core/errors.ts';
import { createLog } from '../../src/core/log.ts';
import { openSignIn, type SignIn } from '../../src/sign-in/sign-in.ts';
import {
  anAdministrator,
  aSealer,
  type OpenedAccess,
  openAccess,
  orderOf,
} from '../support/opened-access.ts';
import { idpMetadataXml, newKeyPair } from '../support/saml-messages.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

/** Reads the configuration of a file with this content. */
function read(t: TestContext, content: unknown) {
  const folder = makeTemporaryDirectory();
  t.after(() => folder.remove());
  const path = join(folder.path, 'curfew.yaml');
  writeFileSync(path, JSON.stringify(content));
  return readConfig({ config: path, data: folder.path }, {});
}

function faultsOf(t: TestContext, content: unknown): string {
  try {
    read(t, content);
  } catch (error) {
    assert.ok(error instanceof CurfewError);
    assert.equal(error.code, 'config_invalid');
    return error.message;
  }
  return '';
}

const oidc = { type: 'oidc', name: 'corp', issuer: 'https://idp.example.org', clientId: 'curfew' };

test('providers are read in their order, each by the settings of its type', (t) => {
  const { providers } = read(t, {
    providers: [
      { type: 'basic', name: 'own', title: 'Own account' },
      { ...oidc, realm: 'shop', clientSecretVariable: 'SECRET' },
    ],
  });
  assert.deepEqual(providers, [
    {
      type: 'basic',
      name: 'own',
      realm: 'default',
      title: 'Own account',
      enabled: true,
      settings: {},
      secrets: {},
    },
    {
      type: 'oidc',
      name: 'corp',
      realm: 'shop',
      title: undefined,
      enabled: true,
      settings: { issuer: oidc.issuer, clientId: oidc.clientId },
      secrets: { clientSecret: { variable: 'SECRET' } },
    },
  ]);
});

test('what is wrong with a provider is told by its place and the expected form, without the value', (t) => {
  for (const [providers, message] of [
    ['oidc', /providers in .*: expected a list of providers/],
    [['oidc'], /providers\.0 in .*: expected a provider/],
    [[{ type: 'oicd', name: 'x' }], /providers\.0\.type in .*: expected one of basic/],
    [[{ type: 'basic' }], /providers\.0\.name in .*: expected letters, digits/],
    [[{ type: 'basic', name: 'a/b' }], /providers\.0\.name in .*: expected letters, digits/],
    [
      [{ type: 'basic', name: 'x', colour: 'red' }],
      /providers\.0\.colour in .*: is not a setting here; known are /,
    ],
    [[{ ...oidc, issuer: 'ftp://very-secret' }], /providers\.0\.issuer in .*: expected an https URL/],
    [
      [{ ...oidc, clientSecret: 'very-secret' }],
      /providers\.0\.clientSecret in .*: is a secret; give it by clientSecretFile or/,
    ],
    [
      [
        { type: 'basic', name: 'x' },
        { type: 'basic', name: 'x' },
      ],
      /providers\.1\.name in .*: is the name of another/,
    ],
  ] as const) {
    const told = faultsOf(t, { providers });
    assert.match(told, message);
    assert.doesNotMatch(told, /very-secret/);
  }
});

interface Opened extends OpenedAccess {
  /** Opens the sign-in as another start with this configuration would. */
  start(providers: unknown, environment?: Record<string, string>): Promise<SignIn>;
}

async function opened(t: TestContext): Promise<Opened> {
  const parts = await openAccess(t);
  return {
    ...parts,
    async start(providers, environment = {}) {
      const signIn = await openSignIn({
        ...parts,
        log: createLog('silent'),
        sealer: aSealer,
        publicUrl: 'https://sso.example.org',
        configured: read(t, { providers }).providers ?? [],
        environment,
      });
      t.after(() => signIn.providers.close());
      return signIn;
    },
  };
}

const everybody = { kind: 'system', name: 'test' } as const;

test('each change of a configured provider counts its version up, and no start without one does', async (t) => {
  const { start, store } = await opened(t);
  const versions = async (providers: unknown) =>
    (await start(providers)).providers
      .list(everybody)
      .map(({ name, configVersion }) => [name, configVersion]);
  assert.deepEqual(await versions([{ type: 'basic', name: 'own' }]), [['own', 1]]);
  assert.deepEqual(await versions([{ type: 'basic', name: 'own' }]), [['own', 1]]);
  assert.deepEqual(await versions([{ type: 'basic', name: 'own', title: 'Own' }]), [['own', 2]]);
  const events = (await store.journal(0, 100)).map(({ event, by }) => [event, by.name]);
  assert.deepEqual(events, [
    ['provider.created', 'configuration'],
    ['provider.changed', 'configuration'],
  ]);
});

test('a provider that is gone from the configuration, or disabled there, loses its sessions', async (t) => {
  const { start, registry } = await opened(t);
  const register = (name: string) =>
    registry.register({ realm: 'default', username: 'ann', provider: { type: 'basic', name } });
  await start([
    { type: 'basic', name: 'one' },
    { type: 'basic', name: 'two' },
    { type: 'basic', name: 'three' },
  ]);
  const tokens = await Promise.all(['one', 'two', 'three'].map(async (name) => (await register(name)).token));
  await start([
    { type: 'basic', name: 'one' },
    { type: 'basic', name: 'two', enabled: false },
  ]);
  const live = await Promise.all(tokens.map(async (token) => (await registry.check(token)).live));
  assert.deepEqual(live, [true, false, false]);
});

test('a secret is read from its variable or file, and a start without it fails naming that', async (t) => {
  const { start } = await opened(t);
  const provider = { ...oidc, clientSecretVariable: 'CORP_SECRET' };
  await assert.rejects(start([provider]), /corp: the environment variable CORP_SECRET is not set/);
  await start([provider], { CORP_SECRET: 'a secret' });
  await assert.rejects(
    start([{ ...oidc, clientSecretFile: '/nonexistent/secret' }]),
    /corp: \/nonexistent\/secret cannot be read \(ENOENT\)/,
  );
});

test('one that was disabled over the API stays so over restarts, until its entry changes', async (t) => {
  const { start } = await opened(t);
  const first = await start([{ type: 'basic', name: 'own' }]);
  const [provider] = first.providers.list(everybody);
  await first.providers.setEnabled(provider?.id ?? '', false, orderOf(anAdministrator()));
  const own = { type: 'basic', name: 'own' };
  assert.deepEqual((await start([own])).providers.enabledIn('default'), []);
  assert.equal((await start([{ ...own, title: 'Own' }])).providers.enabledIn('default').length, 1);
});

test('secrets given over the API are sealed in the store, and open again after a restart', async (t) => {
  const { start, store } = await opened(t);
  const { providers } = await start([]);
  await providers.create(
    {
      type: 'oidc',
      realm: 'default',
      name: 'corp',
      settings: { issuer: oidc.issuer, clientId: 'curfew' },
      secrets: { clientSecret: 'to be kept secret' },
    },
    orderOf(anAdministrator()),
  );
  const kept = JSON.stringify([await store.records('provider'), await store.journal(0, 100)]);
  assert.doesNotMatch(kept, /to be kept secret/);
  const again = await start([]);
  assert.deepEqual(
    again.providers.enabledIn('default').map(({ signIn }) => signIn.name),
    ['corp'],
  );
});

test('the identity provider of Element signs in the users of its realm while it is enabled', async (t) => {
  const { start, access, certificates } = await opened(t);
  const { providers } = await start([]);
  const order = orderOf(anAdministrator());
  const { certificate } = await newKeyPair('identity provider');
  const metadata = idpMetadataXml('https://idp.example.org', 'https://idp.example.org', [certificate]);
  const idp = await providers.naming('r1', 'corp', (claim) =>
    access.identityProviders.create({ realm: 'r1', name: 'corp', metadata }, order, certificates, claim),
  );
  assert.deepEqual(providers.enabledIn('r1'), []);
  await access.identityProviders.enable(idp.id, order);
  const [used] = providers.enabledIn('r1');
  assert.deepEqual(
    [used?.provider.type, used?.provider.source, used?.signIn.flow, used?.provider.configVersion],
    ['saml', 'element', 'redirect', 1],
  );
  await assert.rejects(providers.setEnabled(idp.id, false, order), { code: 'conflict' });
  await access.identityProviders.disable('r1', order);
  assert.deepEqual(providers.enabledIn('r1'), []);
});

test('a configured provider does not take the name of one that was set up over the API', async (t) => {
  const { start, access, certificates } = await opened(t);
  const { providers } = await start([]);
  const order = orderOf(anAdministrator());
  const metadata = idpMetadataXml('https://idp.example.org', 'https://idp.example.org', []);
  await providers.naming('default', 'idp', (claim) =>
    access.identityProviders.create({ realm: 'default', name: 'idp', metadata }, order, certificates, claim),
  );
  const basic = { type: 'basic', realm: 'default', settings: {}, secrets: {} } as const;
  await providers.create({ ...basic, name: 'own' }, order);
  for (const name of ['idp', 'own']) {
    await assert.rejects(start([{ type: 'basic', name }]), {
      code: 'config_invalid',
      message: new RegExp(`^providers: ${name}: a provider that was set up over the API has this name`),
    });
    await start([{ type: 'basic', name, realm: 'r2' }]);
  }
});

test('settings of the sign-in that stand against each other stop the start', (t) => {
  const signIn = { publicUrl: 'https://sso.example.org', cookieDomain: 'example.com' };
  assert.match(faultsOf(t, { signIn }), /signIn\.cookieDomain: must hold the host of signIn\.publicUrl/);
  assert.match(faultsOf(t, { signIn: { cookieDomain: 'example.org' } }), /signIn\.cookieDomain/);
  assert.equal(faultsOf(t, { signIn: { ...signIn, cookieDomain: 'example.org' } }), '');
  const providers = [{ type: 'basic', name: 'own', realm: 'shpo' }];
  assert.match(
    faultsOf(t, { realms: ['shop'], providers }),
    /providers\.0\.realm: is not one of realms \(shop\)/,
  );
  for (const publicUrl of ['sso.example.org', 'https://sso.example.org/x', 'https://a@b.example', 'ftp://x'])
    assert.match(faultsOf(t, { signIn: { publicUrl } }), /signIn\.publicUrl in .*: expected an origin/);
  for (const pattern of [
    '*',
    'https://*',
    'https://app.example.org/path',
    'javascript:x',
    'https://a*.example',
  ])
    assert.match(faultsOf(t, { signIn: { returnTo: [pattern] } }), /signIn\.returnTo in .*: expected a list/);
});
