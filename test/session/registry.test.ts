import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/core/clock.ts';
import { newSessionToken } from '../../src/core/tokens.ts';
import { Registry } from '../../src/session/registry.ts';
import type { Store, StoredSession } from '../../src/session/store.ts';
import { hour, minute, second, startOfTime } from '../support/manual-clock.ts';
import { OpenedRegistry, stateOf } from '../support/opened-registry.ts';
import { anOrigin, aRegistration, plain } from '../support/sessions.ts';

describe('a check', () => {
  it('of no token says that it is missing', async (t) => {
    const on = await OpenedRegistry.open(t);
    for (const token of [undefined, '']) assert.equal(stateOf(await on.registry.check(token)), 'missing');
  });

  it('of what is no token, or of one that nobody has, says that it is unknown', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { token, session } = await on.registry.register(aRegistration());
    const others = [newSessionToken(), session.id, token.slice(0, -1), `${token} `, token.toUpperCase(), 'x'];
    for (const other of others)
      assert.deepEqual(await on.registry.check(other), { live: false, reason: 'unknown' });
  });

  it('of a live session gives the session, its last access and its deadline', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { token, session } = await on.registry.register(aRegistration({ lifespanMs: hour }));
    on.clock.advance(10 * minute);
    const verdict = await on.registry.check(token);
    assert.ok(verdict.live);
    assert.deepEqual(plain(verdict.session), plain(session));
    assert.deepEqual([verdict.lastAccessAt, verdict.deadline], [on.now, on.now + 30 * minute]);
    on.clock.advance(25 * minute);
    const later = await on.registry.check(token);
    assert.equal(later.live && later.deadline, startOfTime + hour, 'the absolute end comes first');
  });

  it('of a session without limits has no deadline', async (t) => {
    const on = await OpenedRegistry.open(t);
    const rule = { idleTimeoutMs: null, lifespanMs: null };
    await on.registry.policies.set({ kind: 'default' }, rule, anOrigin, on.now);
    const { token } = await on.registry.register(aRegistration());
    on.clock.advance(1000 * hour);
    const verdict = await on.registry.check(token);
    assert.equal(verdict.live && verdict.deadline, null);
  });

  it('answers at once where the store does', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { token } = await on.registry.register(aRegistration());
    assert.equal(on.registry.check(token) instanceof Promise, false);
  });

  it('without touch leaves the idle end where it is', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { token, session } = await on.registry.register(aRegistration());
    on.clock.advance(29 * minute);
    const verdict = await on.registry.check(token, { touch: false });
    assert.ok(verdict.live);
    assert.deepEqual(
      [verdict.lastAccessAt, verdict.deadline],
      [session.createdAt, session.createdAt + 30 * minute],
    );
    on.clock.advance(minute);
    assert.equal(await on.state(token), 'idle');
  });

  it('from another realm does not know the session, nor touch it, nor record a refusal (P9)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const live = await on.registry.register(aRegistration({ realm: 'eu' }));
    const gone = await on.registry.register(aRegistration({ realm: 'eu' }));
    await on.registry.logOut(gone.session.id);
    on.clock.advance(minute);
    for (const { token } of [live, gone]) {
      assert.deepEqual(await on.registry.check(token, { realm: 'us' }), { live: false, reason: 'unknown' });
    }
    await on.registry.close();
    assert.equal((await on.registry.find(live.session.id))?.lastAccessAt, live.session.createdAt);
    assert.deepEqual(await on.store.refusals(gone.session.number), []);
    assert.equal(stateOf(await on.registry.check(live.token, { realm: 'eu' })), 'live');
  });

  it('is not refused for what the session was before a cut, when its row was read before the cut (P4)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { session, token } = await on.registry.register(aRegistration({ accessGroups: ['ops'] }));
    let deliver = (): void => {};
    const held = new Promise<void>((resolve) => {
      deliver = resolve;
    });
    let lookups = 0;
    // The answer of the first look-up is long under way, as over a slow network.
    const store = new Proxy<Store>(on.store, {
      get(target, name) {
        if (name !== 'lookup') {
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        }
        return async (tokenHash: Buffer) => {
          const found = await target.lookup(tokenHash);
          const { accessGroups } = found.session as StoredSession;
          assert.deepEqual(accessGroups, lookups === 0 ? ['ops'] : ['staff']);
          lookups += 1;
          await held;
          return found;
        };
      },
    });
    const registry = await Registry.open({ store, clock: on.clock });
    const verdict = registry.check(token);
    await new Promise((resolve) => setImmediate(resolve));
    await registry.refresh(session.id, { accessGroups: ['staff'] });
    const { revocation } = await on.cut({ accessGroup: 'ops' }, registry);
    assert.equal(revocation.matched, 0);
    deliver();
    assert.equal(stateOf(await verdict), 'live');
    assert.equal(lookups, 2);
  });

  it('of a session that has ended says why, before and after the background work has marked it', async (t) => {
    const on = await OpenedRegistry.open(t);
    const rule = { sessionLimit: { kind: 'displace', max: 1, per: 'user' } } as const;
    await on.registry.policies.set(
      { kind: 'user', realm: 'default', username: 'one' },
      rule,
      anOrigin,
      on.now,
    );
    const make = async (changes: Parameters<typeof aRegistration>[0]) =>
      (await on.registry.register(aRegistration(changes))).token;
    const expected = new Map<string, string>();
    expected.set(await make({ username: 'one' }), 'displaced');
    await make({ username: 'one' });
    expected.set(await make({ idleTimeoutMs: minute }), 'idle');
    expected.set(await make({ lifespanMs: minute }), 'expired');
    const out = await on.registry.register(aRegistration());
    await on.registry.logOut(out.session.id);
    expected.set(out.token, 'logged_out');
    expected.set(await make({ username: 'cut' }), 'revoked');
    await on.cut({ username: 'cut' });
    on.clock.advance(minute);
    for (const tidied of [false, true]) {
      if (tidied) await on.tidy();
      for (const [token, reason] of expected) {
        const verdict = await on.registry.check(token);
        assert.equal(stateOf(verdict), reason);
        assert.ok(!verdict.live && verdict.session !== undefined, 'whose it was is known');
      }
    }
  });

  it('of an ended session is recorded, with where it came from and how often (P7)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { token, session } = await on.registry.register(aRegistration());
    await on.registry.check(token, { ip: '192.0.2.1' });
    await on.cut();
    on.clock.advance(second);
    await on.registry.check(token, { ip: '192.0.2.1' });
    on.clock.advance(second);
    await on.registry.check(token, { ip: '192.0.2.1', touch: false });
    await on.registry.check(token);
    await on.registry.refusals.flush();
    const kept = (await on.store.refusals(session.number)).toSorted((a, b) => b.count - a.count);
    assert.deepEqual(kept, [
      { number: session.number, ip: '192.0.2.1', count: 2, firstAt: startOfTime + second, lastAt: on.now },
      { number: session.number, ip: '', count: 1, firstAt: on.now, lastAt: on.now },
    ]);
  });

  it('fails, and lets nobody in, when the store is closed (P5)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { token } = await on.registry.register(aRegistration());
    const { registry } = on;
    await on.restart();
    await assert.rejects(async () => registry.check(token), { code: 'store_unavailable' });
    assert.equal(await on.state(token), 'live');
  });
});

describe('the limits of a session', () => {
  it('keep it alive while it is used, up to its absolute end', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { token, session } = await on.registry.register(aRegistration({ lifespanMs: 5 * hour }));
    for (let n = 1; n * 25 < 5 * 60; n++) {
      on.clock.advance(25 * minute);
      assert.equal(await on.use(token), 'live');
      await on.tidy();
    }
    on.clock.advance(session.createdAt + 5 * hour - on.now - 1);
    assert.equal(await on.use(token), 'live');
    on.clock.advance(1);
    assert.equal(await on.use(token), 'expired');
  });

  it('end it when it has not been used for as long as it may', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { token } = await on.registry.register(aRegistration());
    on.clock.advance(30 * minute - 1);
    assert.equal(await on.use(token), 'live');
    on.clock.advance(30 * minute);
    assert.equal(await on.use(token), 'idle');
    assert.equal(await on.use(token), 'idle', 'the refused use was no use');
  });

  it('count uses that are not written yet, for the check and for every list', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { token, session } = await on.registry.register(aRegistration());
    on.clock.advance(29 * minute);
    await on.use(token);
    on.clock.advance(2 * minute);
    const all = { selector: { all: true as const }, state: 'live' as const };
    assert.equal(await on.state(token), 'live');
    assert.deepEqual((await on.registry.find(session.id))?.ended, undefined);
    assert.equal(await on.registry.count(all), 1);
    const [listed] = (await on.registry.list({ ...all, limit: 10 })).sessions;
    assert.equal(listed?.lastAccessAt, startOfTime + 29 * minute);
  });

  it('show the last use in a list although it is not written', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { token, session } = await on.registry.register(aRegistration());
    on.clock.advance(10 * second);
    await on.use(token);
    assert.ok(on.registry.touches.size > 0);
    const page = await on.registry.list({ selector: { username: 'ann' }, state: 'live', limit: 10 });
    assert.equal(page.sessions[0]?.lastAccessAt, on.now);
    assert.equal((await on.registry.find(session.id))?.lastAccessAt, on.now);
    const recent = { lastAccessFrom: new Date(on.now).toISOString() };
    assert.equal(await on.registry.count({ selector: recent, state: 'live' }), 1);
    assert.equal((await on.registry.preview(recent)).count, 1);
  });

  it('lose nothing of a use when the process ends in order', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { token } = await on.registry.register(aRegistration());
    on.clock.advance(20 * minute);
    await on.use(token);
    await on.restart();
    on.clock.advance(20 * minute);
    assert.equal(await on.use(token), 'live');
  });

  it('hold though somebody sets the clock of the machine back', async (t) => {
    const on = await OpenedRegistry.open(t);
    let machine = startOfTime;
    const registry = await on.another(systemClock(() => machine));
    const idle = await registry.register(aRegistration());
    machine += 31 * minute;
    assert.equal(await on.state(idle.token, registry), 'idle');
    machine -= 25 * minute;
    assert.equal(await on.state(idle.token, registry), 'idle');
    const { session } = await registry.register(aRegistration());
    assert.equal(
      session.createdAt,
      startOfTime + 31 * minute,
      'time stands still until the machine has caught up',
    );
  });

  it('hold when the clock is set forward, and stay when it is set right again', async (t) => {
    const on = await OpenedRegistry.open(t);
    let machine = startOfTime;
    const registry = await on.another(systemClock(() => machine));
    const { token } = await registry.register(aRegistration());
    machine += 1000 * hour;
    assert.equal(await on.state(token, registry), 'idle');
    machine = startOfTime + minute;
    assert.equal(await on.state(token, registry), 'idle');
  });

  it('name the limit, not the cut, when both fall into one instant', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { token, session } = await on.registry.register(aRegistration({ idleTimeoutMs: minute }));
    await Promise.all(Array.from({ length: 1001 }, () => on.registry.register(aRegistration())));
    on.clock.advance(minute);
    const { revocation } = await on.cut();
    assert.equal(revocation.matched, 1001);
    assert.equal(await on.state(token), 'idle');
    assert.equal((await on.registry.find(session.id))?.ended?.reason, 'idle');
    await on.tidy();
    assert.equal(await on.state(token), 'idle');
  });

  it('that passed before a cut stay the reason while the cut is not swept', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { token } = await on.registry.register(aRegistration({ idleTimeoutMs: minute }));
    await Promise.all(Array.from({ length: 1001 }, () => on.registry.register(aRegistration())));
    on.clock.advance(2 * minute);
    await on.cut();
    await on.cut();
    assert.equal(await on.state(token), 'idle');
  });
});

describe('a registry that is opened', () => {
  it('knows every cut made before, swept or not (P1)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const made = await Promise.all(Array.from({ length: 1010 }, () => on.registry.register(aRegistration())));
    await on.cut();
    const after = await on.registry.register(aRegistration());
    for (let n = 0; n < 2; n++) {
      await on.restart();
      for (const { token } of made.slice(-5)) assert.equal(await on.state(token), 'revoked');
      assert.equal(await on.state(after.token), 'live');
      on.clock.advance(20 * minute);
      await on.use(after.token);
    }
    await on.tidy();
    await on.restart();
    for (const { token } of made.slice(-5)) assert.equal(await on.state(token), 'revoked');
    assert.equal(await on.state(after.token), 'live');
  });

  it('knows the policy', async (t) => {
    const on = await OpenedRegistry.open(t);
    await on.registry.policies.set(
      { kind: 'realm', realm: 'eu' },
      { idleTimeoutMs: minute },
      anOrigin,
      on.now,
    );
    await on.restart();
    assert.equal((await on.registry.register(aRegistration({ realm: 'eu' }))).session.idleTimeoutMs, minute);
    assert.equal((await on.registry.register(aRegistration())).session.idleTimeoutMs, 30 * minute);
    await on.registry.policies.set({ kind: 'realm', realm: 'eu' }, undefined, anOrigin, on.now);
    assert.equal(
      (await on.registry.register(aRegistration({ realm: 'eu' }))).session.idleTimeoutMs,
      30 * minute,
    );
    assert.equal((await Registry.open({ store: on.store, clock: on.clock })).policies.list().length, 0);
  });
});
