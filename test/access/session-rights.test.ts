import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Administrator } from '../../src/access/administrator.ts';
import type { Caller } from '../../src/access/caller.ts';
import { demandBinding, rightsOf } from '../../src/access/session-rights.ts';
import type { StoredSession } from '../../src/session/store.ts';
import { anAdministrator } from '../support/opened-access.ts';
import { aStoredSession } from '../support/sessions.ts';

const records = new Map<number, Administrator>();

function record(id: number, changes: Partial<Administrator> = {}): Administrator {
  const made: Administrator = {
    id,
    username: `a${id}`,
    authMethod: 'Cluster',
    accessGroups: ['administrator'],
    realm: null,
    attributes: {},
    createdAt: 0,
    ...changes,
  };
  records.set(id, made);
  return made;
}

record(1);
record(2, { accessGroups: ['read'] });
record(3, { realm: 'r1' });
record(4, { authMethod: 'Ldap', accessGroups: ['clusterAdmins'] });
record(5, { authMethod: 'Idp', accessGroups: ['clusterAdmins'] });
record(6, { accessGroups: ['volumes'] });

const recordOf = (id: number) => records.get(id);

/** The access groups and the reach of a session, or undefined for a session without power. */
function powerOf(
  changes: Partial<StoredSession>,
): { groups: readonly string[]; realm: string | null } | undefined {
  const rights = rightsOf(aStoredSession({ realm: 'r1', ...changes }), recordOf);
  return rights === undefined ? undefined : { groups: rights.accessGroups, realm: rights.realm };
}

test('claiming administrative access groups gives no power by itself', () => {
  for (const group of ['administrator', 'clusterAdmins', 'read']) {
    assert.equal(powerOf({ accessGroups: [group] }), undefined);
    assert.equal(powerOf({ accessGroups: [group], adminIds: [999] }), undefined);
    assert.equal(powerOf({ accessGroups: [group], username: 'a1', subject: 'a1' }), undefined);
  }
});

test('a bound session has what its records grant, never what it claims beyond', () => {
  assert.deepEqual(powerOf({ accessGroups: ['administrator', 'read'], adminIds: [2] }), {
    groups: ['read'],
    realm: null,
  });
  assert.equal(powerOf({ accessGroups: ['administrator'], adminIds: [2] }), undefined);
  assert.equal(powerOf({ accessGroups: ['volumes'], adminIds: [6] }), undefined);
});

test('a bound session has no more than it was made with', () => {
  assert.deepEqual(powerOf({ accessGroups: ['read'], adminIds: [1] }), { groups: ['read'], realm: null });
  assert.equal(powerOf({ accessGroups: [], adminIds: [1] }), undefined);
});

test('a record of a realm counts in sessions of that realm, and reaches no further', () => {
  const claim = { accessGroups: ['administrator'], adminIds: [3] };
  assert.deepEqual(powerOf(claim), { groups: ['administrator'], realm: 'r1' });
  assert.equal(powerOf({ ...claim, realm: 'r2' }), undefined);
});

test('a session reaches beyond its realm only when it comes from the own way of its administrator', () => {
  const reaches = (id: number, type: string): string | null | undefined =>
    powerOf({ accessGroups: ['clusterAdmins'], adminIds: [id], provider: { type, name: 'p' } })?.realm;
  const types = ['basic', 'ldap', 'saml', 'oidc'];
  assert.deepEqual(
    types.map((type) => reaches(1, type)),
    [null, 'r1', 'r1', 'r1'],
  );
  assert.deepEqual(
    types.map((type) => reaches(4, type)),
    ['r1', null, 'r1', 'r1'],
  );
  assert.deepEqual(
    types.map((type) => reaches(5, type)),
    ['r1', 'r1', null, null],
  );
});

test('reach in all realms is not lent to rights that were granted for one realm', () => {
  assert.deepEqual(powerOf({ accessGroups: ['administrator', 'read'], adminIds: [2, 3] }), {
    groups: ['administrator', 'read'],
    realm: 'r1',
  });
});

test('neither a key nor the user of a session binds a session to administrators', () => {
  const key: Caller = { kind: 'key', keyId: 'k', name: 'app', realm: 'r1', scopes: ['register'] };
  for (const caller of [key, { kind: 'session', session: aStoredSession() } as const]) {
    assert.throws(() => demandBinding(caller, [1], recordOf), { code: 'forbidden' });
    demandBinding(caller, [], recordOf);
  }
});

test('an administrator binds sessions to those whom their power covers', () => {
  const bound = anAdministrator({ adminId: 3, realm: 'r1' });
  demandBinding(anAdministrator(), [1, 2, 3, 4, 5, 6], recordOf);
  demandBinding(bound, [3], recordOf);
  assert.throws(() => demandBinding(bound, [3, 1], recordOf), { code: 'not_found' });
  assert.throws(() => demandBinding(anAdministrator(), [999], recordOf), { code: 'not_found' });
  const reader = anAdministrator({ adminId: 2, accessGroups: ['read'] });
  demandBinding(reader, [2], recordOf);
  assert.throws(() => demandBinding(reader, [1], recordOf), { code: 'forbidden' });
});
