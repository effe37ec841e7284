import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Pulse, Refusal } from '../../../src/session/store.ts';
import { minute } from '../../support/manual-clock.ts';
import { type OpenStore, part, type Stage } from './stage.ts';

/** How the realm of a case fares, and what is new after a session's number. */
function pulse(on: Stage, after = 0): Promise<Pulse> {
  return on.store.pulse({ realm: on.realm, after, now: on.now });
}

/** So many refused uses of a session now. */
function used(on: Stage, number: number, count: number, ip = '192.0.2.1'): Refusal {
  return { number, ip, count, firstAt: on.now, lastAt: on.now };
}

/** What watchers count: live sessions, new ones, and uses of ended ones. */
export function pulsingPart(open: OpenStore): void {
  part('the pulse', open, (stage) => {
    it('counts what is live, what was registered after a number, and refused uses', async () => {
      const on = stage();
      assert.deepEqual(
        { ...(await pulse(on)), newest: 0 },
        { live: 0, registered: 0, newest: 0, refused: 0 },
      );
      const first = await on.signIn();
      const second = await on.signIn({ idleTimeoutMs: minute });
      const third = await on.signIn();
      assert.deepEqual(await pulse(on, first.number), {
        live: 3,
        registered: 2,
        newest: third.number,
        refused: 0,
      });
      assert.deepEqual(await pulse(on, third.number), {
        live: 3,
        registered: 0,
        newest: third.number,
        refused: 0,
      });
      await on.cut({ sessionIds: [first.id] });
      on.clock.advance(minute);
      await on.store.addRefusals([used(on, first.number, 4), used(on, second.number, 1)]);
      await on.store.addRefusals([used(on, first.number, 2, '2001:db8::1')]);
      assert.deepEqual(await pulse(on, third.number), {
        live: 1,
        registered: 0,
        newest: third.number,
        refused: 7,
      });
    });

    it('of one realm holds nothing of another, and that of all holds both', async () => {
      const on = stage();
      const other = on.elsewhere();
      const before = await on.store.pulse({ after: 0, now: on.now });
      const [here] = await on.signInMany(2);
      const there = await other.signIn();
      assert.ok(here !== undefined);
      await on.store.addRefusals([used(on, here.number, 1), used(on, there.number, 10)]);
      const [own, others] = [await pulse(on), await pulse(other)];
      assert.deepEqual([own.live, own.registered, own.refused], [2, 2, 1]);
      assert.deepEqual([others.live, others.registered, others.refused], [1, 1, 10]);
      const all = await on.store.pulse({ after: before.newest, now: on.now });
      assert.deepEqual([all.live - before.live, all.registered, all.refused - before.refused], [3, 3, 11]);
    });

    it('of a realm that is not known is empty', async () => {
      const { live, registered, refused } = await stage().store.pulse({ realm: 'none', after: 0, now: 1 });
      assert.deepEqual([live, registered, refused], [0, 0, 0]);
    });

    it('does not count as live what a cut has named and no sweep has marked', async () => {
      const on = stage();
      await on.signInMany(3);
      await on.cut({ ip: '0.0.0.0/0' });
      await on.cut({ username: 'ann' });
      assert.equal((await pulse(on)).live, 0);
    });
  });

  part('refused uses since a revocation', open, (stage) => {
    it('are those of the sessions that it ended, and of no other', async () => {
      const on = stage();
      const ann = await on.signInMany(2);
      const bob = await on.signIn({ username: 'bob' });
      const out = await on.signIn({ username: 'out' });
      const one = (await on.cut({ username: 'ann' })).revocation.seq;
      const two = (await on.cut({ username: 'bob' })).revocation.seq;
      const empty = (await on.cut({ username: 'nobody' })).revocation.seq;
      await on.store.end({ id: out.id, reason: 'logged_out', now: on.now });
      assert.deepEqual(await on.store.refusedSince([one, two, empty]), [0, 0, 0]);
      await on.store.addRefusals([
        ...ann.map(({ number }) => used(on, number, 3)),
        used(on, bob.number, 5),
        used(on, out.number, 100),
      ]);
      await on.store.addRefusals([used(on, bob.number, 1, '2001:db8::1')]);
      assert.deepEqual(await on.store.refusedSince([one, two, empty]), [6, 6, 0]);
      assert.deepEqual(await on.store.refusedSince([two, 999_999, one]), [6, 0, 6]);
      assert.deepEqual(await on.store.refusedSince([]), []);
      await on.sweepAll();
      assert.deepEqual(await on.store.refusedSince([one, two, empty]), [6, 6, 0]);
    });

    it('count while a large cut is not swept yet, each for the cut that was first', async () => {
      const on = stage();
      const ip = '10.1.2.3';
      const many = await on.signInMany(1100, (index) => ({ username: `user ${index}`, client: { ip } }));
      const idle = await on.signIn({ username: 'idle', client: { ip }, idleTimeoutMs: minute });
      on.clock.advance(minute);
      const first = (await on.cut({ ip: '10.1.2.0/24' })).revocation;
      assert.equal(first.matched, 1100);
      const second = (await on.cut({ all: true })).revocation.seq;
      await on.store.addRefusals([
        ...[0, 500, 1099].map((index) => used(on, many[index]?.number ?? 0, 2)),
        used(on, idle.number, 50),
      ]);
      assert.deepEqual(await on.store.refusedSince([first.seq, second]), [6, 0]);
      await on.store.sweep(on.now);
      assert.deepEqual(await on.store.refusedSince([first.seq, second]), [6, 0]);
      await on.sweepAll();
      assert.deepEqual(await on.store.refusedSince([first.seq, second]), [6, 0]);
    });

    it('go with the sessions when these are deleted', async () => {
      const on = stage();
      const { number } = await on.signIn();
      const { seq } = (await on.cut()).revocation;
      await on.store.addRefusals([used(on, number, 3)]);
      await on.sweepAll();
      for (let more = true; more; ) ({ more } = await on.store.purge(on.now + 1));
      assert.deepEqual(await on.store.refusedSince([seq]), [0]);
    });
  });
}
