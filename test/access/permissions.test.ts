import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller, KeyScope } from '../../src/access/caller.ts';
import { demand, groupsCover, holds, type Permission, permissions } from '../../src/access/permissions.ts';
import { anAdministrator } from '../support/opened-access.ts';
import { aStoredSession } from '../support/sessions.ts';

/** Everything that a caller may do. */
const rightsOf = (caller: Caller): Permission[] =>
  permissions.filter((permission) => holds(caller, permission));

const groups = (...accessGroups: string[]): Caller => anAdministrator({ accessGroups });

test('administrator holds everything, and every administrator what concerns their own sessions', () => {
  assert.deepEqual(rightsOf(groups('administrator')), permissions);
  assert.deepEqual(rightsOf({ kind: 'system', name: 'sweeper' }), permissions);
  assert.equal(holds(groups('volumes'), 'own'), true);
  assert.equal(holds(anAdministrator({ session: aStoredSession() }), 'own'), true);
});

test('read changes nothing', () => {
  assert.deepEqual(rightsOf(groups('read')), [
    'sessions.read',
    'ledger.read',
    'admins.self',
    'policy.read',
    'own',
  ]);
});

test('clusterAdmins manages people and their sessions, and changes neither keys nor policy nor data', () => {
  assert.deepEqual(rightsOf(groups('clusterAdmins')), [
    'sessions.check',
    'sessions.read',
    'sessions.terminate',
    'ledger.read',
    'journal.read',
    'admins.read',
    'admins.write',
    'admins.self',
    'keys.read',
    'policy.read',
    'providers.read',
    'users.read',
    'users.write',
    'own',
  ]);
});

test('a group that means nothing here gives nothing, be it named like a part of the language', () => {
  for (const group of ['volumes', 'constructor', '__proto__', 'toString', '']) {
    assert.deepEqual(rightsOf(groups(group)), ['admins.self', 'own']);
  }
});

test('the user of a session has the own sessions and nothing else', () => {
  const session = aStoredSession({ accessGroups: ['administrator'] });
  assert.deepEqual(rightsOf({ kind: 'session', session }), ['own']);
});

test('a scope of a key gives what it says, and no scope administers Curfew', () => {
  const key = (...scopes: KeyScope[]): Caller => ({
    kind: 'key',
    keyId: 'k',
    name: 'app',
    realm: 'r1',
    scopes,
  });
  // Every key may read the ledger, whatever its scopes.
  assert.deepEqual(rightsOf(key()), ['ledger.read']);
  assert.deepEqual(rightsOf(key('register')), ['sessions.register', 'ledger.read']);
  assert.deepEqual(rightsOf(key('check')), ['sessions.check', 'ledger.read']);
  assert.deepEqual(rightsOf(key('list')), ['sessions.read', 'ledger.read']);
  assert.deepEqual(rightsOf(key('terminate')), ['sessions.read', 'sessions.terminate', 'ledger.read']);
  assert.deepEqual(rightsOf(key('register', 'check', 'list', 'terminate')), [
    'sessions.register',
    'sessions.check',
    'sessions.read',
    'sessions.terminate',
    'ledger.read',
  ]);
});

test('a refusal names the right and who has it', () => {
  assert.throws(() => demand(groups('read'), 'sessions.terminate'), {
    code: 'forbidden',
    message: /sessions\.terminate.*clusterAdmins, administrator/,
  });
});

test('groups cover themselves and what has fewer rights; administrator covers all', () => {
  assert.equal(groupsCover(['administrator'], 'anything'), true);
  assert.equal(groupsCover(['clusterAdmins'], 'read'), true);
  assert.equal(groupsCover(['volumes'], 'volumes'), true);
  assert.equal(groupsCover(['read'], 'clusterAdmins'), false);
  assert.equal(groupsCover(['clusterAdmins'], 'administrator'), false);
  assert.equal(groupsCover(['clusterAdmins'], 'volumes'), false);
  assert.equal(groupsCover([], 'constructor'), false);
});
