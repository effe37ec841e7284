import assert from 'node:assert/strict';
import { it } from 'node:test';
import { minute } from '../../support/manual-clock.ts';
import { type OpenStore, part, type Stage } from './stage.ts';

const mark = 'sample';

async function eraseAll(on: Stage, accessGroup = mark): Promise<number> {
  let rows = 0;
  for (let slice = 0; slice < 10_000; slice++) {
    const result = await on.store.erase(on.realm, accessGroup);
    rows += result.rows;
    if (!result.more) return rows;
  }
  assert.fail('erasing never ends');
}

/** Deleting a part of a realm. */
export function erasingPart(open: OpenStore): void {
  part('erasing', open, (stage) => {
    it('deletes what bears the access group in the realm, live and ended, and nothing else', async () => {
      const on = stage();
      const other = on.elsewhere();
      const kept = [
        await on.signIn(),
        await on.signIn({ accessGroups: ['samples', 'staff'] }),
        await other.signIn({ accessGroups: [mark] }),
      ];
      const live = await on.order({ accessGroups: [mark] });
      const cut = await on.order({ accessGroups: ['aaa', mark], username: 'cut' });
      const idle = await on.order({ accessGroups: [mark, 'zzz'], idleTimeoutMs: minute });
      for (const order of [live, cut, idle]) await on.store.register(order);
      await on.cut({ username: 'cut' });
      on.clock.advance(minute);
      await on.expireAll();
      assert.equal(await eraseAll(on), 3);
      for (const { session, tokenHash } of [live, cut, idle]) {
        assert.equal(await on.store.find(session.id, on.now), undefined);
        assert.equal((await on.store.lookup(tokenHash)).session, undefined);
      }
      for (const { id } of kept) assert.equal((await on.present(id)).ended, undefined);
      assert.equal(await eraseAll(on), 0);
    });

    it('goes in slices until it is done', async () => {
      const on = stage();
      await on.signInMany(450, () => ({ accessGroups: [mark] }));
      const first = await on.store.erase(on.realm, mark);
      assert.ok(first.rows > 0 && first.rows < 450 && first.more);
      assert.equal(first.rows + (await eraseAll(on)), 450);
      assert.deepEqual(await on.list(on.query(undefined, { state: 'any' })), []);
    });

    it('takes a session that was just answered for out of every memory', async () => {
      const on = stage();
      const order = await on.order({ accessGroups: [mark] });
      await on.store.register(order);
      for (let time = 0; time < 3; time++) assert.equal(await on.passes(order.tokenHash), true);
      await eraseAll(on);
      assert.equal(await on.passes(order.tokenHash), false);
    });

    it('lets no touch, refresh or end bring a session back that is gone', async () => {
      const on = stage();
      const { id, number } = await on.signIn({ accessGroups: [mark] });
      await eraseAll(on);
      await on.store.touch([{ number, lastAccessAt: on.now + 1 }], on.now + 1);
      assert.equal(await on.store.update({ id, now: on.now + 1 }), undefined);
      assert.equal(await on.store.end({ id, reason: 'logged_out', now: on.now + 1 }), undefined);
      assert.equal(await on.store.find(id, on.now), undefined);
    });

    it('takes the record of refused uses along, and leaves the ledger whole', async () => {
      const on = stage();
      const { number } = await on.signIn({ accessGroups: [mark] });
      const { revocation } = await on.cut();
      await on.store.addRefusals([{ number, ip: '192.0.2.1', count: 1, firstAt: on.now, lastAt: on.now }]);
      const head = await on.store.head();
      await eraseAll(on);
      assert.deepEqual(await on.store.refusals(number), []);
      assert.deepEqual(await on.store.head(), head);
      assert.equal((await on.store.revocations({ limit: 1 }))[0]?.hash, revocation.hash);
    });

    it('ends the sweep of a cut whose rows are gone', async () => {
      const on = stage();
      await on.signInMany(1100, () => ({ accessGroups: [mark] }));
      await on.cut();
      await eraseAll(on);
      await on.sweepAll();
      assert.notEqual((await on.store.revocations({ limit: 1 }))[0]?.sweptAt, null);
    });

    it('has nothing to do where nobody ever bore the group, or nobody knows the realm', async () => {
      const on = stage();
      assert.deepEqual(await on.store.erase(on.realm, mark), { rows: 0, more: false, completed: [] });
    });
  });
}
