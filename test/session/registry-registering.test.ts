import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSessionToken } from '../../src/core/tokens.ts';
import { hour, minute } from '../support/manual-clock.ts';
import { OpenedRegistry } from '../support/opened-registry.ts';
import { anOrigin, aRegistration, plain } from '../support/sessions.ts';

const idempotency = { key: Buffer.alloc(32, 7), request: Buffer.alloc(32, 8) };

describe('a registration', () => {
  it('gives a session under the policy, and a token that is kept nowhere (P6)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { session, token, repeated } = await on.registry.register(aRegistration());
    assert.equal(isSessionToken(token), true);
    assert.equal(repeated, false);
    assert.deepEqual([session.idleTimeoutMs, session.expiresAt], [30 * minute, on.now + 72 * hour]);
    assert.equal(JSON.stringify(plain(session)).includes(token), false);
  });

  it('of a realm that is not configured is refused, and of a configured one not', async (t) => {
    const on = await OpenedRegistry.open(t, { realms: ['default', 'eu'] });
    await on.registry.register(aRegistration({ realm: 'eu' }));
    await assert.rejects(on.registry.register(aRegistration({ realm: 'EU' })), {
      code: 'realm_unknown',
      message: /default, eu/,
    });
  });

  it('that began before a cut is refused, by epoch and by instant, and leaves nothing (P3)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { seq: epoch } = await on.registry.head();
    const authenticatedAt = on.now;
    on.clock.advance(minute);
    await on.cut({ username: 'ann' });
    on.clock.advance(minute);
    for (const began of [{ epoch }, { authenticatedAt }, { authenticatedAt: authenticatedAt + minute }]) {
      await assert.rejects(on.registry.register(aRegistration(began)), { code: 'revoked_during_sign_in' });
    }
    assert.equal(await on.registry.count({ selector: { all: true }, state: 'any' }), 0);
  });

  it('that began after a cut is made, by epoch, by instant, and without either (P4)', async (t) => {
    const on = await OpenedRegistry.open(t);
    await on.cut({ username: 'ann' });
    const { seq: epoch } = await on.registry.head();
    on.clock.advance(1);
    const authenticatedAt = on.now;
    on.clock.advance(minute);
    for (const began of [{ epoch }, { authenticatedAt }, {}]) {
      const { token } = await on.registry.register(aRegistration(began));
      assert.equal(await on.use(token), 'live');
    }
  });

  it("that began before its provider ended the provider's session is refused, and one of another is made (P3, P4)", async (t) => {
    const on = await OpenedRegistry.open(t);
    const { seq: epoch } = await on.registry.head();
    const provider = { type: 'oidc', name: 'corp' };
    await on.cut({ realm: 'default', provider, providerSession: 'sid-1' });
    const signIn = (changes: Parameters<typeof aRegistration>[0]) =>
      on.registry.register(aRegistration({ provider, epoch, ...changes }));
    await assert.rejects(signIn({ providerSession: 'sid-1' }), { code: 'revoked_during_sign_in' });
    for (const others of [
      { providerSession: 'sid-2' },
      { providerSession: 'sid-1', provider: { type: 'oidc', name: 'partner' } },
      {},
    ]) {
      assert.equal(await on.use((await signIn(others)).token), 'live');
    }
  });

  it('that began before a cut of others is made (P4)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { seq: epoch } = await on.registry.head();
    await on.cut({ username: 'bob' });
    const { token } = await on.registry.register(aRegistration({ epoch }));
    assert.equal(await on.use(token), 'live');
    await on.restart();
    assert.equal(await on.use(token), 'live');
  });

  it('that began too long ago to know is refused as stale', async (t) => {
    const on = await OpenedRegistry.open(t, { maxSignInAgeMs: 5 * minute });
    const authenticatedAt = on.now;
    await on.cut({ username: 'bob' });
    on.clock.advance(5 * minute + 1);
    for (const began of [{ epoch: 0 }, { authenticatedAt }]) {
      await assert.rejects(on.registry.register(aRegistration(began)), { code: 'sign_in_too_old' });
    }
  });

  it('with an epoch that nobody has seen is refused', async (t) => {
    const on = await OpenedRegistry.open(t);
    await assert.rejects(on.registry.register(aRegistration({ epoch: 1 })), { code: 'epoch_unknown' });
  });

  it('takes the epoch that another node has given, though this one has not heard of it yet', async (t) => {
    const on = await OpenedRegistry.open(t);
    const other = await on.another();
    await on.cut({ username: 'bob' });
    const { seq: epoch } = await other.head();
    const { token } = await other.register(aRegistration({ epoch }));
    assert.equal(await on.state(token), 'live');
    assert.equal(await on.state(token, other), 'live');
  });

  it('beyond the limit is refused with both numbers, until one of the others ends', async (t) => {
    const on = await OpenedRegistry.open(t);
    const rule = { sessionLimit: { kind: 'refuse', max: 2, per: 'user' } } as const;
    await on.registry.policies.set({ kind: 'realm', realm: 'default' }, rule, anOrigin, on.now);
    const first = await on.registry.register(aRegistration());
    await on.registry.register(aRegistration());
    await assert.rejects(on.registry.register(aRegistration()), {
      code: 'session_limit_reached',
      details: { facts: { live: 2, max: 2 } },
    });
    await on.registry.register(aRegistration({ realm: 'eu' }));
    await on.registry.logOut(first.session.id);
    await on.registry.register(aRegistration());
  });

  it('beyond a limit that displaces ends the oldest at once', async (t) => {
    const on = await OpenedRegistry.open(t);
    const rule = { sessionLimit: { kind: 'displace', max: 1, per: 'user' } } as const;
    await on.registry.policies.set({ kind: 'default' }, rule, anOrigin, on.now);
    const first = await on.registry.register(aRegistration());
    const second = await on.registry.register(aRegistration());
    assert.deepEqual([await on.use(first.token), await on.use(second.token)], ['displaced', 'live']);
  });

  it('sent again with its key gives the same session a new token, and the old one is worth nothing', async (t) => {
    const on = await OpenedRegistry.open(t);
    const request = aRegistration({ idempotency });
    const first = await on.registry.register(request);
    const second = await on.registry.register(request);
    assert.deepEqual([second.repeated, second.session.id], [true, first.session.id]);
    assert.deepEqual([await on.use(first.token), await on.use(second.token)], ['unknown', 'live']);
  });

  it('sent again with its key and other content is refused', async (t) => {
    const on = await OpenedRegistry.open(t);
    await on.registry.register(aRegistration({ idempotency }));
    const other = { ...idempotency, request: Buffer.alloc(32, 9) };
    await assert.rejects(on.registry.register(aRegistration({ idempotency: other })), {
      code: 'idempotency_key_reused',
    });
  });

  it('sent again after its session ended is refused (P2)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { session } = await on.registry.register(aRegistration({ idempotency }));
    await on.cut();
    await assert.rejects(on.registry.register(aRegistration({ idempotency })), {
      code: 'session_ended',
      message: /revoked/,
    });
    assert.equal((await on.registry.find(session.id))?.ended?.reason, 'revoked');
  });
});

describe('leaving and refreshing', () => {
  it('a logout ends the session once, with its reason', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { session, token } = await on.registry.register(aRegistration());
    assert.equal((await on.registry.logOut(session.id))?.ended?.reason, 'logged_out');
    assert.equal(await on.registry.logOut(session.id), undefined);
    assert.equal(await on.use(token), 'logged_out');
  });

  it('a logout or refresh right before the written limit counts a use that is not written', async (t) => {
    const on = await OpenedRegistry.open(t);
    for (const leave of ['refresh', 'logOut'] as const) {
      const { session, token } = await on.registry.register(aRegistration());
      on.clock.advance(29 * minute);
      await on.use(token);
      on.clock.advance(2 * minute);
      assert.notEqual(await on.registry[leave](session.id), undefined);
    }
  });

  it('a refresh moves the idle end and replaces rights and attributes', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { session, token } = await on.registry.register(aRegistration({ accessGroups: ['read'] }));
    on.clock.advance(20 * minute);
    const change = { accessGroups: ['write'], adminIds: [3], attributes: { a: 'b' } };
    const refreshed = await on.registry.refresh(session.id, change);
    assert.ok(refreshed !== undefined);
    assert.deepEqual(
      [refreshed.accessGroups, refreshed.adminIds, refreshed.attributes, refreshed.lastAccessAt],
      [['write'], [3], { a: 'b' }, on.now],
    );
    on.clock.advance(20 * minute);
    assert.equal(await on.state(token), 'live');
  });

  it('a refresh of a session that has ended gives nothing and changes nothing (P2)', async (t) => {
    const on = await OpenedRegistry.open(t);
    const { session, token } = await on.registry.register(aRegistration());
    on.clock.advance(30 * minute);
    assert.equal(await on.registry.refresh(session.id, { accessGroups: ['administrator'] }), undefined);
    assert.equal(await on.use(token), 'idle');
    assert.deepEqual((await on.registry.find(session.id))?.accessGroups, []);
  });
});
