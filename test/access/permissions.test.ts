import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller } from '../../src/access/caller.ts';
import { demand, groupsCover, holds, type Permission } from '../../src/access/permissions.ts';
import { anAdministrator } from '../support/opened-access.ts';
import { aStoredSession } from '../support/sessions.ts';

const everything: readonly Permission[] = [
  'sessions.register',
  'sessions.check',
  'sessions.read',
  'sessions.terminate',
  'sessions.import',
  'ledger.read',
  'journal.read',
  'admins.read',
  'admins.write',
  'admins.self',
  'keys.read',
  'keys.write',
  'policy.read',
  'policy.write',
  'providers.read',
  'providers.write',
  'store.backup',
  'system.write',
];

const groups = (...accessGroups: string[]): Caller => anAdministrator({ accessGroups });

test('administrator holds everything, and every administrator what concerns their own sessions', () => {
  for (const permission of everything) assert.equal(holds(groups('administrator'), permission), true);
  assert.equal(holds(groups('administrator'), 'own'), true);
  assert.equal(holds(groups('volumes'), 'own'), true);
  assert.equal(holds(anAdministrator({ session: aStoredSession() }), 'own'), true);
});

test('read changes nothing, and clusterAdmins changes neither keys nor policy nor data', () => {
  const of = (group: string) => everything.filter((permission) => holds(groups(group), permission));
  assert.deepEqual(of('read'), ['sessions.read', 'ledger.read', 'admins.self', 'policy.read']);
  assert.deepEqual(
    everything.filter((permission) => !of('clusterAdmins').includes(permission)),
    [
      'sessions.register',
      'sessions.import',
      'keys.write',
      'policy.write',
      'providers.write',
      'store.backup',
      'system.write',
    ],
  );
});

test('a group that means nothing here gives nothing, be it named like a part of the language', () => {
  for (const group of ['volumes', 'constructor', '__proto__', 'toString', '']) {
    assert.deepEqual(
      everything.filter((permission) => holds(groups(group), permission)),
      ['admins.self'],
    );
  }
});

test('the user of a session has the own sessions and nothing else', () => {
  const caller: Caller = { kind: 'session', session: aStoredSession({ accessGroups: ['administrator'] }) };
  assert.deepEqual(
    everything.filter((permission) => holds(caller, permission)),
    [],
  );
  assert.equal(holds(caller, 'own'), true);
});

test('no scope of a key administers Curfew', () => {
  const caller: Caller = {
    kind: 'key',
    keyId: 'k',
    name: 'app',
    realm: 'r1',
    scopes: ['register', 'check', 'list', 'terminate'],
  };
  assert.deepEqual(
    everything.filter((permission) => holds(caller, permission)),
    ['sessions.register', 'sessions.check', 'sessions.read', 'sessions.terminate', 'ledger.read'],
  );
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
