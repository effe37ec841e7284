import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyCaller } from '../../src/access/caller.ts';
import { readJournal } from '../../src/operations/journal.ts';
import { listRealms } from '../../src/operations/realms.ts';
import { getSamples, loadSamplePopulation, removeSamplePopulation } from '../../src/operations/samples.ts';
import { verifyLedger } from '../../src/session/chain.ts';
import { Housekeeper } from '../../src/session/housekeeper.ts';
import { sampleGroup, sampleRealm } from '../../src/session/samples/population.ts';
import { endReasons } from '../../src/session/session.ts';
import type { Store, StoredSession } from '../../src/session/store.ts';
import { hour, minute } from '../support/manual-clock.ts';
import { anAdministrator, callingOn, openAccessWithAdmin } from '../support/opened-access.ts';

const all = anAdministrator();
const aKey: KeyCaller = {
  kind: 'key',
  keyId: 'k',
  name: 'k',
  realm: sampleRealm,
  scopes: ['register', 'check', 'list', 'terminate'],
};

async function everySession(store: Store, now: number): Promise<StoredSession[]> {
  const sessions: StoredSession[] = [];
  const query = { selector: { all: true }, state: 'any', now, limit: 1000 } as const;
  for (let page = await store.list(query); ; page = await store.list({ ...query, after: page.next })) {
    sessions.push(...page.sessions);
    if (page.next === undefined) return sessions;
  }
}

test('an empty installation is offered samples, which show every way to end and what was tried since', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const { store, clock } = opened;
  const call = callingOn(opened);
  assert.deepEqual(await call(getSamples, {}, all), {
    state: 'none',
    realm: sampleRealm,
    sessions: 0,
    isEmpty: true,
    mayLoad: true,
    mayRemove: false,
  });
  const loaded = await call(loadSamplePopulation, {}, all);
  const sessions = await everySession(store, clock.now());
  assert.equal(sessions.length, loaded.sessions);
  assert.ok(
    sessions.every(({ realm, accessGroups }) => realm === sampleRealm && accessGroups.includes(sampleGroup)),
  );
  const reasons = new Set(sessions.map(({ ended }) => ended?.reason));
  assert.deepEqual(reasons, new Set([undefined, ...endReasons]));
  assert.ok(sessions.filter(({ ended }) => ended === undefined).length > 2000);
  const tried = await Promise.all(
    sessions.filter(({ ended }) => ended?.reason === 'revoked').map(({ number }) => store.refusals(number)),
  );
  assert.ok(tried.flat().length > 20);
  const spans: number[] = [];
  for (const { number, ended } of sessions.filter((session) => session.ended !== undefined)) {
    for (const { firstAt, lastAt } of await store.refusals(number)) {
      assert.ok((ended?.at ?? 0) <= firstAt && firstAt <= lastAt && lastAt <= clock.now());
      spans.push(lastAt - firstAt);
    }
  }
  assert.ok(spans.filter((span) => span > hour).length > 10, 'some have tried for long');
  const status = await call(getSamples, {}, all);
  assert.deepEqual([status.state, status.sessions, status.isEmpty], ['loaded', sessions.length, false]);
  assert.deepEqual([status.mayLoad, status.mayRemove], [false, true]);
});

test('the cuts of the samples are in the ledger by who loaded them, at the time they did, and say what they are', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const { revocations } = await call(loadSamplePopulation, {}, all);
  const entries = await opened.store.revocations({ after: 0, limit: 100 });
  assert.deepEqual(
    entries.map(({ seq }) => seq),
    revocations,
  );
  for (const entry of entries) {
    assert.equal(entry.by.name, 'admin');
    assert.equal(entry.at, opened.clock.now());
    assert.ok(entry.matched > 0);
    assert.match(entry.reason, /^Sample: /);
  }
  const report = await verifyLedger((after, limit) => opened.store.revocations({ after, limit }));
  assert.equal(report.broken, undefined);
});

test('removing takes the samples alone, and says what stays', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const { store, registry, clock } = opened;
  const call = callingOn(opened);
  const provider = { type: 'basic', name: 'main' };
  const elsewhere = await registry.register({ realm: 'default', username: 'ann', provider });
  const { sessions, revocations } = await call(loadSamplePopulation, {}, all);
  const among = await registry.register({ realm: sampleRealm, username: 'real', provider });
  const head = await store.head();
  assert.deepEqual(await call(removeSamplePopulation, {}, all), { removed: sessions, revocations, left: 1 });
  const left = await everySession(store, clock.now());
  assert.deepEqual(new Set(left.map(({ id }) => id)), new Set([elsewhere.session.id, among.session.id]));
  for (const { token } of [elsewhere, among]) assert.equal((await registry.check(token)).live, true);
  assert.deepEqual(await store.head(), head);
  assert.equal((await call(getSamples, {}, all)).state, 'none');
  await assert.rejects(call(removeSamplePopulation, {}, all), { code: 'not_found' });
  const { entries } = await call(readJournal, {}, all);
  assert.deepEqual(
    entries.map(({ event }) => event).filter((event) => event.startsWith('samples.')),
    ['samples.loading', 'samples.loaded', 'samples.removed'],
  );
});

test('samples are loaded once, never beside sessions of that realm, and again after they were removed', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const both = await Promise.allSettled([
    call(loadSamplePopulation, {}, all),
    call(loadSamplePopulation, {}, all),
  ]);
  assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  await assert.rejects(call(loadSamplePopulation, {}, all), { code: 'conflict' });
  await call(removeSamplePopulation, {}, all);
  const again = await call(loadSamplePopulation, {}, all);
  const live = await opened.registry.count({ selector: { realm: sampleRealm }, state: 'live' });
  assert.ok(live > 2000, 'the cuts of the first time leave the samples of the second alone');
  assert.deepEqual((await call(listRealms, {}, all)).realms, ['default', sampleRealm]);
  assert.equal((await call(removeSamplePopulation, {}, all)).removed, again.sessions);
  assert.deepEqual((await call(listRealms, {}, all)).realms, ['default']);
  await opened.registry.register({
    realm: sampleRealm,
    username: 'real',
    provider: { type: 'basic', name: 'main' },
  });
  await assert.rejects(call(loadSamplePopulation, {}, all), { code: 'conflict', message: /1 live session / });
  const status = await call(getSamples, {}, all);
  assert.equal(status.mayLoad, false);
  assert.match(status.hindrance ?? '', /1 live session /);
});

test('sessions of the console and ended ones do not stand against loading, and are left alone', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const { registry, clock } = opened;
  const call = callingOn(opened);
  const provider = { type: 'basic', name: 'main' };
  const real = await registry.register({ realm: sampleRealm, username: 'real', provider });
  const ofConsole = { realm: sampleRealm, username: 'looker', provider, app: 'console' };
  const looking = await registry.register(ofConsole);
  const refused = await call(getSamples, {}, all);
  assert.deepEqual([refused.mayLoad, /1 live session /.test(refused.hindrance ?? '')], [false, true]);
  await opened.store.end({ id: real.session.id, reason: 'logged_out', now: clock.now() });
  assert.equal((await call(getSamples, {}, all)).mayLoad, true);
  const { sessions } = await call(loadSamplePopulation, {}, all);
  assert.equal((await registry.check(looking.token)).live, true);
  const gone = await call(removeSamplePopulation, {}, all);
  assert.deepEqual([gone.removed, gone.left], [sessions, 2]);
  assert.equal((await call(getSamples, {}, all)).mayLoad, true);
});

test('where the configuration lists the realms without that of the samples, loading says what to add', async (t) => {
  const opened = await openAccessWithAdmin(t, ['default', 'shop']);
  const call = callingOn(opened);
  await assert.rejects(call(loadSamplePopulation, {}, all), {
    code: 'realm_unknown',
    message: /add it to "realms"/,
  });
  assert.equal((await call(getSamples, {}, all)).mayLoad, false);
  assert.deepEqual(await everySession(opened.store, opened.clock.now()), []);
});

test('no key, no other administrator and nobody bound to a realm loads or removes samples', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const callers = [
    aKey,
    anAdministrator({ realm: sampleRealm }),
    anAdministrator({ realm: 'default' }),
    anAdministrator({ accessGroups: ['clusterAdmins'] }),
    anAdministrator({ accessGroups: ['read'] }),
  ];
  for (const caller of callers) {
    await assert.rejects(call(loadSamplePopulation, {}, caller), { code: 'forbidden' });
    assert.equal((await call(getSamples, {}, caller)).mayLoad, false);
  }
  await call(loadSamplePopulation, {}, all);
  for (const caller of callers) {
    await assert.rejects(call(removeSamplePopulation, {}, caller), { code: 'forbidden' });
    assert.equal((await call(getSamples, {}, caller)).mayRemove, false);
  }
  const elsewhere = await call(getSamples, {}, anAdministrator({ realm: 'default' }));
  assert.deepEqual([elsewhere.state, elsewhere.sessions, elsewhere.isEmpty], ['none', 0, true]);
  assert.equal((await call(getSamples, {}, anAdministrator({ realm: sampleRealm }))).state, 'loaded');
});

test('a loading that came to nothing can be removed', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const call = callingOn(opened);
  const register = opened.store.register.bind(opened.store);
  let made = 0;
  opened.store.register = (command) =>
    ++made > 500 ? Promise.reject(new Error('a full disk')) : register(command);
  await assert.rejects(call(loadSamplePopulation, {}, all));
  opened.store.register = register;
  const status = await call(getSamples, {}, all);
  assert.deepEqual([status.state, status.mayLoad, status.mayRemove], ['incomplete', false, true]);
  assert.equal((await call(removeSamplePopulation, {}, all)).removed, 500);
  assert.equal((await call(getSamples, {}, all)).mayLoad, true);
});

test('the samples live on as real sessions do: they idle out, expire, and their history is deleted', async (t) => {
  const opened = await openAccessWithAdmin(t);
  const { store, registry, clock } = opened;
  const call = callingOn(opened);
  await call(loadSamplePopulation, {}, all);
  const observer = {
    swept: () => {},
    failed: (_task: string, error: unknown) => assert.fail(String(error)),
    recovered: () => {},
  };
  const housekeeper = new Housekeeper({ store, registry, clock, observer, historyMs: 7 * 24 * hour });
  const live = () => registry.count({ selector: { realm: sampleRealm }, state: 'live' });
  const atFirst = await live();
  clock.advance(30 * minute);
  await housekeeper.tidy();
  assert.ok((await live()) > atFirst * 0.9, 'half an hour later nearly all are there');
  clock.advance(15 * 24 * hour);
  await housekeeper.tidy();
  assert.equal((await call(getSamples, {}, all)).sessions, 0);
  assert.equal((await call(removeSamplePopulation, {}, all)).removed, 0);
});
