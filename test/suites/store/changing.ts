import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import type { NewSession, StoredSession } from '../../../src/session/store.ts';
import { hour, iso, minute, second } from '../../support/manual-clock.ts';
import { type OpenStore, part, type Stage, same } from './stage.ts';

/** Ways for a session to die, after which nothing may write to it. */
const deaths: [
  how: string,
  changes: Partial<NewSession>,
  die: (on: Stage, session: StoredSession) => Promise<unknown>,
][] = [
  ['was logged out', {}, (on, { id }) => on.store.end({ id, reason: 'logged_out', now: on.now })],
  ['was revoked', {}, (on, { id }) => on.cut({ sessionIds: [id] })],
  ['was displaced', {}, (on) => on.signIn({}, { limit: { kind: 'displace', max: 1, per: 'user' } })],
  ['has idled out', { idleTimeoutMs: minute }, async (on) => on.clock.advance(minute)],
  ['has expired', { idleTimeoutMs: null }, async (on) => on.clock.advance(72 * hour)],
  [
    'has idled out and was marked so',
    { idleTimeoutMs: minute },
    async (on) => {
      on.clock.advance(minute);
      await on.expireAll();
    },
  ],
  [
    'is named by a large cut that is not swept yet',
    {},
    async (on) => {
      await on.signInMany(1050, () => ({ username: 'crowd' }));
      await on.cut();
    },
  ],
];

/** Touch, update and end write to live rows only. */
export function changingPart(open: OpenStore): void {
  part('a touch', open, (stage) => {
    it('moves the last access forward, and with it the idle end', async () => {
      const on = stage();
      const { id, number, lastAccessAt } = await on.signIn({ idleTimeoutMs: 10 * minute });
      on.clock.advance(9 * minute);
      await on.store.touch([{ number, lastAccessAt: on.now }], on.now);
      assert.equal((await on.present(id)).lastAccessAt, lastAccessAt + 9 * minute);
      on.clock.advance(10 * minute - 1);
      assert.equal((await on.present(id)).ended, undefined);
      on.clock.advance(1);
      assert.deepEqual((await on.present(id)).ended, { at: on.now, reason: 'idle' });
    });

    it('never moves it back', async () => {
      const on = stage();
      const { id, number } = await on.signIn();
      on.clock.advance(2 * minute);
      await on.store.touch([{ number, lastAccessAt: on.now }], on.now);
      await on.store.touch([{ number, lastAccessAt: on.now - minute }], on.now);
      assert.equal((await on.present(id)).lastAccessAt, on.now);
    });

    it('does not move the absolute end', async () => {
      const on = stage();
      const { id, number } = await on.signIn({ expiresAt: on.now + hour, idleTimeoutMs: 50 * minute });
      on.clock.advance(40 * minute);
      await on.store.touch([{ number, lastAccessAt: on.now }], on.now);
      on.clock.advance(20 * minute);
      assert.deepEqual((await on.present(id)).ended, { at: on.now, reason: 'expired' });
    });

    it('of many sessions reaches each of them, and of unknown ones none', async () => {
      const on = stage();
      const made = await on.signInMany(300);
      on.clock.advance(second);
      const touches = made.map(({ number }, index) => ({ number, lastAccessAt: on.now - (index % 100) }));
      await on.store.touch([{ number: 10 ** 12, lastAccessAt: on.now }, ...touches], on.now);
      const listed = new Map((await on.list()).map((session) => [session.number, session.lastAccessAt]));
      for (const { number, lastAccessAt } of touches) assert.equal(listed.get(number), lastAccessAt);
    });

    it('is seen by a look-up once it was acknowledged', async () => {
      const on = stage();
      const order = await on.order();
      await on.store.register(order);
      const number = (await on.store.lookup(order.tokenHash)).session?.number as number;
      for (let round = 1; round <= 50; round++) {
        on.clock.advance(1);
        await on.store.touch([{ number, lastAccessAt: on.now }], on.now);
        assert.equal((await on.store.lookup(order.tokenHash)).session?.lastAccessAt, on.now);
      }
    });

    it('that is written late counts if the session was live when it was used', async () => {
      const on = stage();
      const { id, number } = await on.signIn({ idleTimeoutMs: minute });
      const usedAt = on.now + minute - 1;
      on.clock.advance(minute + second);
      await on.store.touch([{ number, lastAccessAt: usedAt }], on.now);
      assert.equal((await on.present(id)).ended, undefined);
    });

    it('that is written late does not save a session from a cut that was made meanwhile (P1)', async () => {
      const on = stage();
      const { id, number } = await on.signIn({ idleTimeoutMs: minute });
      const usedAt = on.now + minute - 1;
      on.clock.advance(minute + second);
      await on.cut();
      on.clock.advance(second);
      await on.store.touch([{ number, lastAccessAt: usedAt }], on.now);
      assert.notEqual((await on.present(id)).ended, undefined);
      assert.deepEqual(await on.list(), []);
    });

    for (const [how, changes, die] of deaths) {
      it(`leaves a session alone that ${how} (P2)`, async () => {
        const on = stage();
        const session = await on.signIn(changes);
        await die(on, session);
        const dead = await on.present(session.id);
        assert.notEqual(dead.ended, undefined);
        on.clock.advance(1);
        await on.store.touch([{ number: session.number, lastAccessAt: on.now }], on.now);
        same(await on.present(session.id), dead);
        await on.sweepAll();
        await on.expireAll();
        same(await on.present(session.id), dead);
      });
    }

    it('is carried out before a cut that is ordered after it, without waiting for it', async () => {
      const on = stage();
      const [spared, hit] = (await on.signInMany(2)) as [StoredSession, StoredSession];
      on.clock.advance(minute);
      const touched = on.store.touch([{ number: spared.number, lastAccessAt: on.now }], on.now);
      const { sessions } = await on.cut({ lastAccessTo: iso(on.now) });
      await touched;
      assert.deepEqual(
        sessions.map(({ id }) => id),
        [hit.id],
      );
      assert.deepEqual(await on.ids(), [spared.id]);
    });
  });

  part('an update', open, (stage) => {
    it('replaces what it names, moves the last access, and leaves the rest', async () => {
      const on = stage();
      const session = await on.signIn({
        accessGroups: ['read'],
        adminIds: [1],
        attributes: { a: '1' },
        app: 'mail',
      });
      on.clock.advance(minute);
      const changed = { accessGroups: ['volumes', 'write'], adminIds: [], attributes: { b: '2' } };
      const updated = await on.store.update({ id: session.id, now: on.now, ...changed });
      assert.ok(updated !== undefined);
      same(updated, { ...session, ...changed, lastAccessAt: on.now, epoch: updated.epoch });
      same(await on.present(session.id), updated);
    });

    for (const [field, value] of [
      ['accessGroups', ['volumes']],
      ['adminIds', [9]],
      ['attributes', { b: '2' }],
    ] as const) {
      it(`of ${field} leaves the other fields as they were`, async () => {
        const on = stage();
        const session = await on.signIn({ accessGroups: ['read'], adminIds: [1], attributes: { a: '1' } });
        const updated = await on.store.update({ id: session.id, now: on.now, [field]: value });
        same(updated, { ...session, [field]: value });
        const order = on.query(field === 'accessGroups' ? { accessGroup: 'read' } : { all: true });
        assert.equal((await on.list(order)).length, field === 'accessGroups' ? 0 : 1);
      });
    }

    it('of nothing moves the last access alone, never back', async () => {
      const on = stage();
      const session = await on.signIn();
      on.clock.advance(minute);
      same(await on.store.update({ id: session.id, now: on.now }), { ...session, lastAccessAt: on.now });
      const earlier = await on.store.update({ id: session.id, now: on.now - second });
      assert.equal(earlier?.lastAccessAt, on.now);
    });

    it('of an id that nobody has gives nothing', async () => {
      const on = stage();
      assert.equal(await on.store.update({ id: randomUUID(), now: on.now }), undefined);
    });

    for (const [how, changes, die] of deaths) {
      it(`leaves a session alone that ${how} (P2)`, async () => {
        const on = stage();
        const session = await on.signIn(changes);
        await die(on, session);
        const dead = await on.present(session.id);
        const change = { accessGroups: ['administrator'], adminIds: [1], attributes: { a: '1' } };
        assert.equal(await on.store.update({ id: session.id, now: on.now, ...change }), undefined);
        same(await on.present(session.id), dead);
      });
    }

    for (const [right, selector, gained] of [
      ['an access group', { accessGroup: 'volumes' }, { accessGroups: ['volumes'] }],
      ['an administrator', { adminId: 7 }, { adminIds: [7] }],
    ] as const) {
      for (const crowd of [0, 1050]) {
        it(`that brings ${right} does not fall under an earlier cut of ${crowd} sessions by it (P4)`, async () => {
          const on = stage();
          await on.sweepAll();
          const order = await on.order();
          await on.store.register(order);
          await on.signInMany(crowd, () => ({ username: 'crowd', accessGroups: ['volumes'], adminIds: [7] }));
          await on.cut(selector);
          await on.store.update({ id: order.session.id, now: on.now, ...gained });
          const assertLive = async () => {
            assert.equal(await on.passes(order.tokenHash), true);
            assert.deepEqual(await on.ids(), [order.session.id]);
            assert.equal((await on.present(order.session.id)).ended, undefined);
          };
          await assertLive();
          assert.equal(await on.sweepAll(), crowd);
          await assertLive();
          // A later cut by the same right does reach it.
          assert.equal((await on.cut(selector)).revocation.matched, 1);
        });
      }
    }
  });

  part('ending a session', open, (stage) => {
    it('gives it back as it ended, and so does everybody else', async () => {
      const on = stage();
      const order = await on.order();
      await on.store.register(order);
      on.clock.advance(minute);
      const ended = { at: on.now, reason: 'logged_out' } as const;
      const session = await on.store.end({ id: order.session.id, reason: 'logged_out', now: on.now });
      same(session, { ...order.session, ended });
      same(await on.present(order.session.id), { ...order.session, ended });
      same((await on.store.lookup(order.tokenHash)).session, { ...order.session, ended });
      assert.equal(await on.passes(order.tokenHash), false);
      assert.deepEqual(await on.list(), []);
    });

    it('of an id that nobody has gives nothing', async () => {
      const on = stage();
      assert.equal(await on.store.end({ id: randomUUID(), reason: 'logged_out', now: on.now }), undefined);
    });

    it('happens once, when several ask for it at the same time', async () => {
      const on = stage();
      const { id } = await on.signIn();
      const order = { id, reason: 'logged_out', now: on.now } as const;
      const answers = await Promise.all(Array.from({ length: 8 }, () => on.store.end(order)));
      assert.equal(answers.filter((answer) => answer !== undefined).length, 1);
    });

    for (const [how, changes, die] of deaths) {
      it(`that ${how} changes nothing`, async () => {
        const on = stage();
        const session = await on.signIn(changes);
        await die(on, session);
        const dead = await on.present(session.id);
        on.clock.advance(1);
        assert.equal(await on.store.end({ id: session.id, reason: 'logged_out', now: on.now }), undefined);
        same(await on.present(session.id), dead);
      });
    }

    it('leaves all others alone', async () => {
      const on = stage();
      const [first, second, third] = (await on.signInMany(3)) as [
        StoredSession,
        StoredSession,
        StoredSession,
      ];
      await on.store.end({ id: second.id, reason: 'logged_out', now: on.now });
      assert.deepEqual(await on.ids(), [third.id, first.id]);
    });
  });
}
