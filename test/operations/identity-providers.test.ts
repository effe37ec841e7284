import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { Access } from '../../src/access/access.ts';
import {
  createIdentityProvider,
  deleteIdentityProvider,
  disableIdentityProvider,
  enableIdentityProvider,
  listIdentityProviders,
  updateIdentityProvider,
} from '../../src/operations/identity-providers.ts';
import { readJournal } from '../../src/operations/journal.ts';
import { createProvider } from '../../src/operations/providers.ts';
import { anAdministrator, aSealer, callingOn, openAccessWithAdmin } from '../support/opened-access.ts';
import { aRegistration } from '../support/sessions.ts';

const all = anAdministrator();
const bound = anAdministrator({ adminId: 9, username: 'bound', realm: 'eu' });
const metadata =
  '<?xml version="1.0"?>\n<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example"/>';

test('an identity provider has a certificate whose key nobody is told, and a version that every change moves', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const { identityProvider: made } = await call(createIdentityProvider, { name: 'corp', metadata }, all);
  assert.deepEqual(
    { ...made, id: '', certificate: '' },
    {
      id: '',
      realm: 'default',
      name: 'corp',
      metadata,
      certificate: '',
      enabled: false,
      configVersion: 1,
      createdAt: '2030-01-01T00:00:00.000Z',
    },
  );
  const keyFor = (certificate: string, access = opened.access) =>
    opened.certificates.keyOf(certificate, access.identityProviders.sealedKeyOf(certificate));
  const key = await keyFor(made.certificate);
  assert.ok(new X509Certificate(made.certificate).checkPrivateKey(createPrivateKey(key ?? '')));
  const { identityProvider: renamed } = await call(
    updateIdentityProvider,
    { id: made.id, name: 'corp2', newCertificate: true },
    all,
  );
  assert.equal(renamed.configVersion, 2);
  assert.notEqual(renamed.certificate, made.certificate);
  assert.equal(await keyFor(made.certificate), undefined);
  assert.deepEqual(await call(listIdentityProviders, {}, all), { identityProviders: [renamed] });
  // What the store keeps is what another process reads, which signs with the same key; the store does not tell it.
  const again = await Access.open({ ...opened, sealer: aSealer });
  assert.equal(again.identityProviders.get(made.id, all).name, 'corp2');
  assert.equal(again.identityProviders.get(made.id, all).certificate, renamed.certificate);
  assert.match((await keyFor(renamed.certificate, again)) ?? '', /PRIVATE KEY/);
  assert.doesNotMatch(JSON.stringify(await opened.store.records('provider')), /PRIVATE KEY/);
  assert.doesNotMatch(JSON.stringify(again.identityProviders.list(all)), /sealedKey/);
  await call(deleteIdentityProvider, { id: made.id }, all);
  assert.deepEqual(await call(listIdentityProviders, {}, all), { identityProviders: [] });
  assert.equal(await keyFor(renamed.certificate), undefined);
  const { entries } = await call(readJournal, {}, all);
  assert.deepEqual(
    entries.map(({ event }) => event).filter((event) => event.startsWith('identity_provider')),
    ['identity_provider.created', 'identity_provider.changed', 'identity_provider.removed'],
  );
});

test('enabling one ends the sessions of passwords, disabling it those of identity providers, in its realm alone', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const { registry } = opened;
  const signIn = async (type: string, realm = 'default') =>
    (await registry.register(aRegistration({ realm, provider: { type, name: 'x' } }))).token;
  const isLive = async (token: string) => (await registry.check(token)).live;
  const [basic, ldap, saml, oidc] = [
    await signIn('basic'),
    await signIn('ldap'),
    await signIn('saml'),
    await signIn('oidc'),
  ];
  const elsewhere = [await signIn('basic', 'eu'), await signIn('saml', 'eu')];
  const { identityProvider } = await call(createIdentityProvider, { name: 'corp', metadata }, all);
  const second = await call(createIdentityProvider, { name: 'other', metadata }, all);
  const head = registry.ledger.head;
  assert.equal((await call(enableIdentityProvider, { id: identityProvider.id }, all)).terminated, 2);
  assert.equal(registry.ledger.head, head + 1);
  assert.deepEqual(
    [await isLive(basic), await isLive(ldap), await isLive(saml), await isLive(oidc)],
    [false, false, true, true],
  );
  await call(enableIdentityProvider, { id: second.identityProvider.id }, all);
  const { identityProviders } = await call(listIdentityProviders, {}, all);
  assert.deepEqual(
    identityProviders.map(({ name, enabled }) => [name, enabled]),
    [
      ['corp', false],
      ['other', true],
    ],
  );
  const disabled = await call(disableIdentityProvider, {}, all);
  assert.equal(disabled.identityProvider?.name, 'other');
  assert.equal(disabled.terminated, 2);
  assert.deepEqual([await isLive(saml), await isLive(oidc)], [false, false]);
  for (const token of elsewhere) assert.equal(await isLive(token), true);
});

test('removing the one that is enabled ends the sessions of identity providers', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const { identityProvider } = await call(createIdentityProvider, { name: 'corp', metadata }, all);
  await call(enableIdentityProvider, { id: identityProvider.id }, all);
  await opened.registry.register(aRegistration({ provider: { type: 'saml', name: 'corp' } }));
  assert.equal((await call(deleteIdentityProvider, { id: identityProvider.id }, all)).terminated, 1);
});

test('P9: one bound to a realm neither sees nor changes an identity provider of another', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  const { identityProvider } = await call(createIdentityProvider, { name: 'corp', metadata }, all);
  assert.deepEqual(await call(listIdentityProviders, {}, bound), { identityProviders: [] });
  const { id } = identityProvider;
  await assert.rejects(call(updateIdentityProvider, { id, name: 'x' }, bound), { code: 'not_found' });
  await assert.rejects(call(enableIdentityProvider, { id }, bound), { code: 'not_found' });
  await assert.rejects(call(deleteIdentityProvider, { id }, bound), { code: 'not_found' });
  await assert.rejects(call(disableIdentityProvider, { realm: 'default' }, bound), { code: 'forbidden' });
  await assert.rejects(call(createIdentityProvider, { name: 'x', metadata, realm: 'default' }, bound), {
    code: 'forbidden',
  });
  assert.equal(
    (await call(createIdentityProvider, { name: 'corp', metadata }, bound)).identityProvider.realm,
    'eu',
  );
});

test('no identity provider bears the name of another provider of its realm, nor the other way round', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const taken = { code: 'conflict', message: /There is a provider "corp" in this realm already/ };
  const corp = { type: 'basic', name: 'corp' } as const;
  await call(createProvider, corp, all);
  await assert.rejects(call(createIdentityProvider, { name: 'corp', metadata }, all), taken);
  const { identityProvider } = await call(createIdentityProvider, { name: 'idp', metadata }, all);
  const { id } = identityProvider;
  await assert.rejects(call(updateIdentityProvider, { id, name: 'corp' }, all), taken);
  await assert.rejects(call(createProvider, { ...corp, name: 'idp' }, all), { code: 'conflict' });
  assert.equal((await call(updateIdentityProvider, { id, name: 'idp' }, all)).identityProvider.name, 'idp');
  const elsewhere = await call(createIdentityProvider, { name: 'corp', metadata }, bound);
  assert.equal(elsewhere.identityProvider.realm, 'eu', 'another realm has names of its own');
});

test('of a provider and an identity provider that are given one name at once, one gets it', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  const made = await Promise.allSettled([
    call(createIdentityProvider, { name: 'corp', metadata }, all),
    call(createProvider, { type: 'basic', name: 'corp' }, all),
    call(createIdentityProvider, { name: 'corp', metadata }, all),
  ]);
  assert.deepEqual(made.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
});

test('a name that is taken, and what is no metadata, are refused', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  await call(createIdentityProvider, { name: 'corp', metadata }, all);
  await assert.rejects(call(createIdentityProvider, { name: 'corp', metadata }, all), { code: 'conflict' });
  for (const wrong of ['hello', '<html/>', '<EntityDescriptorX/>', `<!DOCTYPE x>${metadata}`]) {
    await assert.rejects(call(createIdentityProvider, { name: 'x', metadata: wrong }, all), {
      code: 'invalid_input',
    });
  }
  const reader = anAdministrator({ adminId: 3, accessGroups: ['read'] });
  await assert.rejects(call(listIdentityProviders, {}, reader), { code: 'forbidden' });
});
