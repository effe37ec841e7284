import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import type { Store } from '../../../src/session/store.ts';
import { hour, minute } from '../../support/manual-clock.ts';
import { type OpenStore, part, same } from './stage.ts';

async function purgeAll(store: Store, endedBefore: number): Promise<number> {
  let rows = 0;
  for (let slice = 0; slice < 10_000; slice++) {
    const result = await store.purge(endedBefore);
    rows += result.rows;
    if (!result.more) return rows;
  }
  assert.fail('purging never ends');
}

/** The background work, in slices. */
export function housekeepingPart(open: OpenStore): void {
  part('marking what has passed its limits', open, (stage) => {
    it('changes nothing that anybody can see but where it is kept', async () => {
      const on = stage();
      await on.signInMany(3, (index) => ({ idleTimeoutMs: (index + 1) * minute }));
      await on.signIn({ idleTimeoutMs: null, expiresAt: on.now + minute });
      const both = await on.signIn({ idleTimeoutMs: minute, expiresAt: on.now + minute });
      on.clock.advance(2 * minute);
      const query = on.query(undefined, { state: 'any' });
      const before = await on.list(query);
      assert.equal(await on.expireAll(), 4);
      const after = await on.list(query);
      assert.equal(after.length, 5);
      for (const [index, session] of after.entries()) same(session, before[index] as typeof session);
      assert.equal((await on.present(both.id)).ended?.reason, 'expired');
      assert.equal(await on.expireAll(), 0);
    });

    it('goes in slices until it is done', async () => {
      const on = stage();
      await on.signInMany(450, () => ({ idleTimeoutMs: minute }));
      on.clock.advance(minute);
      const first = await on.store.expire(on.now);
      assert.ok(first.rows > 0 && first.rows < 450 && first.more);
      await on.expireAll();
      const ended = await on.list(on.query(undefined, { state: 'ended' }));
      assert.equal(ended.filter((session) => session.ended?.reason === 'idle').length, 450);
      assert.equal(await on.expireAll(), 0);
    });

    it('does not touch a session a millisecond before its end', async () => {
      const on = stage();
      const { id } = await on.signIn({ idleTimeoutMs: minute });
      on.clock.advance(minute - 1);
      assert.equal(await on.expireAll(), 0);
      assert.equal((await on.present(id)).ended, undefined);
    });
  });

  part('a sweep', open, (stage) => {
    it('has nothing to do when there is no large cut', async () => {
      const on = stage();
      await on.signIn();
      await on.cut();
      assert.deepEqual(await on.store.sweep(on.now), { rows: 0, more: false, completed: [] });
    });
  });

  part('purging', open, (stage) => {
    it('deletes what ended before the instant, and nothing else', async () => {
      const on = stage();
      const out = await on.order({ username: 'out' });
      const idle = await on.order({ username: 'idle', idleTimeoutMs: minute });
      const cut = await on.order({ username: 'cut' });
      const live = await on.order({ username: 'live', idleTimeoutMs: null, expiresAt: null });
      for (const order of [out, idle, cut, live]) await on.store.register(order);
      await on.cut({ username: 'cut' });
      await on.store.end({ id: out.session.id, reason: 'logged_out', now: on.now });
      on.clock.advance(minute);
      const limit = on.now + 1;
      await on.expireAll();
      on.clock.advance(hour);
      const late = await on.signIn();
      await on.store.end({ id: late.id, reason: 'logged_out', now: on.now });
      assert.equal(await purgeAll(on.store, limit), 3);
      for (const { session, tokenHash } of [out, idle, cut]) {
        assert.equal(await on.store.find(session.id, on.now), undefined);
        assert.equal((await on.store.lookup(tokenHash)).session, undefined);
      }
      const any = on.query(undefined, { state: 'any' });
      assert.deepEqual(await on.ids(any), [late.id, live.session.id]);
    });

    it('keeps what ended at the instant itself', async () => {
      const on = stage();
      const { id } = await on.signIn();
      await on.store.end({ id, reason: 'logged_out', now: on.now });
      await purgeAll(on.store, on.now);
      assert.equal((await on.present(id)).ended?.at, on.now);
      await purgeAll(on.store, on.now + 1);
      assert.equal(await on.store.find(id, on.now), undefined);
    });

    it('goes in slices until it is done', async () => {
      const on = stage();
      const made = await on.signInMany(350);
      for (const { id } of made) await on.store.end({ id, reason: 'logged_out', now: on.now });
      const first = await on.store.purge(on.now + 1);
      assert.ok(first.rows > 0 && first.rows < 350 && first.more);
      assert.equal(first.rows + (await purgeAll(on.store, on.now + 1)), 350);
      assert.deepEqual(await on.list(on.query(undefined, { state: 'any' })), []);
    });

    it('leaves the ledger whole', async () => {
      const on = stage();
      await on.signIn();
      const { revocation } = await on.cut();
      const head = await on.store.head();
      await purgeAll(on.store, on.now + 1);
      assert.deepEqual(await on.store.head(), head);
      assert.equal((await on.store.revocations({ limit: 1 }))[0]?.hash, revocation.hash);
    });

    it('never gives the number of a session to another', async () => {
      const on = stage();
      const { id, number } = await on.signIn();
      await on.store.end({ id, reason: 'logged_out', now: on.now });
      await purgeAll(on.store, on.now + 1);
      assert.ok((await on.signIn()).number > number);
    });

    it('forgets idempotency keys that are as old', async () => {
      const on = stage();
      const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
      const idempotency = { key: hash(on.realm), request: hash('a request') };
      const { id } = await on.signIn({}, { idempotency });
      await on.store.end({ id, reason: 'logged_out', now: on.now });
      assert.equal((await on.store.register(await on.order({}, { idempotency }))).kind, 'repeated_ended');
      await purgeAll(on.store, on.now + 1);
      assert.equal((await on.store.register(await on.order({}, { idempotency }))).kind, 'registered');
    });

    it('keeps idempotency keys for as long as is said, also when the session has gone', async () => {
      const on = stage();
      const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
      const idempotency = { key: hash(on.realm), request: hash('a request') };
      const { id } = await on.signIn({}, { idempotency });
      await on.store.end({ id, reason: 'logged_out', now: on.now });
      assert.equal((await on.store.purge(on.now + 1, on.now)).rows, 1);
      const again = await on.order({}, { idempotency: { ...idempotency, request: hash('another request') } });
      assert.equal((await on.store.register(again)).kind, 'key_reused');
      await on.store.purge(on.now + 1, on.now + 1);
      assert.equal((await on.store.register(again)).kind, 'registered');
    });

    it('takes the record of refused uses along', async () => {
      const on = stage();
      const { id, number } = await on.signIn();
      await on.store.addRefusals([{ number, ip: '192.0.2.1', count: 1, firstAt: on.now, lastAt: on.now }]);
      await on.store.end({ id, reason: 'logged_out', now: on.now });
      await purgeAll(on.store, on.now + 1);
      assert.deepEqual(await on.store.refusals(number), []);
    });
  });

  part('statistics', open, (stage) => {
    it('count live sessions exactly, and what is left to sweep', async () => {
      const on = stage();
      const atFirst = await on.store.statistics(on.now);
      assert.deepEqual([atFirst.live, atFirst.unswept], [0, 0]);
      await on.signInMany(1060);
      await on.elsewhere().signInMany(5);
      const [last] = await on.signInMany(1, () => ({ idleTimeoutMs: minute }));
      assert.equal((await on.store.statistics(on.now)).live, 1066);
      on.clock.advance(minute);
      assert.equal((await on.store.statistics(on.now)).live, 1065);
      await on.cut();
      const cut = await on.store.statistics(on.now);
      assert.deepEqual([cut.live, cut.unswept], [5, 1]);
      await on.sweepAll();
      const swept = await on.store.statistics(on.now);
      assert.deepEqual([swept.live, swept.unswept], [5, 0]);
      assert.ok(swept.sizeBytes > atFirst.sizeBytes);
      assert.equal((await on.present(last?.id as string)).ended?.reason, 'idle');
    });
  });
}
