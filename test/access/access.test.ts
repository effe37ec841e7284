import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Access } from '../../src/access/access.ts';
import { CurfewError } from '../../src/core/errors.ts';
import { newKeySecret, newSessionToken } from '../../src/core/tokens.ts';
import { minute, second } from '../support/manual-clock.ts';
import {
  anAdministrator,
  aPassword,
  aSealer,
  type OpenedAccess,
  openAccess,
  openAccessWithAdmin,
} from '../support/opened-access.ts';
import { aRegistration } from '../support/sessions.ts';

const desk = { ip: '198.51.100.7' };
const stranger = { ip: '203.0.113.66' };

/** Gives wrong passwords, waiting as long as is asked for, until so many were looked at. */
async function failOften({ access, clock }: OpenedAccess, username: string, times: number, from = stranger) {
  for (let failed = 0; failed < times; ) {
    const error = await refusalOf(access, username, `wrong ${failed}`, from);
    if (error.code === 'locked_out') clock.advance((error.details.retryAfterSeconds ?? 0) * second);
    else failed++;
  }
}

async function refusalOf(access: Access, username: string, password: string, from: { ip: string }) {
  try {
    await access.authenticateBasic(username, password, from);
  } catch (error) {
    assert.ok(error instanceof CurfewError);
    return error;
  }
  throw new Error(`${username} was let in`);
}

test('the first start makes admin with a random password, given once', async (t) => {
  const { access, store, registry, clock } = await openAccess(t);
  const password = await access.firstStart();
  assert.match(password ?? '', /^[\w-]{24,}$/);
  assert.deepEqual(await access.authenticateBasic('admin', password ?? ''), anAdministrator());
  assert.equal(await access.firstStart(), undefined);
  const again = await Access.open({ store, registry, clock, sealer: aSealer });
  assert.equal(await again.firstStart({ password: 'another password' }), undefined);
  assert.deepEqual(await again.authenticateBasic('admin', password ?? ''), anAdministrator());
  assert.equal(again.administrators.size, 1);
});

test('the first start takes the password given and does not give it back, and refuses a weak one', async (t) => {
  const { access } = await openAccess(t);
  await assert.rejects(access.firstStart({ password: '1234567' }), {
    code: 'invalid_input',
    message: /8 characters/,
  });
  assert.equal(access.administrators.size, 0);
  assert.equal(await access.firstStart({ password: aPassword }), undefined);
  await access.authenticateBasic('admin', aPassword);
});

test('a wrong name and a wrong password are answered with the same words', async (t) => {
  const { access } = await openAccessWithAdmin(t);
  const [name, password] = [
    await refusalOf(access, 'nobody', aPassword, desk),
    await refusalOf(access, 'admin', 'wrong', desk),
  ];
  assert.equal(name.code, 'unauthenticated');
  assert.deepEqual(
    [name.code, name.message, name.details],
    [password.code, password.message, password.details],
  );
});

test('a remembered password still knows the rights of now, and is forgotten when it is changed', async (t) => {
  const { access, admin } = await openAccessWithAdmin(t);
  const { administrators } = access;
  await administrators.create(
    { username: 'ann', accessGroups: ['read'], realm: null, password: aPassword },
    admin,
  );
  assert.deepEqual((await access.authenticateBasic('ann', aPassword)).accessGroups, ['read']);
  await administrators.update(2, { accessGroups: ['clusterAdmins'], realm: 'r1' }, admin);
  const now = await access.authenticateBasic('ann', aPassword);
  assert.deepEqual([now.accessGroups, now.realm], [['clusterAdmins'], 'r1']);
  await administrators.setPassword(2, 'another fine password', admin);
  await assert.rejects(access.authenticateBasic('ann', aPassword), { code: 'unauthenticated' });
  await access.authenticateBasic('ann', 'another fine password');
  await administrators.remove(2, admin);
  await assert.rejects(access.authenticateBasic('ann', 'another fine password'), { code: 'unauthenticated' });
});

test('a password that was changed while it was being verified lets nobody in', async (t) => {
  const { access, admin } = await openAccessWithAdmin(t);
  const held = access.authenticateBasic('admin', aPassword);
  const [outcome] = await Promise.allSettled([
    held,
    access.administrators.setPassword(1, 'another fine password', admin),
  ]);
  // Either the sign-in was faster, or it is refused; what was verified must not be remembered beyond the change.
  assert.ok(outcome.status === 'fulfilled' || outcome.reason instanceof CurfewError);
  await assert.rejects(access.authenticateBasic('admin', aPassword), { code: 'unauthenticated' });
});

test('a face of a realm does not know the administrators of another', async (t) => {
  const { access, admin } = await openAccessWithAdmin(t);
  const ann = { username: 'ann', accessGroups: ['read'], realm: 'r1', password: aPassword };
  await access.administrators.create(ann, admin);
  await access.authenticateBasic('ann', aPassword, { realm: 'r1' });
  await access.authenticateBasic('admin', aPassword, { realm: 'r1' });
  await assert.rejects(access.authenticateBasic('ann', aPassword, { realm: 'r2' }), {
    code: 'unauthenticated',
  });
});

test('a face of a realm does not know the keys and sessions of another', async (t) => {
  const { access, admin, registry } = await openAccessWithAdmin(t);
  const { secret } = await access.keys.create({ name: 'shop', realm: 'r1', scopes: ['check'] }, admin);
  const { token } = await registry.register(aRegistration({ realm: 'r1' }));
  for (const bearer of [secret, token]) {
    await access.authenticateBearer(bearer, { realm: 'r1' });
    await assert.rejects(access.authenticateBearer(bearer, { realm: 'r2' }), { code: 'unauthenticated' });
  }
});

test('an administrator of a directory has no password here', async (t) => {
  const { access, admin } = await openAccessWithAdmin(t);
  await access.administrators.create(
    { username: 'ann', authMethod: 'Ldap', accessGroups: ['read'], realm: null },
    admin,
  );
  for (const password of ['', 'undefined', aPassword]) {
    await assert.rejects(access.authenticateBasic('ann', password, { ip: `192.0.2.${password.length}` }), {
      code: 'unauthenticated',
    });
  }
});

test('ten failures lock the account at that address, with the right password too, and not elsewhere', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const { access, clock } = opened;
  await failOften(opened, 'admin', 10);
  const locked = await refusalOf(access, 'admin', aPassword, stranger);
  assert.deepEqual([locked.code, locked.details.retryAfterSeconds], ['locked_out', 900]);
  await access.authenticateBasic('admin', aPassword, desk);
  clock.advance(15 * minute);
  await access.authenticateBasic('admin', aPassword, stranger);
});

test('a remembered password does not help who is locked out to find it', async (t) => {
  const opened = await openAccessWithAdmin(t);
  await failOften(opened, 'admin', 10);
  await opened.access.authenticateBasic('admin', aPassword, desk);
  assert.equal((await refusalOf(opened.access, 'admin', aPassword, stranger)).code, 'locked_out');
});

test('an account that does not exist is slowed down and locked with the same answers', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const answers: unknown[][] = [];
  for (const username of ['admin', 'nobody']) {
    const from = { ip: username === 'admin' ? '203.0.113.1' : '203.0.113.2' };
    const seen: unknown[] = [];
    for (let n = 0; n < 25; n++) {
      const { code, message, details } = await refusalOf(opened.access, username, `wrong ${n}`, from);
      seen.push([code, message, details]);
      opened.clock.advance((details.retryAfterSeconds ?? 0) * second);
    }
    answers.push(seen);
  }
  assert.deepEqual(answers[0], answers[1]);
});

test('a lock-out is recorded with who and from where, but an unknown name is not: it may be a password', async (t) => {
  const opened = await openAccessWithAdmin(t);
  await failOften(opened, 'admin', 10);
  await failOften(opened, 'hunter2 typed into the wrong field', 10, desk);
  const entries = (await opened.store.journal(0, 100)).filter(
    ({ event }) => event === 'administrator.locked_out',
  );
  assert.deepEqual(
    entries.map(({ from, by, detail: { adminId, username, scope, failures } }) => [
      from,
      by.kind,
      { adminId, username, scope, failures },
    ]),
    [
      [stranger.ip, 'system', { adminId: 1, username: 'admin', scope: 'pair', failures: 10 }],
      [desk.ip, 'system', { adminId: null, username: null, scope: 'pair', failures: 10 }],
    ],
  );
  assert.doesNotMatch(JSON.stringify(entries), /wrong|hunter2/);
});

test('fifty calls at once with the right password are all let in', async (t) => {
  const { access } = await openAccessWithAdmin(t);
  const calls = Array.from({ length: 50 }, () => access.authenticateBasic('admin', aPassword, desk));
  assert.equal((await Promise.all(calls)).length, 50);
});

test('fifty different guesses at once are not all looked at', async (t) => {
  const { access } = await openAccessWithAdmin(t);
  const errors = await Promise.all(
    Array.from({ length: 50 }, (_, n) => refusalOf(access, 'admin', `wrong ${n}`, stranger)),
  );
  const looked = errors.filter(({ code }) => code === 'unauthenticated').length;
  assert.equal(looked, 3);
});

test('a bearer token that is nothing known is refused without being looked up', async (t) => {
  const { access } = await openAccessWithAdmin(t);
  for (const token of ['', 'abc', 'cfk_short', newKeySecret(), newSessionToken()]) {
    await assert.rejects(access.authenticateBearer(token), (error: unknown) => {
      assert.ok(error instanceof CurfewError);
      assert.equal(error.code, 'unauthenticated');
      assert.ok(token === '' || !error.message.includes(token));
      return true;
    });
  }
});

test('the token of a session is its user, until the session ends', async (t) => {
  const { access, registry } = await openAccessWithAdmin(t);
  const { session, token } = await registry.register(aRegistration());
  const caller = await access.authenticateBearer(token);
  assert.ok(caller.kind === 'session');
  assert.equal(caller.session.id, session.id);
  await registry.logOut(session.id);
  await assert.rejects(access.authenticateBearer(token), (error: unknown) => {
    assert.ok(error instanceof CurfewError);
    assert.deepEqual([error.code, error.details.facts], ['unauthenticated', { reason: 'logged_out' }]);
    return true;
  });
});

test('the token of a session bound to an administrator is that administrator, with the rights of now', async (t) => {
  const { access, admin, registry } = await openAccessWithAdmin(t);
  const ann = { username: 'ann', accessGroups: ['clusterAdmins'], realm: null, password: aPassword };
  await access.administrators.create(ann, admin);
  const { session, token } = await registry.register(
    aRegistration({ accessGroups: ['clusterAdmins'], adminIds: [2] }),
  );
  const caller = await access.authenticateBearer(token);
  assert.ok(caller.kind === 'administrator');
  const { session: own, ...rights } = caller;
  assert.equal(own?.id, session.id);
  assert.deepEqual(rights, anAdministrator({ adminId: 2, username: 'ann', accessGroups: ['clusterAdmins'] }));
  await access.administrators.remove(2, admin);
  assert.equal((await access.authenticateBearer(token)).kind, 'session');
});
