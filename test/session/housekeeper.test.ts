import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Housekeeper, type HousekeepingTask } from '../../src/session/housekeeper.ts';
import type { Registry } from '../../src/session/registry.ts';
import type { Store } from '../../src/session/store.ts';
import { hour, minute } from '../support/manual-clock.ts';
import { openAccess } from '../support/opened-access.ts';
import { anOrigin, aRegistration } from '../support/sessions.ts';

async function keptHouse(
  t: TestContext,
  changes: (store: Store) => Partial<Store> = () => ({}),
  historyMs = 24 * hour,
) {
  const opened = await openAccess(t);
  const { store, registry, clock } = opened;
  const told: { swept: number[]; failed: HousekeepingTask[]; recovered: HousekeepingTask[] } = {
    swept: [],
    failed: [],
    recovered: [],
  };
  const over = changes(store);
  const housekeeper = new Housekeeper({
    registry,
    // The real store, but for the methods that a test puts in front of it.
    store: new Proxy(store, {
      get(target, name) {
        const changed: unknown = Reflect.get(over, name);
        if (changed !== undefined) return changed;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }),
    clock,
    historyMs,
    observer: {
      swept: (seq) => told.swept.push(seq),
      failed: (task) => told.failed.push(task),
      recovered: (task) => told.recovered.push(task),
    },
  });
  const terminate = (username: string) =>
    registry.terminate({ selector: { username }, reason: 'test', origin: anOrigin });
  return { ...opened, housekeeper, told, terminate };
}

/** More sessions of `ann` than a revocation marks at once. */
function registerMany(registry: Registry) {
  return Promise.all(
    Array.from({ length: 1001 }, () => registry.register(aRegistration({ username: 'ann' }))),
  );
}

test('what a revocation ended is swept, told of once, and kept in the active ledger for as long as a sign-in may take', async (t) => {
  const { registry, clock, housekeeper, told, terminate, store } = await keptHouse(t);
  const [first] = await registerMany(registry);
  await terminate('ann');
  assert.equal((await store.statistics(clock.now())).unswept, 1);
  await housekeeper.tidy();
  await housekeeper.tidy();
  assert.deepEqual(told.swept, [1]);
  assert.equal((await store.statistics(clock.now())).unswept, 0);
  assert.deepEqual(registry.ledger.activeSeqs(), [1]);
  clock.advance(registry.maxSignInAgeMs);
  await housekeeper.tidy();
  assert.deepEqual(registry.ledger.activeSeqs(), [1]);
  clock.advance(1);
  await housekeeper.tidy();
  assert.deepEqual(registry.ledger.activeSeqs(), []);
  const verdict = await registry.check(first?.token);
  assert.ok(!verdict.live && verdict.reason === 'revoked');
});

test('a revocation leaves the active ledger only after all before it', async (t) => {
  const { registry, clock, housekeeper, terminate } = await keptHouse(t, (store) => ({
    // The sweep of the first entry never seems to end.
    revocations: async (query) =>
      (await store.revocations(query)).map((entry) =>
        entry.seq === 1 ? { ...entry, sweptAt: null } : entry,
      ),
    sweep: async (now) => ({ ...(await store.sweep(now)), completed: [] }),
  }));
  await terminate('ann');
  await terminate('bob');
  clock.advance(hour);
  await housekeeper.tidy();
  assert.deepEqual(registry.ledger.activeSeqs(), [1, 2]);
});

test('sessions that idled out are marked, and one whose use is only known in memory is not', async (t) => {
  const { registry, clock, housekeeper, store } = await keptHouse(t);
  const idle = await registry.register(aRegistration({ username: 'ann' }));
  const used = await registry.register(aRegistration({ username: 'bob' }));
  clock.advance(29 * minute);
  await registry.check(used.token);
  clock.advance(2 * minute);
  await housekeeper.tidy();
  assert.equal((await store.find(idle.session.id, clock.now()))?.ended?.reason, 'idle');
  assert.equal((await store.find(used.session.id, clock.now()))?.ended, undefined);
  assert.equal((await registry.check(used.token)).live, true);
});

test('when accesses cannot be written, nobody is marked as idle for it', async (t) => {
  const { registry, clock, housekeeper, told } = await keptHouse(t, () => ({
    expire: async () => assert.fail('marked without knowing of the accesses'),
  }));
  const { token } = await registry.register(aRegistration());
  clock.advance(29 * minute);
  await registry.check(token);
  registry.touches.flushDue = async () => {
    throw new Error('the disk is full');
  };
  clock.advance(2 * minute);
  await housekeeper.tidy();
  assert.deepEqual(told.failed, ['touches']);
});

test('history that is too old is deleted, and no earlier', async (t) => {
  const { registry, clock, housekeeper, store } = await keptHouse(t);
  const { session } = await registry.register(aRegistration());
  await registry.logOut(session.id);
  clock.advance(24 * hour);
  await housekeeper.tidy();
  assert.ok((await store.find(session.id, clock.now())) !== undefined);
  clock.advance(minute);
  await housekeeper.tidy();
  assert.equal(await store.find(session.id, clock.now()), undefined);
});

test('refused uses reach the record', async (t) => {
  const { registry, housekeeper, store } = await keptHouse(t);
  const { session, token } = await registry.register(aRegistration());
  await registry.logOut(session.id);
  await registry.check(token, { ip: '192.0.2.1' });
  await registry.check(token, { ip: '192.0.2.1' });
  await housekeeper.tidy();
  const [refusal] = await store.refusals(session.number);
  assert.deepEqual([refusal?.ip, refusal?.count], ['192.0.2.1', 2]);
});

test('work that fails is told of once, tried again, and does not keep the rest from being done', async (t) => {
  let isFull = true;
  const { housekeeper, told, terminate, registry } = await keptHouse(t, (store) => ({
    expire: (now) => (isFull ? Promise.reject(new Error('the disk is full')) : store.expire(now)),
  }));
  await registerMany(registry);
  await terminate('ann');
  await housekeeper.tidy();
  await housekeeper.tidy();
  assert.deepEqual(told, { swept: [1], failed: ['expire'], recovered: [] });
  isFull = false;
  await housekeeper.tidy();
  assert.deepEqual(told.recovered, ['expire']);
});

test('a stop waits for the slice under way, and starts no other', async (t) => {
  const steps: string[] = [];
  let begun = (): void => {};
  const sweeping = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const { housekeeper } = await keptHouse(t, (store) => ({
    sweep: async (now) => {
      steps.push('sweep');
      begun();
      const result = await store.sweep(now);
      return { ...result, more: true };
    },
  }));
  housekeeper.start();
  await sweeping;
  await housekeeper.stop();
  const done = steps.length;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(steps.length, done);
});

test('a sign-in is used once, also where no history is kept', async (t) => {
  const { registry, clock, housekeeper } = await keptHouse(t, undefined, 0);
  const use = () => registry.register(aRegistration({ idempotency }));
  const idempotency = { key: Buffer.alloc(32, 1), request: Buffer.alloc(32, 2) };
  const { session } = await use();
  await registry.logOut(session.id);
  const other = { ...idempotency, request: Buffer.alloc(32, 3) };
  for (let passed = 0; passed < registry.maxSignInAgeMs; passed += 5 * minute) {
    clock.advance(5 * minute);
    await housekeeper.tidy();
    await assert.rejects(registry.register(aRegistration({ idempotency: other })), {
      code: 'idempotency_key_reused',
    });
  }
});

test('failed attempts to sign in are deleted once they are forgotten', async (t) => {
  const { store, clock, housekeeper, access } = await keptHouse(t);
  await (await access.lockOut.begin('ann', '192.0.2.1')).failed();
  await (await access.lockOut.begin('ann', '192.0.2.2')).succeeded();
  clock.advance(hour + 1);
  await housekeeper.tidy();
  assert.equal((await store.attempts.forget(clock.now())).rows, 0);
  // What is left is the address that she is known at.
  assert.equal((await store.attempts.forget(clock.now() + 31 * 24 * hour)).rows, 1);
});
