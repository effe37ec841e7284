import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chainedJournalPart, verifyJournal, verifyLedger } from '../../src/session/chain.ts';
import { chainedPart, chainHash, emptyChainHash, type Revocation } from '../../src/session/revocation.ts';
import type { JournalEntry, LedgerEntry } from '../../src/session/store.ts';
import { startOfTime } from '../support/manual-clock.ts';
import { anOrigin } from '../support/sessions.ts';

function ledgerOf(length: number): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  let previousHash = emptyChainHash;
  for (let seq = 1; seq <= length; seq++) {
    const part = {
      ...anOrigin,
      seq,
      at: startOfTime + seq,
      selector: { username: `u${seq}` },
      reason: 'test',
      matched: 1,
    };
    const revocation: Revocation = {
      ...part,
      previousHash,
      hash: chainHash(previousHash, chainedPart(part)),
    };
    entries.push({ ...revocation, swept: 1, sweptAt: null });
    previousHash = revocation.hash;
  }
  return entries;
}

const reading =
  <Entry extends { seq: number }>(entries: readonly Entry[]) =>
  async (after: number, limit: number): Promise<Entry[]> =>
    entries.filter(({ seq }) => seq > after).slice(0, limit);

const headOf = (entries: readonly LedgerEntry[]) => {
  const last = entries.at(-1);
  return { seq: last?.seq ?? 0, hash: last?.hash ?? emptyChainHash };
};

test('a chain as it was written holds, over several pages and when it is empty', async () => {
  for (const length of [0, 1, 2500]) {
    const entries = ledgerOf(length);
    const head = headOf(entries);
    assert.deepEqual(await verifyLedger(reading(entries), { head }), { entries: length, head });
  }
});

test('the progress of a sweep is no part of the chain', async () => {
  const entries = ledgerOf(3).map((entry) => ({ ...entry, swept: 99, sweptAt: 1 }));
  assert.equal((await verifyLedger(reading(entries))).broken, undefined);
});

test('any edit of any entry breaks the chain at that entry', async () => {
  const edits: Partial<LedgerEntry>[] = [
    { reason: 'another' },
    { matched: 2 },
    { at: startOfTime + 1_000_000 },
    { selector: { username: 'somebody' } },
    { selector: { username: 'u2', realm: 'shop' } },
    { by: { kind: 'administrator', id: '2', name: 'admin' } },
    { face: 'cli' },
    { from: '192.0.2.10' },
    { hash: '0'.repeat(64) },
    { previousHash: '0'.repeat(64) },
  ];
  for (const edit of edits) {
    const entries = ledgerOf(4).map((entry) => (entry.seq === 2 ? { ...entry, ...edit } : entry));
    const report = await verifyLedger(reading(entries));
    assert.equal(report.broken?.seq, 2, JSON.stringify(edit));
    assert.equal(report.entries, 1);
  }
});

test('an entry that is missing, put in or moved breaks the chain', async () => {
  const whole = ledgerOf(4);
  const without = whole.filter(({ seq }) => seq !== 2);
  assert.match((await verifyLedger(reading(without))).broken?.problem ?? '', /entry 2 is missing/);
  const renumbered = without.map((entry, index) => ({ ...entry, seq: index + 1 }));
  assert.equal((await verifyLedger(reading(renumbered))).broken?.seq, 2);
  const headless = whole.slice(1);
  assert.equal((await verifyLedger(reading(headless))).broken?.seq, 2);
});

test('a cut end shows against the head, and against a hash noted elsewhere', async () => {
  const whole = ledgerOf(4);
  const cut = whole.slice(0, 3);
  assert.equal((await verifyLedger(reading(cut))).broken, undefined);
  assert.equal((await verifyLedger(reading(cut), { head: headOf(whole) })).broken?.seq, 4);
  const anchor = { seq: 4, hash: whole[3]?.hash ?? '' };
  assert.equal((await verifyLedger(reading(cut), { anchor })).broken?.seq, 4);
  assert.equal((await verifyLedger(reading(whole), { anchor })).broken, undefined);
});

test('a chain that was written anew as a whole shows against a hash noted elsewhere', async () => {
  const anchor = { seq: 2, hash: ledgerOf(2)[1]?.hash ?? '' };
  const [first] = ledgerOf(1);
  assert.ok(first !== undefined);
  const part = { ...first, reason: 'another' };
  const hash = chainHash(emptyChainHash, chainedPart(part));
  const next = { ...part, seq: 2, reason: 'two' };
  const forged = [
    { ...part, hash },
    { ...next, previousHash: hash, hash: chainHash(hash, chainedPart(next)) },
  ];
  assert.equal((await verifyLedger(reading(forged))).broken, undefined);
  assert.equal((await verifyLedger(reading(forged), { anchor })).broken?.seq, 2);
});

test('an entry that is older than the one before it breaks the chain', async () => {
  const [first] = ledgerOf(1);
  assert.ok(first !== undefined);
  const part = { ...first, seq: 2, at: first.at - 1 };
  const second = { ...part, previousHash: first.hash, hash: chainHash(first.hash, chainedPart(part)) };
  assert.match((await verifyLedger(reading([first, second]))).broken?.problem ?? '', /older than entry 1/);
});

test('the journal is verified in the same way', async () => {
  const part = {
    ...anOrigin,
    seq: 1,
    at: startOfTime,
    event: 'administrator.created',
    detail: { adminId: 2 },
  };
  const entry: JournalEntry = {
    ...part,
    previousHash: emptyChainHash,
    hash: chainHash(emptyChainHash, chainedJournalPart(part)),
  };
  assert.equal((await verifyJournal(reading([entry]))).broken, undefined);
  assert.equal((await verifyJournal(reading([{ ...entry, detail: { adminId: 3 } }]))).broken?.seq, 1);
});
