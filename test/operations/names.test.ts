import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { listRealms } from '../../src/operations/realms.ts';
import { revokeByName } from '../../src/operations/revocations-by-name.ts';
import { registerSession } from '../../src/operations/sessions-register.ts';
import { searchSessions } from '../../src/operations/sessions-search.ts';
import { anAdministrator, callingOn, openAccessWithAdmin } from '../support/opened-access.ts';

const admin = anAdministrator();
const inEu = anAdministrator({ realm: 'eu' });

/** Sessions of these users, in this order of making. */
async function signedIn(t: TestContext, users: readonly string[], realm = 'default') {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const signIn = async (username: string, of: string) => {
    opened.clock.advance(1);
    const registration = { username, realm: of, provider: { type: 'basic', name: 'main' } };
    return (await call(registerSession, registration, admin)).session;
  };
  for (const username of users) await signIn(username, realm);
  const search = (input: Record<string, unknown>, caller = admin) => call(searchSessions, input, caller);
  return { ...opened, call, signIn, search };
}

const names = ({ sessions }: { sessions: readonly { username: string }[] }) =>
  sessions.map(({ username }) => username);

test('a search gives the newest sessions that match, and how many match in all', async (t) => {
  const { search } = await signedIn(t, ['dlucas', 'lucas', 'ann', 'LUCAS', 'lucas']);
  assert.deepEqual(names(await search({ pattern: '*luca*' })), ['lucas', 'lucas', 'dlucas']);
  const first = await search({ pattern: '*luca*', limit: 1 });
  assert.deepEqual([names(first), first.matched], [['lucas'], 3]);
  assert.equal((await search({ pattern: '*LUCA*', ignoreCase: true })).matched, 4);
  assert.equal((await search({ pattern: 'Lucas', ignoreCase: true })).matched, 3);
});

test('a search for one user or for all of them counts beyond the limit too', async (t) => {
  const { search } = await signedIn(t, ['ann', 'ann', 'ann', 'a*n']);
  const one = await search({ pattern: 'ann', limit: 2 });
  assert.deepEqual([one.sessions.length, one.matched], [2, 3]);
  const all = await search({ pattern: '**', limit: 2 });
  assert.deepEqual([all.sessions.length, all.matched], [2, 4]);
  assert.equal((await search({ pattern: 'ANN' })).matched, 0);
  assert.equal((await search({ pattern: 'a*n' })).matched, 4);
});

test('a search looks through more sessions than one page holds', async (t) => {
  const { store, clock, search } = await signedIn(t, []);
  const { aSession } = await import('../support/sessions.ts');
  const { randomBytes, randomUUID } = await import('node:crypto');
  const now = clock.now();
  const orders = Array.from({ length: 2100 }, (_, index) =>
    store.register({
      session: aSession({ id: randomUUID(), username: `u${index}`, createdAt: now, lastAccessAt: now }),
      tokenHash: randomBytes(32),
      limit: { kind: 'unlimited' },
      now,
    }),
  );
  await Promise.all(orders);
  assert.equal((await search({ pattern: 'u*', limit: 5 })).matched, 2100);
  assert.equal((await search({ pattern: '*99' })).matched, 21);
});

test('a caller bound to a realm finds nothing of another (P9)', async (t) => {
  const { signIn, search } = await signedIn(t, ['ann']);
  await signIn('ann', 'eu');
  assert.equal((await search({ pattern: '*' })).matched, 2);
  assert.equal((await search({ pattern: '*' }, inEu)).matched, 1);
  await assert.rejects(search({ pattern: '*', realm: 'default' }, inEu), { code: 'forbidden' });
});

test('an order by name ends the sessions of every user that matches, one entry each', async (t) => {
  const { call, signIn, search, store } = await signedIn(t, ['sec_ma', 'SEC_MB', 'sec_ma', 'ann']);
  await signIn('sec_mz', 'eu');
  const order = { realm: 'default', pattern: 'sec_m*', ignoreCase: true, reason: 'drill' };
  const done = await call(revokeByName, order, admin);
  assert.deepEqual({ ...done }, { users: 2, matched: 3, revocations: [1, 2] });
  assert.deepEqual(names(await search({ pattern: '*' })).sort(), ['ann', 'sec_mz']);
  const [, first] = await store.revocations({ limit: 2 });
  assert.deepEqual([first?.selector.realm, first?.reason, first?.by.name], ['default', 'drill', 'admin']);
});

test('an order by * is one entry for the whole realm, and for no other', async (t) => {
  const { call, signIn, search } = await signedIn(t, ['ann', 'bob']);
  await signIn('cat', 'eu');
  const done = await call(revokeByName, { realm: 'default', pattern: '*', reason: 'drill' }, admin);
  assert.deepEqual({ ...done }, { users: null, matched: 2, revocations: [1] });
  assert.deepEqual(names(await search({ pattern: '*' })), ['cat']);
});

test('an order by name that matches nobody writes nothing', async (t) => {
  const { call, store } = await signedIn(t, ['ann']);
  const done = await call(revokeByName, { realm: 'default', pattern: 'x*', reason: 'drill' }, admin);
  assert.deepEqual({ ...done }, { users: 0, matched: 0, revocations: [] });
  assert.equal((await store.head()).seq, 0);
});

test('an order by name needs the right to terminate, and stays in the realm of the caller (P9)', async (t) => {
  const { call } = await signedIn(t, ['ann']);
  const order = { realm: 'default', pattern: '*', reason: 'drill' };
  const reader = anAdministrator({ accessGroups: ['read'] });
  await assert.rejects(call(revokeByName, order, reader), { code: 'forbidden' });
  await assert.rejects(call(revokeByName, order, inEu), { code: 'forbidden' });
});

test('the realms are those in use and those that a rule or an administrator is for', async (t) => {
  const { call, signIn, registry, access, clock, admin: order } = await signedIn(t, ['ann'], 'shop');
  await signIn('ann', 'eu');
  const rule = { idleTimeoutMs: 1000 };
  await registry.policies.set({ kind: 'realm', realm: 'ruled' }, rule, order.origin, clock.now());
  await access.administrators.create(
    { username: 'cat', accessGroups: ['read'], realm: 'cats', password: 'long enough' },
    order,
  );
  const of = async (caller = admin) => (await call(listRealms, {}, caller)).realms;
  assert.deepEqual(await of(), ['cats', 'default', 'eu', 'ruled', 'shop']);
  assert.deepEqual(await of(inEu), ['eu']);
});
