import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listProviderTypes } from '../../src/operations/provider-types.ts';
import { anAdministrator, callingOn, openAccessWithAdmin } from '../support/opened-access.ts';

test('every setting of every type of provider is told with what it is, how it is written and what holds without it', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  const { types } = await call(listProviderTypes, {}, anAdministrator());
  assert.deepEqual(
    types.map(({ type }) => type),
    ['basic', 'ldap', 'oidc', 'saml'],
  );
  for (const { settings } of types) {
    for (const { name, description, form } of settings) assert.ok(description !== '' && form !== '', name);
  }
  const told = new Map<string, (typeof types)[number]['settings'][number]>(
    types.flatMap(({ type, settings }) => settings.map((one) => [`${type}.${one.name}`, one] as const)),
  );
  const shape = (name: string) => told.get(name)?.shape;
  assert.deepEqual(
    ['ldap.servers', 'ldap.startTls', 'ldap.ca', 'ldap.groupsFrom', 'ldap.attributes', 'ldap.groups'].map(
      shape,
    ),
    ['list', 'flag', 'long', 'choice', 'map', 'listMap'],
  );
  assert.deepEqual(
    ['ldap.connections', 'ldap.timeout', 'oidc.issuer', 'oidc.scopes', 'saml.metadata'].map(shape),
    ['number', 'text', 'text', 'list', 'long'],
  );
  assert.deepEqual(told.get('ldap.groupsFrom')?.choices, ['memberOf', 'search', 'none']);
  const required = [...told].filter(([, one]) => one.required).map(([name]) => name);
  assert.deepEqual(required, ['ldap.servers', 'oidc.issuer', 'oidc.clientId']);
  assert.deepEqual(
    types[1]?.secrets.map(({ name }) => name),
    ['bindPassword'],
  );
});

test('whoever may not see providers is told of no type', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  const reader = anAdministrator({ accessGroups: ['read'] });
  await assert.rejects(call(listProviderTypes, {}, reader), { code: 'forbidden' });
});
