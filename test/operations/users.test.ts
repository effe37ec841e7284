import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TOTP } from 'otpauth';
import type { Caller } from '../../src/access/caller.ts';
import {
  beginTotp,
  changeOwnPassword,
  confirmTotp,
  getOwnAccount,
  removeTotp,
  renewRecoveryCodes,
} from '../../src/operations/me-account.ts';
import {
  createUser,
  deleteUser,
  disableUser,
  enableUser,
  getUser,
  listUsers,
  removeUserFactor,
  setUserPassword,
  updateUser,
} from '../../src/operations/users.ts';
import { minute } from '../support/manual-clock.ts';
import { anAdministrator, aPassword, callingOn, openAccessWithAdmin } from '../support/opened-access.ts';

const admin = anAdministrator();
const password = 'ann keeps this to herself';

async function opened(t: TestContext) {
  const parts = await openAccessWithAdmin(t);
  const call = callingOn(parts);
  await call(createUser, { username: 'ann', password, mustChangePassword: false }, admin);
  /** Makes a session and gives the caller that its user is. */
  const session = async (changes: Record<string, unknown> = {}): Promise<Caller & { token: string }> => {
    const { session: made, token } = await parts.registry.register({
      realm: 'default',
      username: 'ann',
      provider: { type: 'basic', name: 'basic' },
      ...changes,
    });
    return { ...parts.access.callerOfSession(made), token };
  };
  const isLive = async ({ token }: { token: string }) => (await parts.registry.check(token)).live;
  const lastReason = async () => (await parts.store.revocations({ limit: 1 }))[0]?.reason;
  return { ...parts, call, session, isLive, lastReason };
}

test('users of one name in two realms are two users', async (t) => {
  const { call } = await opened(t);
  await call(createUser, { realm: 'r/1', username: 'ann', password: 'of another realm' }, admin);
  await call(disableUser, { realm: 'r/1', username: 'ann' }, admin);
  assert.equal((await call(getUser, { username: 'ann' }, admin)).user.enabled, true);
  assert.equal((await call(listUsers, { realm: 'r/1' }, admin)).users.length, 1);
  assert.equal((await call(listUsers, { realm: 'r' }, admin)).users.length, 0);
  await assert.rejects(call(getUser, { realm: 'r2', username: 'ann' }, admin), { code: 'not_found' });
});

test('no user is made of a name that a path cannot hold', async (t) => {
  const { call } = await opened(t);
  for (const username of ['.', '..']) {
    await assert.rejects(call(createUser, { username, password }, admin), { code: 'invalid_input' });
  }
  assert.equal((await call(createUser, { username: '...', password }, admin)).user.username, '...');
});

test('a list is read in pages that miss nothing and repeat nothing, in the order of names', async (t) => {
  const { call } = await opened(t);
  for (const username of ['Zoe', 'ann b', 'émile', 'bob', 'bob/x', '😀'])
    await call(createUser, { username, password }, admin);
  const seen: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await call(listUsers, { limit: 2, ...(cursor === undefined ? {} : { cursor }) }, admin);
    seen.push(...page.users.map(({ username }) => username));
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  assert.deepEqual(seen, ['Zoe', 'ann', 'ann b', 'bob', 'bob/x', 'émile', '😀']);
});

test('the same letters typed otherwise are the same name, and a name is taken once', async (t) => {
  const { call } = await opened(t);
  await call(createUser, { username: 'ame\u0301lie', password }, admin);
  assert.equal((await call(getUser, { username: 'am\u00e9lie' }, admin)).user.username, 'am\u00e9lie');
  await assert.rejects(call(createUser, { username: 'am\u00e9lie', password }, admin), { code: 'conflict' });
  await assert.rejects(call(createUser, { username: 'admin', password }, admin), { code: 'conflict' });
  const both = ['x', 'x'].map((username) => call(createUser, { username, password }, admin));
  const outcomes = (await Promise.allSettled(both)).map(({ status }) => status).sort();
  assert.deepEqual(outcomes, ['fulfilled', 'rejected']);
});

test('a password that says the name, or is too short, is refused and none is kept', async (t) => {
  const { call } = await opened(t);
  await assert.rejects(call(createUser, { username: 'Valentina', password: 'valentina' }, admin), {
    code: 'invalid_input',
  });
  await assert.rejects(call(createUser, { username: 'bob', password: 'short' }, admin), {
    code: 'invalid_input',
  });
  await assert.rejects(call(getUser, { username: 'bob' }, admin), { code: 'not_found' });
});

test('what an administrator does to a user ends their sessions, with its cause in the ledger', async (t) => {
  const { call, session, isLive, lastReason } = await opened(t);
  const ofApp = await session({ provider: { type: 'oidc', name: 'corp' } });
  const bob = await session({ username: 'bob' });
  for (const [operation, input, reason] of [
    [disableUser, {}, 'the user ann was disabled'],
    [setUserPassword, {}, 'the user ann was given another password'],
    [removeUserFactor, {}, 'the user ann lost the second factor'],
    [deleteUser, {}, 'the user ann was removed'],
  ] as const) {
    const own = await session();
    const answer = await call(operation, { username: 'ann', ...input }, admin);
    assert.equal(answer.terminated, 1, reason);
    assert.equal(await isLive(own), false);
    assert.equal(await lastReason(), reason);
    if (operation === disableUser) await call(enableUser, { username: 'ann' }, admin);
  }
  assert.equal(await isLive(ofApp), true, 'the same name of another provider is somebody else');
  assert.equal(await isLive(bob), true);
});

test('a change that ends no sessions ends none', async (t) => {
  const { call, session, isLive } = await opened(t);
  const own = await session();
  await call(updateUser, { username: 'ann', accessGroups: ['staff'], attributes: { mail: 'a@b' } }, admin);
  const set = await call(setUserPassword, { username: 'ann', endSessions: false }, admin);
  assert.match(set.password ?? '', /^[\w-]{32}$/);
  assert.equal(set.user.mustChangePassword, true);
  assert.deepEqual(set.user.accessGroups, ['staff']);
  assert.equal(await isLive(own), true);
});

for (const [endSessions, left] of [
  ['others', [true, false]],
  ['all', [false, false]],
  ['none', [true, true]],
] as const) {
  test(`a user who changes the password and says "${endSessions}" ends just that`, async (t) => {
    const { call, session, isLive, access } = await opened(t);
    const [own, other] = [await session(), await session()];
    const input = { currentPassword: password, password: 'another one of mine', endSessions };
    await call(changeOwnPassword, input, own);
    assert.deepEqual([await isLive(own), await isLive(other)], left);
    const kept = await access.users.get('default', 'ann');
    assert.equal(kept.user.mustChangePassword, false);
    await assert.rejects(call(changeOwnPassword, input, await session()), { code: 'invalid_input' });
  });
}

test('a session alone changes nothing: the present password is asked for, and guessing it is slowed down', async (t) => {
  const { call, session } = await opened(t);
  const own = await session();
  const input = { currentPassword: 'a guess of mine', password: 'what a thief would set' };
  for (let count = 0; count < 3; count++)
    await assert.rejects(call(changeOwnPassword, input, own), { code: 'invalid_input' });
  await assert.rejects(call(changeOwnPassword, { ...input, currentPassword: password }, own), {
    code: 'locked_out',
  });
});

test('whose password is kept elsewhere is told where to change it', async (t) => {
  const { call, session } = await opened(t);
  const own = await session({ provider: { type: 'ldap', name: 'corp' }, subject: 'uid=ann' });
  const account = await call(getOwnAccount, {}, own);
  assert.deepEqual([account.hasOwnPassword, account.mayHaveTotp], [false, false]);
  const input = { currentPassword: password, password: 'another one of mine' };
  await assert.rejects(call(changeOwnPassword, input, own), { code: 'conflict', message: /ldap\/corp/ });
  await assert.rejects(call(beginTotp, {}, own), { code: 'conflict' });
});

test('an administrator changes the own password in a session by the same operation', async (t) => {
  const { call, session, access } = await opened(t);
  const own = await session({ username: 'admin', adminIds: [1], accessGroups: ['administrator'] });
  assert.equal((await call(getOwnAccount, {}, own)).hasOwnPassword, true);
  await call(changeOwnPassword, { currentPassword: aPassword, password: 'another one of mine' }, own);
  assert.equal((await access.authenticateBasic('admin', 'another one of mine')).adminId, 1);
});

test('a second factor is kept with its first code only, and is changed with password and code only', async (t) => {
  const { call, session, isLive, clock, store } = await opened(t);
  const [own, other] = [await session(), await session()];
  const { secret, setup, uri } = await call(beginTotp, {}, own);
  assert.match(uri, /^otpauth:\/\/totp\/Curfew:ann\?/);
  const code = new TOTP({ secret }).generate({ timestamp: clock.now() });
  const confirm = { setup, code, currentPassword: password };
  await assert.rejects(call(confirmTotp, { ...confirm, code: '000000' }, own), { code: 'invalid_input' });
  await assert.rejects(call(confirmTotp, { ...confirm, setup: 'x' }, own), { code: 'invalid_input' });
  await assert.rejects(call(confirmTotp, { ...confirm, currentPassword: 'x' }, own), {
    code: 'invalid_input',
  });
  clock.advance(5 * 1000);
  const { recoveryCodes, terminated } = await call(confirmTotp, confirm, own);
  assert.deepEqual([new Set(recoveryCodes).size, terminated], [10, 1]);
  assert.deepEqual([await isLive(own), await isLive(other)], [true, false]);
  const kept = JSON.stringify([await store.records('user'), await store.journal(0, 1000)]);
  for (const hidden of [secret, ...recoveryCodes, ...recoveryCodes.map((one) => one.replaceAll('-', ''))])
    assert.equal(kept.includes(hidden), false, 'nothing of it lies open in the store');

  const present = { currentPassword: password, currentCode: recoveryCodes[0] };
  await assert.rejects(call(renewRecoveryCodes, { currentPassword: password }, own), {
    message: /currentCode is missing/,
  });
  const renewed = await call(renewRecoveryCodes, present, own);
  assert.equal(
    renewed.recoveryCodes.some((one) => recoveryCodes.includes(one)),
    false,
  );
  assert.equal((await call(getOwnAccount, {}, own)).recoveryCodesLeft, 10);
  await assert.rejects(call(removeTotp, { currentPassword: 'x' }, own), { code: 'invalid_input' });
  await assert.rejects(call(removeTotp, { currentPassword: password }, own), { code: 'invalid_input' });
  await assert.rejects(call(removeTotp, present, own), { message: /currentCode is not right/ });
  // After as many failures the next try has to wait a moment.
  clock.advance(60 * 1000);
  await call(removeTotp, { ...present, currentCode: renewed.recoveryCodes[0] }, own);
  assert.equal((await call(getOwnAccount, {}, own)).hasTotp, false);
});

test('a set-up of one user is good for no other, and not for ever', async (t) => {
  const { call, session, clock } = await opened(t);
  await call(createUser, { username: 'eve', password, mustChangePassword: false }, admin);
  const [ann, eve] = [await session(), await session({ username: 'eve' })];
  const { secret, setup } = await call(beginTotp, {}, ann);
  const code = () => new TOTP({ secret }).generate({ timestamp: clock.now() });
  await assert.rejects(call(confirmTotp, { setup, code: code(), currentPassword: password }, eve), {
    code: 'invalid_input',
  });
  clock.advance(16 * minute);
  await assert.rejects(call(confirmTotp, { setup, code: code(), currentPassword: password }, ann), {
    code: 'invalid_input',
  });
});

test('a user who is changed in the same moment by others is disabled all the same', async (t) => {
  const { call } = await opened(t);
  const changes = [1, 2, 3].map((count) =>
    call(updateUser, { username: 'ann', accessGroups: [`group-${count}`] }, admin),
  );
  await Promise.all([...changes, call(disableUser, { username: 'ann' }, admin)]);
  assert.equal((await call(getUser, { username: 'ann' }, admin)).user.enabled, false);
});

test('users are listed by the beginning of their names, page by page', async (t) => {
  const call = callingOn(await openAccessWithAdmin(t));
  for (const username of ['anna', 'anne', 'ann', 'bob', 'an%', 'Ann'])
    await call(createUser, { username, password: 'a password for everybody' }, admin);
  const names = async (input: object) =>
    (await call(listUsers, input, admin)).users.map(({ username }) => username);
  assert.deepEqual(await names({ prefix: 'ann' }), ['ann', 'anna', 'anne']);
  assert.deepEqual(await names({ prefix: 'an%' }), ['an%']);
  assert.deepEqual(await names({ prefix: 'z' }), []);
  const first = await call(listUsers, { prefix: 'ann', limit: 2 }, admin);
  assert.deepEqual(await names({ prefix: 'ann', cursor: first.nextCursor }), ['anne']);
});
