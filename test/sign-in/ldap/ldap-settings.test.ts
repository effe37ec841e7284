import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLog } from '../../../src/core/log.ts';
import type { ProviderParts } from '../../../src/sign-in/kind.ts';
import { ldapKind } from '../../../src/sign-in/ldap/kind.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const sound = { servers: ['ldaps://ldap.example.org'], userBase: 'dc=example' };

describe('the settings of a directory', () => {
  const faulty: [claim: string, settings: Record<string, unknown>, path: string][] = [
    ['no server', { servers: [] }, 'servers'],
    ['a server of another scheme', { servers: ['https://ldap.example.org'] }, 'servers'],
    ['a server with a base', { servers: ['ldap://ldap.example.org/dc=example'] }, 'servers'],
    ['a server with a password', { servers: ['ldap://a:b@ldap.example.org'] }, 'servers'],
    ['an account that is no distinguished name', { bindDn: 'curfew' }, 'bindDn'],
    ['a user name without its place', { userDn: 'uid=ana,dc=example' }, 'userDn'],
    ['a user name that is no distinguished name', { userDn: '{username}' }, 'userDn'],
    ['a user name with the place in a type', { userDn: '{username}=ana,dc=example' }, 'userDn'],
    ['a filter without the name', { userFilter: '(objectClass=person)' }, 'userFilter'],
    ['a filter that does not end', { userFilter: '(&(uid={username})' }, 'userFilter'],
    ['two filters', { userFilter: '(uid={username})(cn=x)' }, 'userFilter'],
    ['a filter of groups that names nobody', { groupFilter: '(objectClass=group)' }, 'groupFilter'],
    ['an attribute that is a filter', { usernameAttribute: 'uid=*' }, 'usernameAttribute'],
    ['a time without unit', { timeout: '5' }, 'timeout'],
    ['no connection', { connections: 0 }, 'connections'],
    ['a password among the settings', { bindPassword: 'x' }, ''],
  ];
  for (const [claim, settings, path] of faulty) {
    it(`refuse ${claim}`, () => {
      const read = ldapKind.settings.safeParse({ ...sound, ...settings });
      assert.equal(read.success, false);
      assert.equal(read.error?.issues[0]?.path[0] ?? '', path);
    });
  }

  const impossible: [
    claim: string,
    settings: Record<string, unknown>,
    secrets: Record<string, string>,
    message: RegExp,
  ][] = [
    ['neither base nor name of users', { userBase: undefined }, {}, /^userBase: is missing/],
    ['a search for groups without a base', { groupsFrom: 'search' }, {}, /^groupBase: is missing/],
    ['groups in a chain without a base', { nestedGroups: 'chain' }, {}, /^groupBase: is missing/],
    ['an account without a password', { bindDn: 'cn=a' }, {}, /^bindPassword: is missing/],
    ['an account with an empty one', { bindDn: 'cn=a' }, { bindPassword: '' }, /^bindPassword: is missing/],
    ['a password without an account', {}, { bindPassword: 'x' }, /^bindDn: is missing/],
    ['no certificate in ca', { ca: 'text' }, {}, /^ca: holds no certificate/],
    ['a file that is none', { caFile: '/nowhere' }, {}, /^caFile: cannot be read, or holds no/],
    ['a file without a certificate', { caFile: import.meta.filename }, {}, /^caFile: cannot be read, or/],
    ['both', { ca: 'a', caFile: 'b' }, {}, /^caFile: stands in place of ca/],
  ];
  for (const [claim, settings, secrets, message] of impossible) {
    it(`cannot be used with ${claim}`, () => {
      const parts = { clock: new ManualClock(), log: createLog('silent') } as unknown as ProviderParts;
      const definition = {
        ...({ type: 'ldap', name: 'corp', realm: 'default', title: 'x', configVersion: 1 } as const),
        settings: ldapKind.settings.parse({ ...sound, ...settings }),
        secrets,
      };
      assert.throws(() => ldapKind.create(definition, parts), { code: 'invalid_input', message });
    });
  }

  it('verify certificates, encrypt, and wait no longer than seconds unless told otherwise', () => {
    const read = ldapKind.settings.parse(sound);
    assert.deepEqual([read.verifyCertificate, read.startTls], [true, true]);
    assert.deepEqual([read.connectTimeout, read.timeout, read.retryAfter], [3000, 5000, 30_000]);
  });
});
