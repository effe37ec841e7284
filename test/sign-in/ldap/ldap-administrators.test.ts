import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Administrator, AuthMethod } from '../../../src/access/administrator.ts';
import { administratorsOf } from '../../../src/sign-in/mapping.ts';

function record(id: number, username: string, authMethod: AuthMethod = 'Ldap'): Administrator {
  return { id, username, authMethod, accessGroups: ['read'], realm: 'default', attributes: {}, createdAt: 0 };
}

const scope = { authMethod: 'Ldap', realm: 'default', reachesAllRealms: false } as const;
const subject = 'uid=ana,ou=people,dc=example,dc=org';
const claims = { dn: [subject], group: ['cn=Ops,ou=groups,dc=example,dc=org'] };

test('a user of a directory is each administrator whose record names the entry or a group of it, however the record writes that', () => {
  const records = [
    record(1, 'UID=Ana, OU=People, DC=example, DC=org'),
    record(2, 'CN=ops,OU=Groups,DC=EXAMPLE,DC=ORG'),
    record(3, subject),
    record(4, 'uid=ana,ou=people,dc=example,dc=com'),
    record(5, 'ana'),
    record(6, 'Ops'),
    record(7, subject, 'Idp'),
    record(8, subject, 'Cluster'),
    { ...record(9, subject), realm: 'other' },
    { ...record(10, subject), realm: null },
  ];
  const ids = (reachesAllRealms: boolean) =>
    administratorsOf({ subject, claims }, { ...scope, reachesAllRealms }, records).map(({ id }) => id);
  assert.deepEqual(ids(false), [1, 2, 3]);
  assert.deepEqual(ids(true), [1, 2, 3, 10]);
});
