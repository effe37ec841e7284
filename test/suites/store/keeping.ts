import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { it } from 'node:test';
import { CurfewError } from '../../../src/core/errors.ts';
import type { Session } from '../../../src/session/session.ts';
import type { Store } from '../../../src/session/store.ts';
import { minute } from '../../support/manual-clock.ts';
import { anOrigin, plain } from '../../support/sessions.ts';
import { assertJournalChained } from './records.ts';
import { assertChained, wholeLedger } from './revoking.ts';
import { type Differences, type OpenStore, part, type Stage } from './stage.ts';

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Everything that a store says of itself, as plain data. */
async function contentOf(store: Store, now: number): Promise<unknown> {
  const sessions: Session[] = [];
  const query = { selector: { all: true }, state: 'any', now, limit: 500 } as const;
  let page = await store.list(query);
  for (;;) {
    sessions.push(...page.sessions);
    if (page.next === undefined) break;
    page = await store.list({ ...query, after: page.next });
  }
  const { live, unswept } = await store.statistics(now);
  return {
    sessions: sessions.map(plain),
    ledger: await wholeLedger(store),
    active: await store.activeRevocations(0),
    head: await store.head(),
    settings: await store.records('setting'),
    journal: await store.journal(0, 1000),
    live,
    unswept,
  };
}

/** Something of every kind: sessions live and ended, cuts small, large and half swept, records and refusals. */
async function fill(on: Stage) {
  const order = await on.order({ username: 'live', attributes: { a: 'b' }, client: { ip: '192.0.2.1' } });
  const key = { key: sha256(randomUUID()), request: sha256('a request') };
  await on.store.register({ ...order, idempotency: key });
  const number = (await on.store.lookup(order.tokenHash)).session?.number as number;
  const cut = await on.order();
  await on.store.register(cut);
  await on.signIn({ idleTimeoutMs: minute });
  const out = await on.signIn();
  await on.store.end({ id: out.id, reason: 'logged_out', now: on.now });
  await on.signInMany(1100, () => ({ username: 'crowd' }));
  await on.cut({ username: 'ann' });
  await on.cut({ username: 'crowd' });
  await on.store.sweep(on.now);
  await on.store.changeRecords({
    ...anOrigin,
    writes: [{ kind: 'setting', id: on.realm, body: { a: 1 }, ifVersion: 0 }],
    event: 'setting.changed',
    detail: { a: 1 },
    now: on.now,
  });
  await on.store.addRefusals([{ number, ip: '192.0.2.1', count: 3, firstAt: 1, lastAt: 2 }]);
  on.clock.advance(minute);
  await on.store.touch([{ number, lastAccessAt: on.now }], on.now);
  return { order, cut, key, number };
}

/** What was acknowledged is there afterwards. */
export function keepingPart(open: OpenStore, { backup: noBackup }: Differences): void {
  const skip = noBackup ?? false;
  part('a store that is opened again', open, (stage, opened) => {
    it('has everything it had, and goes on from there', async () => {
      const on = stage();
      const { order, cut, key, number } = await fill(on);
      const before = await contentOf(on.store, on.now);
      await opened().reopen();
      assert.deepEqual(await contentOf(on.store, on.now), before);
      assert.equal(await on.passes(order.tokenHash), true);
      assert.equal(await on.passes(cut.tokenHash), false);
      assert.equal((await on.store.lookup(order.tokenHash)).head, (await on.store.head()).seq);
      assert.equal((await on.store.refusals(number))[0]?.count, 3);
      const again = await on.order({}, { idempotency: key });
      assert.equal((await on.store.register(again)).kind, 'repeated');
      // The sweep goes on where it was, and ends.
      assert.ok((await on.sweepAll()) > 0);
      assert.equal((await on.store.statistics(on.now)).unswept, 0);
      assert.deepEqual(await on.ids(on.query({ username: 'crowd' })), []);
      await on.cut({ username: 'nobody' });
      await assertChained(on.store);
      await assertJournalChained(on.store);
      assert.ok((await on.signIn()).number > number);
    });

    it('has what was acknowledged a moment before it was closed', async () => {
      const on = stage();
      const orders = await Promise.all(Array.from({ length: 40 }, () => on.order()));
      const acknowledged = Promise.all(orders.map((order) => on.store.register(order)));
      const closed = opened().reopen();
      await acknowledged;
      await closed;
      for (const order of orders) assert.equal(await on.passes(order.tokenHash), true);
    });
  });

  part('a backup', open, (stage, opened) => {
    it('opens as a store with the same content, though the original is in use', { skip }, async () => {
      const on = stage();
      const { order, cut } = await fill(on);
      const content = await contentOf(on.store, on.now);
      const path = opened().newPath();
      const busy = on.store.backup(path);
      const late = await on.signIn({ username: 'late' });
      await busy;
      const backup = await opened().openBackup(path);
      try {
        // What was registered while it was written is in it or not; everything before is.
        const copied = (await contentOf(backup.store, on.now)) as { sessions: Session[]; live: number };
        const sessions = copied.sessions.filter(({ id }) => id !== late.id);
        const live = copied.live - (copied.sessions.length - sessions.length);
        assert.deepEqual({ ...copied, sessions, live }, content);
        assert.equal((await backup.store.lookup(order.tokenHash)).session?.id, order.session.id);
        assert.equal((await backup.store.lookup(cut.tokenHash)).session?.ended?.reason, 'revoked');
        await assertChained(backup.store);
        await backup.store.end({ id: order.session.id, reason: 'logged_out', now: on.now });
        assert.equal(await on.passes(order.tokenHash), true, 'the original does not follow the copy');
      } finally {
        await backup.close();
      }
    });

    it('does not overwrite what is there', { skip }, async () => {
      const on = stage();
      const path = opened().newPath();
      await on.store.backup(path);
      await assert.rejects(
        on.store.backup(path),
        (error) => error instanceof CurfewError && error.code === 'conflict',
      );
      assert.ok(existsSync(path));
    });
  });

  part('a store', open, (stage, opened) => {
    it('says what it is', () => {
      assert.notEqual(stage().store.description, '');
    });

    it('proves that it can be read and written', async () => {
      const on = stage();
      const before = await contentOf(on.store, on.now);
      await on.store.ping();
      assert.deepEqual(await contentOf(on.store, on.now), before);
    });

    it('that is closed answers nothing, and says that it is not available (P5)', async () => {
      const on = stage();
      const order = await on.order();
      await on.store.register(order);
      const { store } = on;
      await opened().reopen();
      const unavailable = (error: unknown) =>
        error instanceof CurfewError && error.code === 'store_unavailable';
      await assert.rejects(async () => store.lookup(order.tokenHash), unavailable);
      await assert.rejects(async () => store.find(order.session.id, on.now), unavailable);
      await assert.rejects(async () => store.register(await on.order()), unavailable);
      await assert.rejects(async () => store.list({ ...on.query(), limit: 1 }), unavailable);
      await assert.rejects(async () => store.head(), unavailable);
      await assert.rejects(async () => store.ping(), unavailable);
      await store.close();
    });
  });
}
