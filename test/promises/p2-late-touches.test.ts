import assert from 'node:assert/strict';
import { it } from 'node:test';
import { minute } from '../support/manual-clock.ts';
import { anOrigin, aRegistration } from '../support/sessions.ts';
import { openParts } from './parts.ts';

it('P2: an access that reaches the store after a cut does not revive a row that looked idle at the cut', async (t) => {
  const parts = await openParts(t);
  const { registry, store, clock } = parts;
  const { token, session } = await registry.register(aRegistration());
  const other = await registry.register(aRegistration({ username: 'bob' }));
  const lastAccessAt = clock.now() + 20 * minute;
  clock.advance(31 * minute);
  // The store itself must hold, whatever the order in which a registry writes.
  await store.revoke({ ...anOrigin, selector: { username: 'ann' }, reason: 'a test', now: clock.now() });
  await store.touch([
    { number: session.number, lastAccessAt },
    { number: other.session.number, lastAccessAt },
  ]);
  await parts.restart();
  clock.advance(16 * minute);
  await parts.housekeeper.tidy();
  assert.notEqual(await parts.deathOf(token), undefined);
  assert.equal(await parts.isLive(other.token), true, 'P4: the late access of another user counts');
});

it('P2: a limit of sessions counts a session whose last access is not written yet', async (t) => {
  const { registry, clock } = await openParts(t);
  const rule = { sessionLimit: { kind: 'refuse', max: 1, per: 'user' } } as const;
  await registry.policies.set({ kind: 'default' }, rule, anOrigin, clock.now());
  const { token } = await registry.register(aRegistration());
  clock.advance(20 * minute);
  await registry.check(token);
  clock.advance(11 * minute);
  await assert.rejects(registry.register(aRegistration()), { code: 'session_limit_reached' });
});

it('P4: a repeated registration finds its session live although the last access is not written yet', async (t) => {
  const { registry, clock } = await openParts(t);
  const idempotency = { key: Buffer.alloc(32, 1), request: Buffer.alloc(32, 2) };
  const { token, session } = await registry.register(aRegistration({ idempotency }));
  clock.advance(20 * minute);
  await registry.check(token);
  clock.advance(11 * minute);
  const repeat = await registry.register(aRegistration({ idempotency }));
  assert.deepEqual([repeat.repeated, repeat.session.id], [true, session.id]);
});

it('P4: a session in use stays live although none of its accesses could be written for longer than its limit', async (t) => {
  const parts = await openParts(t);
  const { registry, housekeeper, clock } = parts;
  const { token } = await registry.register(aRegistration());
  const unused = await registry.register(aRegistration());
  // As on a full disk: the background work does not come to write anything for an hour.
  for (let minutes = 0; minutes < 60; minutes += 10) {
    clock.advance(10 * minute);
    assert.equal((await registry.check(token)).live, true);
  }
  await housekeeper.tidy();
  assert.equal(await parts.isLive(token), true);
  assert.equal(await parts.deathOf(unused.token), 'idle');
  await parts.restart();
  assert.equal(await parts.isLive(token), true);
});
