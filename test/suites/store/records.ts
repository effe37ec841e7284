import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CurfewError } from '../../../src/core/errors.ts';
import { chainHash, emptyChainHash } from '../../../src/session/revocation.ts';
import type { JournalEntry, RecordChange, RecordWrite, Store } from '../../../src/session/store.ts';
import { anOrigin } from '../../support/sessions.ts';
import { type OpenStore, part, type Stage } from './stage.ts';

/** A change of records now. */
function change(on: Stage, writes: RecordWrite[], rest: Partial<RecordChange> = {}): RecordChange {
  return { ...anOrigin, writes, event: 'setting.changed', detail: {}, now: on.now, ...rest };
}

const write = (id: string, body: unknown, ifVersion: number): RecordWrite => ({
  kind: 'setting',
  id,
  body,
  ifVersion,
});

async function wholeJournal(store: Store): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (;;) {
    const page = await store.journal(entries.at(-1)?.seq ?? 0, 5);
    entries.push(...page);
    if (page.length < 5) return entries;
  }
}

/** Asserts that the journal is numbered without a gap and every hash follows from the one before. */
export async function assertJournalChained(store: Store): Promise<number> {
  let hash = emptyChainHash;
  const entries = await wholeJournal(store);
  for (const [index, entry] of entries.entries()) {
    const { previousHash, hash: own, from, ...covered } = entry;
    assert.equal(entry.seq, index + 1);
    assert.equal(previousHash, hash);
    assert.equal(own, chainHash(hash, { ...covered, from: from ?? null }));
    hash = own;
  }
  return entries.length;
}

async function changedMeanwhile(attempt: Promise<unknown>): Promise<void> {
  await assert.rejects(
    attempt,
    (error: unknown) => error instanceof CurfewError && error.code === 'changed_meanwhile',
  );
}

/** Small documents, the journal and the record of refused uses. */
export function recordsPart(open: OpenStore): void {
  part('records', open, (stage) => {
    it('are made, changed and deleted, with a version that counts up', async () => {
      const on = stage();
      const id = on.realm;
      const body = { name: 'é "x"', list: [1, null, true], deep: { a: {} } };
      const stored = async () => (await on.store.records('setting')).filter((record) => record.id === id);
      await on.store.changeRecords(change(on, [write(id, body, 0)]));
      assert.deepEqual(await stored(), [{ kind: 'setting', id, body, version: 1 }]);
      await on.store.changeRecords(change(on, [write(id, 'new', 1)]));
      assert.deepEqual(await stored(), [{ kind: 'setting', id, body: 'new', version: 2 }]);
      await on.store.changeRecords(change(on, [write(id, undefined, 2)]));
      assert.deepEqual(await stored(), []);
      await on.store.changeRecords(change(on, [write(id, 'again', 0)]));
      assert.equal((await stored())[0]?.version, 1);
    });

    it('are read one by one, and page by page in the order of their ids', async () => {
      const on = stage();
      const ids = ['b', 'a', 'é', 'a b', '\u{1f600}'].map((name) => `${on.realm}/${name}`);
      await on.store.changeRecords(
        change(
          on,
          [...ids, `${on.realm}0`].map((id) => write(id, { id }, 0)),
        ),
      );
      for (const id of ids) {
        assert.deepEqual(await on.store.record('setting', id), {
          kind: 'setting',
          id,
          body: { id },
          version: 1,
        });
      }
      assert.equal(await on.store.record('setting', `${on.realm}/none`), undefined);
      assert.equal(await on.store.record('key', `${on.realm}/a`), undefined);
      const found: string[] = [];
      for (;;) {
        const last = found.at(-1);
        const page = await on.store.recordPage({
          kind: 'setting',
          prefix: `${on.realm}/`,
          limit: 2,
          ...(last === undefined ? {} : { after: last }),
        });
        found.push(...page.map(({ id }) => id));
        if (page.length < 2) break;
      }
      assert.deepEqual(
        found,
        ['a', 'a b', 'b', 'é', '\u{1f600}'].map((name) => `${on.realm}/${name}`),
      );
    });

    it('of one kind are apart from those of another', async () => {
      const on = stage();
      const id = on.realm;
      const writes: RecordWrite[] = [
        { kind: 'key', id, body: 'k', ifVersion: 0 },
        { kind: 'policy', id, body: 'p', ifVersion: 0 },
      ];
      await on.store.changeRecords(change(on, writes));
      const bodies = async (kind: 'key' | 'policy' | 'user') =>
        (await on.store.records(kind)).filter((record) => record.id === id).map(({ body }) => body);
      assert.deepEqual(
        [await bodies('key'), await bodies('policy'), await bodies('user')],
        [['k'], ['p'], []],
      );
    });

    it('are not written when the version is another than expected', async () => {
      const on = stage();
      const id = on.realm;
      await on.store.changeRecords(change(on, [write(id, 1, 0)]));
      await changedMeanwhile(on.store.changeRecords(change(on, [write(id, 2, 0)])));
      await changedMeanwhile(on.store.changeRecords(change(on, [write(id, 2, 2)])));
      await changedMeanwhile(on.store.changeRecords(change(on, [write(id, undefined, 2)])));
      await changedMeanwhile(on.store.changeRecords(change(on, [write(`${id} none`, 2, 1)])));
      const found = (await on.store.records('setting')).filter((record) => record.id.startsWith(id));
      assert.deepEqual(found, [{ kind: 'setting', id, body: 1, version: 1 }]);
    });

    it('of one change are written all or none, and the journal with them', async () => {
      const on = stage();
      const id = on.realm;
      await on.store.changeRecords(change(on, [write(`${id} b`, 1, 0)]));
      const entries = await assertJournalChained(on.store);
      const writes = [write(`${id} a`, 1, 0), write(`${id} b`, 2, 9), write(`${id} c`, 1, 0)];
      await changedMeanwhile(on.store.changeRecords(change(on, writes)));
      const found = (await on.store.records('setting')).filter((record) => record.id.startsWith(id));
      assert.deepEqual(
        found.map((record) => [record.id, record.body]),
        [[`${id} b`, 1]],
      );
      assert.equal(await assertJournalChained(on.store), entries);
      await on.store.changeRecords(
        change(on, [write(`${id} a`, 1, 0), write(`${id} b`, 2, 1), write(`${id} c`, 1, 0)]),
      );
      assert.equal(
        (await on.store.records('setting')).filter((record) => record.id.startsWith(id)).length,
        3,
      );
    });

    it('changed by 20 at once from the same version are changed by one of them', async () => {
      const on = stage();
      const id = on.realm;
      const attempts = Array.from({ length: 20 }, (_, n) =>
        on.store.changeRecords(change(on, [write(id, n, 0)])),
      );
      const outcomes = await Promise.allSettled(attempts);
      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      const [record] = (await on.store.records('setting')).filter((one) => one.id === id);
      assert.deepEqual([record?.body, record?.version], [winner, 1]);
    });
  });

  part('the journal', open, (stage) => {
    it('is empty at first', async () => {
      assert.deepEqual(await stage().store.journal(0, 10), []);
    });

    it('keeps who changed what, through which face, from where and when', async () => {
      const on = stage();
      const detail = { name: 'é', groups: ['read'], nothing: null, deep: { z: 1, a: 2 } };
      const event = 'administrator.created';
      const made = await on.store.changeRecords(change(on, [write(on.realm, 1, 0)], { event, detail }));
      const [entry] = await on.store.journal(made.seq - 1, 1);
      assert.deepEqual(entry, made);
      const { seq, previousHash, hash } = made;
      assert.deepEqual(made, { ...anOrigin, seq, at: on.now, event, detail, previousHash, hash });
    });

    it('takes an entry without any record, and a caller without an address', async () => {
      const on = stage();
      const { from: _address, ...order } = change(on, [], { event: 'key.used' });
      const made = await on.store.changeRecords(order);
      assert.equal('from' in made, false);
      assert.deepEqual(await on.store.journal(made.seq - 1, 1), [made]);
    });

    it('is chained, numbered without a gap, and read after a number in order', async () => {
      const on = stage();
      const start = await assertJournalChained(on.store);
      await Promise.all(
        Array.from({ length: 12 }, (_, n) =>
          on.store.changeRecords(change(on, [write(`${on.realm} ${n}`, n, n % 4)])).catch(() => {}),
        ),
      );
      assert.equal(await assertJournalChained(on.store), start + 3);
      const [first, second] = await on.store.journal(start, 2);
      assert.deepEqual([first?.seq, second?.seq], [start + 1, start + 2]);
    });

    it('does not go back in time when the clock of the caller does', async () => {
      const on = stage();
      const first = await on.store.changeRecords(change(on, []));
      const second = await on.store.changeRecords(change(on, [], { now: on.now - 5000 }));
      assert.equal(second.at, first.at);
      await assertJournalChained(on.store);
    });

    it('and the ledger are chains of their own', async () => {
      const on = stage();
      const entries = await assertJournalChained(on.store);
      await on.cut();
      assert.equal(await assertJournalChained(on.store), entries);
    });
  });

  part('refused uses', open, (stage) => {
    it('of a session add up per address, the latest first', async () => {
      const on = stage();
      const { number } = await on.signIn();
      const { number: other } = await on.signIn();
      await on.store.addRefusals([
        { number, ip: '192.0.2.1', count: 2, firstAt: 100, lastAt: 200 },
        { number, ip: '2001:db8::1', count: 1, firstAt: 300, lastAt: 300 },
        { number: other, ip: '192.0.2.1', count: 7, firstAt: 1, lastAt: 1 },
      ]);
      await on.store.addRefusals([
        { number, ip: '192.0.2.1', count: 3, firstAt: 350, lastAt: 400 },
        { number, ip: '', count: 1, firstAt: 50, lastAt: 50 },
      ]);
      assert.deepEqual(await on.store.refusals(number), [
        { number, ip: '192.0.2.1', count: 5, firstAt: 100, lastAt: 400 },
        { number, ip: '2001:db8::1', count: 1, firstAt: 300, lastAt: 300 },
        { number, ip: '', count: 1, firstAt: 50, lastAt: 50 },
      ]);
    });

    it('that reach the store late do not move its instants the wrong way', async () => {
      const on = stage();
      const { number } = await on.signIn();
      await on.store.addRefusals([{ number, ip: '192.0.2.1', count: 1, firstAt: 500, lastAt: 600 }]);
      await on.store.addRefusals([{ number, ip: '192.0.2.1', count: 1, firstAt: 100, lastAt: 200 }]);
      assert.deepEqual(await on.store.refusals(number), [
        { number, ip: '192.0.2.1', count: 2, firstAt: 100, lastAt: 600 },
      ]);
    });

    it('from very many addresses stay few rows, and none is uncounted', async () => {
      const on = stage();
      const { number } = await on.signIn();
      const refusals = Array.from({ length: 500 }, (_, n) => ({
        number,
        ip: `10.0.${n >> 8}.${n & 255}`,
        count: 1,
        firstAt: n,
        lastAt: n,
      }));
      await on.store.addRefusals(refusals);
      const kept = await on.store.refusals(number);
      assert.ok(kept.length <= 100);
      assert.equal(
        kept.reduce((sum, { count }) => sum + count, 0),
        500,
      );
    });

    it('of a session that nobody has are none', async () => {
      assert.deepEqual(await stage().store.refusals(10 ** 9), []);
    });
  });
}
