import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Access } from '../../src/access/access.ts';
import type { NewAdministrator } from '../../src/access/administrator.ts';
import { CurfewError } from '../../src/core/errors.ts';
import {
  anAdministrator,
  aPassword,
  aSealer,
  openAccessWithAdmin,
  orderOf,
} from '../support/opened-access.ts';

function aNew(changes: Partial<NewAdministrator> = {}): NewAdministrator {
  return { username: 'ann', accessGroups: ['read'], realm: null, password: aPassword, ...changes };
}

test('an administrator is made, listed without a hash, and there again after a restart', async (t) => {
  const { access, admin, store, clock, registry } = await openAccessWithAdmin(t);
  const ann = await access.administrators.create(aNew({ attributes: { desk: 4 } }), admin);
  assert.deepEqual(ann, {
    id: 2,
    username: 'ann',
    authMethod: 'Cluster',
    accessGroups: ['read'],
    realm: null,
    attributes: { desk: 4 },
    createdAt: clock.now(),
  });
  const again = await Access.open({ store, clock, registry, sealer: aSealer });
  for (const { administrators } of [access, again]) {
    assert.deepEqual(administrators.get(2, admin.caller), ann);
    assert.deepEqual(
      administrators.list(admin.caller).map(({ username }) => username),
      ['admin', 'ann'],
    );
    assert.doesNotMatch(JSON.stringify(administrators.list(admin.caller)), /argon2|passwordHash/);
  }
});

test('the number of a removed administrator is never given to another, after a restart neither', async (t) => {
  const { access, admin, store, clock, registry } = await openAccessWithAdmin(t);
  const ann = await access.administrators.create(aNew(), admin);
  await access.administrators.remove(ann.id, admin);
  const again = await Access.open({ store, clock, registry, sealer: aSealer });
  assert.equal((await again.administrators.create(aNew(), admin)).id, ann.id + 1);
});

test('a name is taken once per way of signing in', async (t) => {
  const { access, admin } = await openAccessWithAdmin(t);
  const { administrators } = access;
  await administrators.create(aNew(), admin);
  await assert.rejects(administrators.create(aNew(), admin), { code: 'conflict' });
  const { password: _, ...byDirectory } = aNew({ authMethod: 'Ldap' });
  const ldap = await administrators.create(byDirectory, admin);
  assert.equal(administrators.byName('ann', 'Ldap')?.administrator.id, ldap.id);
  assert.notEqual(administrators.byName('ann')?.administrator.id, ldap.id);
});

test('of twenty made at once with one name a single one exists, and others get numbers of their own', async (t) => {
  const { access, admin } = await openAccessWithAdmin(t);
  const ldap = { authMethod: 'Ldap', accessGroups: ['read'], realm: null } as const;
  const same = await Promise.allSettled(
    Array.from({ length: 20 }, () => access.administrators.create({ ...ldap, username: 'one' }, admin)),
  );
  assert.equal(same.filter(({ status }) => status === 'fulfilled').length, 1);
  const others = await Promise.all(
    Array.from({ length: 20 }, (_, n) => access.administrators.create({ ...ldap, username: `u${n}` }, admin)),
  );
  assert.equal(new Set(others.map(({ id }) => id)).size, 20);
});

test('two nodes that make administrators at the same time give different numbers', async (t) => {
  const { access, admin, store, clock, registry } = await openAccessWithAdmin(t);
  const other = await Access.open({ store, clock, registry, sealer: aSealer });
  const made = await Promise.all([
    access.administrators.create(aNew({ username: 'ann' }), admin),
    other.administrators.create(aNew({ username: 'bob' }), admin),
  ]);
  assert.deepEqual(made.map(({ id }) => id).sort(), [2, 3]);
});

test('what makes no administrator is refused by the name of the field', async (t) => {
  const { access, admin } = await openAccessWithAdmin(t);
  const cases: [Partial<NewAdministrator>, string][] = [
    [{ username: ' ' }, 'username'],
    [{ username: 'a:b' }, 'username'],
    [{ username: 'a\u0007' }, 'username'],
    [{ accessGroups: [] }, 'accessGroups'],
    [{ accessGroups: [''] }, 'accessGroups'],
    [{ password: undefined }, 'password'],
    [{ password: 'short' }, 'password'],
    [{ authMethod: 'Idp' }, 'password'],
  ];
  for (const [changes, path] of cases) {
    await assert.rejects(access.administrators.create(aNew(changes), admin), (error: unknown) => {
      assert.ok(error instanceof CurfewError);
      assert.equal(error.code, 'invalid_input');
      assert.deepEqual(
        error.details.faults?.map((fault) => fault.path),
        [path],
      );
      return true;
    });
  }
  assert.equal(access.administrators.size, 1);
});

test('the last one with a password and all rights can be neither removed nor demoted', async (t) => {
  const { access, admin } = await openAccessWithAdmin(t);
  const { administrators } = access;
  await administrators.create(
    aNew({ username: 'bound', accessGroups: ['administrator'], realm: 'r1' }),
    admin,
  );
  const { password: _, ...byDirectory } = aNew({ authMethod: 'Ldap', accessGroups: ['administrator'] });
  await administrators.create(byDirectory, admin);
  const refusal = { code: 'conflict', message: /last administrator/ };
  await assert.rejects(administrators.remove(1, admin), refusal);
  await assert.rejects(administrators.update(1, { accessGroups: ['read'] }, admin), refusal);
  await assert.rejects(administrators.update(1, { realm: 'r1' }, admin), refusal);
  const second = await administrators.create(
    aNew({ username: 'bob', accessGroups: ['administrator'] }),
    admin,
  );
  await administrators.remove(1, admin);
  await assert.rejects(administrators.remove(second.id, admin), refusal);
});

test('of two masters removed at the same time on two nodes one stays', async (t) => {
  const { access, admin, store, clock, registry } = await openAccessWithAdmin(t);
  const ann = await access.administrators.create(aNew({ accessGroups: ['administrator'] }), admin);
  const other = await Access.open({ store, clock, registry, sealer: aSealer });
  const outcomes = await Promise.allSettled([
    access.administrators.remove(1, admin),
    other.administrators.remove(ann.id, admin),
  ]);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  assert.equal((await store.records('administrator')).length, 1);
});

test('one bound to a realm sees, makes and changes only those of the realm', async (t) => {
  const { access, admin } = await openAccessWithAdmin(t);
  const { administrators } = access;
  const inside = await administrators.create(aNew({ username: 'in', realm: 'r1' }), admin);
  const outside = await administrators.create(aNew({ username: 'out', realm: 'r2' }), admin);
  const bound = orderOf(anAdministrator({ adminId: 9, username: 'bound', realm: 'r1' }));
  assert.deepEqual(administrators.list(bound.caller), [inside]);
  for (const id of [1, outside.id, 999]) {
    assert.throws(() => administrators.get(id, bound.caller), { code: 'not_found' });
    await assert.rejects(administrators.update(id, { attributes: {} }, bound), { code: 'not_found' });
    await assert.rejects(administrators.remove(id, bound), { code: 'not_found' });
    await assert.rejects(administrators.setPassword(id, aPassword, bound), { code: 'not_found' });
  }
  for (const realm of [null, 'r2']) {
    await assert.rejects(administrators.create(aNew({ realm }), bound), { code: 'forbidden' });
    await assert.rejects(administrators.update(inside.id, { realm }, bound), { code: 'forbidden' });
  }
  assert.equal((await administrators.create(aNew({ realm: 'r1' }), bound)).realm, 'r1');
  await administrators.remove(inside.id, bound);
});

test('nobody grants what they do not hold, and nobody changes who holds more', async (t) => {
  const { access, admin } = await openAccessWithAdmin(t);
  const { administrators } = access;
  const order = orderOf(anAdministrator({ adminId: 9, accessGroups: ['clusterAdmins'] }));
  for (const group of ['administrator', 'volumes', 'constructor']) {
    await assert.rejects(administrators.create(aNew({ accessGroups: [group] }), order), {
      code: 'forbidden',
    });
  }
  const reader = await administrators.create(aNew({ accessGroups: ['read'] }), order);
  await administrators.update(reader.id, { accessGroups: ['clusterAdmins'] }, order);
  await assert.rejects(administrators.update(reader.id, { accessGroups: ['administrator'] }, order), {
    code: 'forbidden',
  });
  await assert.rejects(administrators.update(1, { accessGroups: ['read'] }, order), { code: 'forbidden' });
  await assert.rejects(administrators.setPassword(1, 'now it is mine', order), { code: 'forbidden' });
  await assert.rejects(administrators.remove(1, order), { code: 'forbidden' });
  await access.authenticateBasic('admin', aPassword);
  const volumes = await administrators.create(aNew({ username: 'v', accessGroups: ['volumes'] }), admin);
  assert.deepEqual(volumes.accessGroups, ['volumes']);
});

test('neither a key nor the user of a session makes administrators', async (t) => {
  const { access } = await openAccessWithAdmin(t);
  const key = { kind: 'key', keyId: 'k', name: 'app', realm: 'r1', scopes: ['register'] } as const;
  await assert.rejects(access.administrators.create(aNew({ realm: 'r1' }), orderOf(key)), {
    code: 'forbidden',
  });
});

test('every change is in the journal with who, what and from where, and no secret', async (t) => {
  const { access, admin, store } = await openAccessWithAdmin(t);
  const ann = await access.administrators.create(aNew(), admin);
  await access.administrators.update(ann.id, { accessGroups: ['clusterAdmins'] }, admin);
  await access.administrators.setPassword(ann.id, 'another fine password', admin);
  await access.administrators.remove(ann.id, admin);
  const [first, ...entries] = await store.journal(0, 100);
  assert.equal(first?.by.kind, 'system');
  assert.deepEqual(
    entries.map(({ event, by, from, detail }) => [event, by.name, from, detail.adminId, detail.accessGroups]),
    [
      ['administrator.created', 'admin', '192.0.2.9', 2, ['read']],
      ['administrator.changed', 'admin', '192.0.2.9', 2, ['clusterAdmins']],
      ['administrator.password_changed', 'admin', '192.0.2.9', 2, ['clusterAdmins']],
      ['administrator.removed', 'admin', '192.0.2.9', 2, ['clusterAdmins']],
    ],
  );
  assert.doesNotMatch(JSON.stringify(entries), /argon2|another fine password|correct horse/);
});

test('a change ordered on another node in between is refused when it would overwrite a password', async (t) => {
  const { access, admin, store, clock, registry } = await openAccessWithAdmin(t);
  const other = await Access.open({ store, clock, registry, sealer: aSealer });
  await other.administrators.setPassword(1, 'set on the other node', admin);
  await assert.rejects(access.administrators.setPassword(1, 'set here, too late', admin), {
    code: 'changed_meanwhile',
  });
  await access.reload();
  await access.authenticateBasic('admin', 'set on the other node');
});
