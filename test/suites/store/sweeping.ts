import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Selector } from '../../../src/session/selector.ts';
import type { RegisterCommand, StoredSession } from '../../../src/session/store.ts';
import { hour, minute, second } from '../../support/manual-clock.ts';
import { toRevoke } from '../../support/sessions.ts';
import { type OpenStore, part, type Stage, same } from './stage.ts';

/** More than a store marks at once. */
const crowd = 1100;

/** A crowd of `ann` with one `bob` among it, and the orders that registered the first, one in the midst, and `bob`. */
async function aCrowd(
  on: Stage,
): Promise<{ sessions: StoredSession[]; some: RegisterCommand[]; bob: RegisterCommand }> {
  const some = [await on.order({ app: 'mail' }), await on.order({ app: 'mail' })];
  const bob = await on.order({ username: 'bob', app: 'mail' });
  await on.store.register(some[0] as RegisterCommand);
  const sessions = await on.signInMany(crowd - 2, (index) => ({
    createdAt: on.now + 1 + (index >> 2),
    app: 'mail',
  }));
  await on.store.register(some[1] as RegisterCommand);
  await on.store.register(bob);
  on.clock.advance(second);
  return { sessions, some, bob };
}

/** A cut of more sessions than are marked at once. */
export function sweepingPart(open: OpenStore): void {
  part('a large cut', open, (stage) => {
    it('counts exactly and gives the 1,000 newest, as they ended', async () => {
      const on = stage();
      await aCrowd(on);
      const expected = await on.list(on.query({ username: 'ann' }));
      const { revocation, sessions } = await on.cut({ username: 'ann' });
      const ended = { at: on.now, reason: 'revoked', revocation: revocation.seq } as const;
      assert.equal(revocation.matched, crowd);
      assert.equal(sessions.length, 1000);
      for (const [index, session] of sessions.entries()) {
        same(session, { ...(expected[index] as StoredSession), ended });
      }
    });

    it('is told with as many sessions as are asked for, and ends all the same', async () => {
      const on = stage();
      await on.sweepAll();
      await aCrowd(on);
      const newest = (await on.list(on.query({ username: 'ann' }))).slice(0, 3).map(({ id }) => id);
      const none = await on.cut({ username: 'bob' }, { tell: 0 });
      assert.equal(none.revocation.matched, 1);
      const few = await on.cut({ username: 'ann' }, { tell: 3 });
      assert.equal(few.revocation.matched, crowd);
      assert.deepEqual(
        few.sessions.map(({ id }) => id),
        newest,
      );
      await aCrowd(on);
      const wide = await on.cut({ username: 'ann' }, { tell: 0 });
      assert.deepEqual([wide.revocation.matched, wide.sessions.length], [crowd, 0]);
      assert.deepEqual(await on.list(on.query({ username: 'ann' })), []);
    });

    it('is told whole though other cuts and endings are carried out with it', async () => {
      const on = stage();
      await on.sweepAll();
      await aCrowd(on);
      const [first, second, third] = (await on.list(on.query({ username: 'ann' }))).map(({ id }) => id);
      const { now } = on;
      const ended = on.store.end({ id: second as string, reason: 'logged_out', now });
      const narrow = on.cut({ sessionIds: [first as string] });
      const wide = await on.cut({ username: 'ann' });
      assert.deepEqual(
        (await narrow).sessions.map(({ id }) => id),
        [first],
      );
      assert.equal((await ended)?.id, second);
      assert.equal(wide.revocation.matched, crowd - 2);
      assert.equal(wide.sessions.length, 1000);
      assert.equal(wide.sessions[0]?.id, third);
      const told = new Set(wide.sessions.map(({ id }) => id));
      const { sessions } = await on.store.list({
        ...on.query(undefined, { state: 'ended', revocation: wide.revocation.seq }),
        limit: 1000,
      });
      assert.deepEqual(new Set(sessions.map(({ id }) => id)), told);
      assert.ok(wide.sessions.every((session) => session.ended?.revocation === wide.revocation.seq));
    });

    it('is final for every question before any sweep, and stays so while the sweep runs (P1)', async () => {
      const on = stage();
      await on.sweepAll();
      const { some, bob } = await aCrowd(on);
      const first = some[0]?.session.id as string;
      const { revocation } = await on.cut({ username: 'ann' });
      const ended = { at: revocation.at, reason: 'revoked', revocation: revocation.seq } as const;
      on.clock.advance(second);
      const assertDead = async () => {
        for (const { tokenHash, session } of some) {
          assert.equal(await on.passes(tokenHash), false);
          same(await on.present(session.id), { ...session, ended });
        }
        assert.deepEqual(await on.ids(), [bob.session.id]);
        assert.deepEqual(await on.list(on.query({ username: 'ann' })), []);
        assert.deepEqual(await on.list(on.query({ username: 'ann', sessionIds: [first] })), []);
        assert.equal((await on.store.summarise({ realm: on.realm, all: true }, on.now)).count, 1);
        const gone = await on.list(on.query({ app: 'mail' }, { state: 'ended' }));
        assert.equal(gone.length, crowd);
        assert.ok(gone.every((session) => session.ended?.revocation === revocation.seq));
        assert.equal((await on.list(on.query(undefined, { state: 'any' }))).length, crowd + 1);
      };
      await assertDead();
      let more = true;
      let swept = 0;
      for (let slice = 0; more; slice++) {
        const result = await on.store.sweep(on.now);
        swept += result.rows;
        more = result.more;
        if (slice % 3 === 0) await assertDead();
        const [entry] = await on.store.revocations({ after: revocation.seq - 1, limit: 1 });
        assert.equal(entry?.swept, swept);
        assert.equal(entry?.sweptAt, more ? null : on.now);
        assert.deepEqual(result.completed, more ? [] : [revocation.seq]);
      }
      assert.equal(swept, crowd);
      await assertDead();
      for (const { tokenHash, session } of some) {
        same((await on.store.lookup(tokenHash)).session, { ...session, ended });
      }
    });

    it('spares those who sign in after it, before and after the sweep (P4)', async () => {
      const on = stage();
      await aCrowd(on);
      await on.cut();
      const orders = [
        await on.order({ app: 'mail' }),
        await on.order({ app: 'mail', createdAt: on.now - minute }),
      ];
      for (const order of orders) await on.store.register(order);
      for (const swept of [false, true]) {
        if (swept) await on.sweepAll();
        for (const order of orders) assert.equal(await on.passes(order.tokenHash), true);
        assert.equal((await on.list()).length, 2);
      }
    });

    it('is seen by the cuts after it: nobody is hit twice', async () => {
      const on = stage();
      await on.sweepAll();
      const { bob } = await aCrowd(on);
      const first = await on.cut({ username: 'ann' });
      const second = await on.cut({ app: 'mail' });
      const third = await on.cut({ app: 'mail' });
      assert.deepEqual([second.revocation.matched, third.revocation.matched], [1, 0]);
      assert.deepEqual(
        second.sessions.map(({ id }) => id),
        [bob.session.id],
      );
      assert.equal(await on.sweepAll(), crowd);
      const endedBy = (revocation: number) =>
        on.store.count(on.query(undefined, { state: 'ended', revocation }));
      assert.deepEqual(
        [await endedBy(first.revocation.seq), await endedBy(second.revocation.seq)],
        [crowd, 1],
      );
    });

    it('after another large one, both unswept, leaves to each what it ended', async () => {
      const on = stage();
      await on.sweepAll();
      await aCrowd(on);
      const first = await on.cut();
      await aCrowd(on);
      const second = await on.cut();
      assert.deepEqual([first.revocation.matched, second.revocation.matched], [crowd + 1, crowd + 1]);
      const endedBy = (revocation: number) => on.list(on.query(undefined, { state: 'ended', revocation }));
      for (const swept of [false, true]) {
        if (swept) assert.equal(await on.sweepAll(), 2 * crowd + 2);
        for (const { revocation } of [first, second]) {
          assert.equal((await endedBy(revocation.seq)).length, crowd + 1);
        }
        assert.deepEqual(await on.list(), []);
      }
    });

    it('leaves those alone that had idled out before it, though nobody had marked them', async () => {
      const on = stage();
      await on.sweepAll();
      const idle = await on.signIn({ idleTimeoutMs: minute });
      const idleAt = on.now + minute;
      on.clock.advance(2 * minute);
      await aCrowd(on);
      const { revocation } = await on.cut();
      assert.equal(revocation.matched, crowd + 1);
      assert.equal(await on.sweepAll(), crowd + 1);
      assert.deepEqual((await on.present(idle.id)).ended, { at: idleAt, reason: 'idle' });
      await on.expireAll();
      assert.deepEqual((await on.present(idle.id)).ended, { at: idleAt, reason: 'idle' });
    });

    it('leaves those alone whose limit passes in the very instant of the cut, before and after the sweep', async () => {
      const on = stage();
      await on.sweepAll();
      const idle = await on.signIn({ idleTimeoutMs: minute });
      const expired = await on.signIn({ idleTimeoutMs: null, expiresAt: on.now + minute });
      on.clock.advance(minute);
      await on.signInMany(crowd);
      const { revocation } = await on.cut();
      assert.equal(revocation.matched, crowd);
      const assertEnded = async () => {
        assert.deepEqual((await on.present(idle.id)).ended, { at: on.now, reason: 'idle' });
        assert.deepEqual((await on.present(expired.id)).ended, { at: on.now, reason: 'expired' });
      };
      await assertEnded();
      assert.equal(await on.sweepAll(), crowd);
      await assertEnded();
      await on.expireAll();
      await assertEnded();
    });

    it('ordered with a clock that is behind the ledger judges limits at the instant it is written with', async () => {
      const on = stage();
      await on.sweepAll();
      const order = on.now;
      on.clock.advance(hour);
      await on.cut({ username: 'nobody' });
      await on.signInMany(crowd);
      const idle = await on.signIn({ createdAt: order, lastAccessAt: order, idleTimeoutMs: minute });
      const { revocation } = await on.cut(undefined, { now: order + 1 });
      assert.deepEqual([revocation.at, revocation.matched], [on.now, crowd]);
      assert.equal(await on.sweepAll(), crowd);
      assert.equal((await on.present(idle.id)).ended?.reason, 'idle');
    });

    it('keeps its claim on those that idle out after it and before the sweep', async () => {
      const on = stage();
      await on.sweepAll();
      await on.signInMany(crowd, () => ({ idleTimeoutMs: hour, expiresAt: on.now + 2 * hour }));
      const { revocation } = await on.cut();
      on.clock.advance(3 * hour);
      await on.expireAll();
      const assertRevoked = async () => {
        const ended = await on.list(on.query(undefined, { state: 'ended' }));
        assert.equal(ended.length, crowd);
        for (const session of ended) {
          assert.deepEqual(session.ended, {
            at: revocation.at,
            reason: 'revoked',
            revocation: revocation.seq,
          });
        }
      };
      await assertRevoked();
      assert.equal(await on.sweepAll(), crowd);
      await assertRevoked();
    });

    it('does not keep others from being marked as idle meanwhile', async () => {
      const on = stage();
      await on.signInMany(crowd, () => ({ idleTimeoutMs: minute }));
      await on.cut();
      const idle = await on.signInMany(5, () => ({ username: 'bob', idleTimeoutMs: 2 * minute }));
      on.clock.advance(2 * minute);
      await on.sweepAll();
      await on.expireAll();
      for (const { id } of idle) assert.equal((await on.present(id)).ended?.reason, 'idle');
      assert.equal((await on.store.statistics(on.now)).unswept, 0);
    });

    for (const [name, selector, newWords] of [
      ['rights', { adminId: 7 }, (n: number) => ({ adminIds: [7, 100 + n] })],
      [
        'providers',
        { provider: { type: 'basic' } },
        (n: number) => ({ provider: { type: 'basic', name: `new ${n}` } }),
      ],
      ['apps', { app: 'mail', realm: undefined }, (n: number) => ({ realm: `new ${n}`, app: 'mail' })],
    ] as const) {
      it(`is swept to its end though new ${name} come into use that it would name (P1)`, async () => {
        const on = stage();
        await on.sweepAll();
        // Some bear words that came into use first, so that the sweep has got past these when the new ones come.
        const first = await on.signInMany(3, newWords);
        const dead = [...first, ...(await on.signInMany(crowd, () => ({ adminIds: [7], app: 'mail' })))];
        const order = toRevoke({ realm: on.realm, ...selector } as Selector, { now: on.now });
        const outcome = await on.store.revoke(order);
        assert.ok(outcome.kind === 'revoked');
        for (let n = 0; n < 60; n++) {
          if (n % 15 === 0) await on.store.sweep(on.now);
          await on.signIn(newWords(3 + n));
        }
        assert.ok((await on.sweepAll()) > 0);
        const [entry] = await on.store.revocations({ limit: 1 });
        assert.equal(entry?.swept, outcome.revocation.matched);
        for (const { id } of dead) assert.equal((await on.present(id)).ended?.reason, 'revoked');
      });
    }

    const conditions: [name: string, selector: Selector][] = [
      ['a user', { username: 'ann' }],
      ['a subject', { subject: 'ann' }],
      ['a provider', { provider: { type: 'basic' } }],
      ["a provider's session", { providerSession: 'sid-1' }],
      ['a right', { accessGroup: 'read' }],
      ['an administrator', { adminId: 7 }],
      ['an app', { app: 'mail' }],
      ['a network', { ip: '10.0.0.0/8' }],
      ['a range of time', { createdFrom: '2030-01-01T00:00:00Z' }],
      ['a version', { providerConfigVersionBelow: 1 }],
    ];
    for (const [name, selector] of conditions) {
      it(`by ${name} sweeps exactly its own`, async () => {
        const on = stage();
        await on.sweepAll();
        const other = on.elsewhere();
        const changes = {
          providerSession: 'sid-1',
          accessGroups: ['read'],
          adminIds: [7],
          app: 'mail',
          client: { ip: '10.1.2.3' },
        };
        await other.signIn(changes);
        const spared = await on.signIn({
          username: 'bob',
          subject: 'bob',
          provider: { type: 'saml', name: 'corp' },
          createdAt: Date.UTC(2029, 0, 1),
          lastAccessAt: on.now,
          expiresAt: null,
          providerConfigVersion: 1,
        });
        await on.signInMany(crowd, () => changes);
        const { revocation } = await on.cut(selector);
        assert.equal(revocation.matched, crowd);
        assert.equal(await on.sweepAll(), crowd);
        assert.deepEqual(await on.ids(), [spared.id]);
        assert.equal((await other.list()).length, 1);
      });
    }
  });
}
