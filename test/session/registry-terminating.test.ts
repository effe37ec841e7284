import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CurfewError } from '../../src/core/errors.ts';
import { Registry } from '../../src/session/registry.ts';
import type { Store } from '../../src/session/store.ts';
import { hour, iso, ManualClock, minute, second, startOfTime } from '../support/manual-clock.ts';
import { OpenedRegistry } from '../support/opened-registry.ts';
import { withSeed } from '../support/seed.ts';
import { anOrigin, aRegistration } from '../support/sessions.ts';

describe('a termination', () => {
  it('refuses the next check of each session it names, and of no other (P1, P4)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const ann = await on.registry.register(aRegistration());
    const bob = await on.registry.register(aRegistration({ username: 'bob' }));
    const eu = await on.registry.register(aRegistration({ realm: 'eu' }));
    const { revocation, sessions } = await on.cut({ realm: 'default', username: 'ann' });
    assert.deepEqual([revocation.matched, sessions.map(({ id }) => id)], [1, [ann.session.id]]);
    const verdict = await on.registry.check(ann.token);
    assert.ok(!verdict.live && verdict.session?.ended?.revocation === revocation.seq);
    assert.deepEqual([await on.use(bob.token), await on.use(eu.token)], ['live', 'live']);
  });

  it('of 1,010 sessions refuses the next check of each before any sweep (P1)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const made = await Promise.all(Array.from({ length: 1010 }, () => on.registry.register(aRegistration())));
    const bob = await on.registry.register(aRegistration({ username: 'bob' }));
    assert.equal((await on.cut({ username: 'ann' })).revocation.matched, 1010);
    for (const { token } of made) assert.equal(await on.use(token), 'revoked');
    assert.equal(await on.use(bob.token), 'live');
    await on.tidy();
    for (const { token } of made) assert.equal(await on.use(token), 'revoked');
    assert.equal(await on.use(bob.token), 'live');
  });

  it('leaves alone whoever signs in after it, at the same millisecond too (P4)', async (t) => {
    const on = await OpenedRegistry.open(t);
    await on.registry.register(aRegistration());
    await on.cut();
    const after = await on.registry.register(aRegistration());
    assert.equal(await on.use(after.token), 'live');
    await on.tidy();
    await on.restart();
    assert.equal(await on.use(after.token), 'live');
  });

  it('that hits nobody says so, says what is unknown, and holds for sign-ins under way (P10, P3)', async (t) => {
    const on = await OpenedRegistry.open(t);
    await on.registry.register(aRegistration());
    const epoch = (await on.registry.head()).seq;
    const { revocation, sessions, unknown } = await on.cut({ realm: 'default', username: 'anne' });
    assert.deepEqual([revocation.matched, sessions, unknown], [0, [], ['username']]);
    const late = on.registry.register(aRegistration({ username: 'anne', epoch }));
    await assert.rejects(late, { code: 'revoked_during_sign_in' });
    assert.deepEqual((await on.cut({ realm: 'nowhere', all: true })).unknown, ['realm']);
  });

  it('of more than expected is refused with both numbers, and ends nobody', async (t) => {
    const on = await OpenedRegistry.open(t);
    const made = [await on.registry.register(aRegistration()), await on.registry.register(aRegistration())];
    const order = { selector: { all: true as const }, reason: 'a test', origin: anOrigin, atMost: 1 };
    await assert.rejects(on.registry.terminate(order), (error: unknown) => {
      assert.ok(error instanceof CurfewError);
      assert.equal(error.code, 'expectation_failed');
      assert.deepEqual(error.details.facts, { matched: 2, allowed: 1 });
      return true;
    });
    for (const { token } of made) assert.equal(await on.use(token), 'live');
    assert.equal((await on.registry.head()).seq, 0);
  });

  it('hits as many as its preview said', async (t) => {
    const on = await OpenedRegistry.open(t);
    for (const username of ['ann', 'ann', 'bob']) await on.registry.register(aRegistration({ username }));
    const { count } = await on.registry.preview({ username: 'ann' });
    assert.equal((await on.cut({ username: 'ann' })).revocation.matched, count);
    assert.equal((await on.registry.preview({ username: 'ann' })).count, 0);
  });

  it('stands although an access could not be written with it', async (t) => {
    const on = await OpenedRegistry.open(t);
    const state = { failing: false };
    const store = new Proxy(on.store, {
      get(target, name) {
        if (name === 'touch' && state.failing) return () => Promise.reject(new Error('the disk is gone'));
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }) as Store;
    const registry = await Registry.open({ store, clock: on.clock });
    const { token } = await registry.register(aRegistration());
    on.clock.advance(29 * minute);
    await registry.check(token);
    state.failing = true;
    await on.cut({ all: true }, registry);
    assert.equal(await on.state(token, registry), 'revoked');
    state.failing = false;
    await registry.close();
    await on.restart();
    assert.equal(await on.state(token), 'revoked');
  });

  it('on one node is known on another at its next check, whatever the other has cut itself (P1)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const other = await on.another();
    const made = await Promise.all(Array.from({ length: 1010 }, () => on.registry.register(aRegistration())));
    const bob = await on.registry.register(aRegistration({ username: 'bob' }));
    await on.cut({ username: 'ann' });
    await on.cut({ username: 'nobody' }, other);
    for (const registry of [other, on.registry]) {
      for (const { token } of made.slice(0, 5)) assert.equal(await on.state(token, registry), 'revoked');
      assert.equal(await on.state(bob.token, registry), 'live');
    }
  });
});

describe('a termination by last access', () => {
  it('spares a session that was not used since, also at its next use (P4)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const spared = await on.registry.register(aRegistration());
    on.clock.advance(5 * minute);
    const from = iso(on.now);
    const hit = await on.registry.register(aRegistration());
    on.clock.advance(minute);
    assert.equal((await on.cut({ lastAccessFrom: from })).revocation.matched, 1);
    assert.equal(await on.use(hit.token), 'revoked');
    // In the very millisecond of the cut, and later, written and not, swept and not, refreshed and not.
    assert.equal(await on.use(spared.token), 'live');
    await on.registry.touches.flushAll();
    assert.equal(await on.use(spared.token), 'live');
    assert.notEqual(await on.registry.refresh(spared.session.id), undefined);
    on.clock.advance(second);
    assert.equal(await on.use(spared.token), 'live');
    await on.tidy();
    await on.restart();
    assert.equal(await on.use(spared.token), 'live');
  });

  it('spares it also after a restart on a machine whose clock is behind (P4)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const spared = await on.registry.register(aRegistration({ lifespanMs: 10 * hour }));
    on.clock.advance(20 * minute);
    await on.cut({ lastAccessFrom: iso(startOfTime + minute) });
    await on.restart(new ManualClock(startOfTime + 10 * minute));
    assert.equal(await on.use(spared.token), 'live');
    await on.registry.touches.flushAll();
    assert.equal(await on.use(spared.token), 'live');
    assert.notEqual(await on.registry.refresh(spared.session.id), undefined);
    assert.equal(await on.use(spared.token), 'live');
  });

  it('spares it also on another node whose clock is behind (P4)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const spared = await on.registry.register(aRegistration({ lifespanMs: 10 * hour }));
    on.clock.advance(20 * minute);
    const other = await on.another(new ManualClock(startOfTime + 10 * minute));
    await on.cut({ lastAccessFrom: iso(startOfTime + minute) });
    assert.equal(await on.state(spared.token, other), 'live');
    await other.check(spared.token);
    await other.touches.flushAll();
    assert.equal(await on.state(spared.token, other), 'live');
  });

  it('sees uses that are not written yet', async (t) => {
    const on = await OpenedRegistry.open(t);
    const used = await on.registry.register(aRegistration());
    const old = await on.registry.register(aRegistration());
    on.clock.advance(minute);
    const from = iso(on.now);
    await on.use(used.token);
    on.clock.advance(minute);
    assert.equal((await on.cut({ lastAccessFrom: from })).revocation.matched, 1);
    assert.deepEqual([await on.use(used.token), await on.use(old.token)], ['revoked', 'live']);
  });

  it('of those not used since an instant spares one whose use is not written yet (P4)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const used = await on.registry.register(aRegistration());
    const old = await on.registry.register(aRegistration());
    on.clock.advance(minute);
    const to = iso(on.now);
    await on.use(used.token);
    assert.equal((await on.cut({ lastAccessTo: to })).revocation.matched, 1);
    assert.deepEqual([await on.use(used.token), await on.use(old.token)], ['live', 'revoked']);
  });

  it('kills or spares each session for good, however uses and the cut interleave', async (t) => {
    const on = await OpenedRegistry.open(t);
    await withSeed(async (random) => {
      for (let round = 0; round < 25; round++) {
        const made = await Promise.all(
          Array.from({ length: 20 }, () => on.registry.register(aRegistration())),
        );
        const from = iso(on.now + 1);
        const uses = async () => {
          for (let n = 0; n < 30; n++) {
            on.clock.advance(random.below(2));
            await on.use(random.pick(made).token);
            if (random.oneIn(8)) await on.registry.touches.flushAll();
            if (random.oneIn(8)) await on.registry.refresh(random.pick(made).session.id);
          }
        };
        const used = uses();
        for (let n = random.below(20); n > 0; n--) await Promise.resolve();
        const { revocation } = await on.cut({ lastAccessFrom: from });
        await used;
        const states = await Promise.all(made.map(({ token }) => on.use(token)));
        assert.equal(states.filter((state) => state === 'revoked').length, revocation.matched);
        await on.tidy();
        on.clock.advance(second);
        assert.deepEqual(await Promise.all(made.map(({ token }) => on.use(token))), states);
        await on.cut();
      }
    });
  });
});

describe('a termination by a right', () => {
  it('does not reach a session that gets the right later by a refresh, nor after a sweep or restart (P4)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const spared = await on.registry.register(aRegistration());
    const volumes = () => on.registry.register(aRegistration({ username: 'bob', accessGroups: ['volumes'] }));
    await Promise.all(Array.from({ length: 1005 }, volumes));
    assert.equal((await on.cut({ accessGroup: 'volumes' })).revocation.matched, 1005);
    await on.registry.refresh(spared.session.id, { accessGroups: ['volumes'] });
    assert.equal(await on.use(spared.token), 'live');
    await on.tidy();
    assert.equal(await on.use(spared.token), 'live');
    await on.restart();
    assert.equal(await on.use(spared.token), 'live');
    assert.equal((await on.cut({ accessGroup: 'volumes' })).revocation.matched, 1);
    assert.equal(await on.use(spared.token), 'revoked');
  });

  it('is not escaped by a refresh that takes the right away afterwards (P2)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const volumes = () => on.registry.register(aRegistration({ accessGroups: ['volumes'] }));
    const [one] = await Promise.all(Array.from({ length: 1005 }, volumes));
    await on.cut({ accessGroup: 'volumes' });
    assert.equal(await on.registry.refresh(one?.session.id as string, { accessGroups: [] }), undefined);
    assert.equal(await on.use(one?.token as string), 'revoked');
  });
});

describe('what races a termination', () => {
  it('touch, refresh, logout and re-registration bring nobody back (P2)', async (t) => {
    const on = await OpenedRegistry.open(t);
    await withSeed(async (random) => {
      for (let round = 0; round < 40; round++) {
        const idempotency = { key: Buffer.alloc(32, round + 1), request: Buffer.alloc(32, 1) };
        const request = aRegistration({ idempotency, attributes: { round: String(round) } });
        const { token, session } = await on.registry.register(request);
        on.clock.advance(minute);
        const actions = [
          () => on.use(token),
          () => on.registry.touches.flushAll(),
          () => on.registry.refresh(session.id, { accessGroups: [`group ${round}`] }),
          () => on.registry.register(request).then(({ token: fresh }) => tokens.push(fresh)),
        ];
        const tokens = [token];
        const before = Array.from({ length: random.below(4) }, () => random.pick(actions)());
        const cut = on.cut({ username: 'ann' });
        const after = Array.from({ length: 4 }, () => random.pick(actions)());
        const outcomes = await Promise.allSettled([...before, ...after]);
        await cut;
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'session_ended');
        }
        for (const one of tokens) assert.notEqual(await on.use(one), 'live');
        const ended = (await on.registry.find(session.id))?.ended;
        assert.equal(ended?.reason, 'revoked');
        await on.registry.touches.flushAll();
        assert.equal(await on.registry.count({ selector: { all: true }, state: 'live' }), 0);
      }
    });
  });
});
