import assert from 'node:assert/strict';
import { it } from 'node:test';
import { chainedText, sha256, walkChain } from '../../src/client/chain.ts';
import type { RevocationItem } from '../../src/client/lists.ts';
import { revocationForm } from '../../src/operations/revocation-form.ts';
import { chainedPart, chainHash, emptyChainHash, type Revocation } from '../../src/session/revocation.ts';

/** A ledger as the server writes it and the API lists it, the newest first. */
function ledger(count: number): RevocationItem[] {
  const entries: RevocationItem[] = [];
  let previousHash = emptyChainHash;
  for (let seq = 1; seq <= count; seq++) {
    const entry: Omit<Revocation, 'hash' | 'previousHash'> = {
      seq,
      at: 1_800_000_000_000 + seq,
      selector: { realm: 'é "x"', provider: { type: 'ldap', name: 'corp' }, username: `user ${seq}` },
      by: { kind: 'administrator', id: '1', name: 'admin' },
      face: 'console',
      ...(seq % 2 === 0 ? { from: '192.0.2.1' } : {}),
      reason: 'left ✂ \u2028 <b>',
      matched: seq,
    };
    const hash = chainHash(previousHash, chainedPart(entry));
    entries.unshift(
      revocationForm({ ...entry, previousHash, hash, swept: 0, sweptAt: null }) as RevocationItem,
    );
    previousHash = hash;
  }
  return entries;
}

async function* inPages(entries: readonly RevocationItem[]): AsyncGenerator<RevocationItem[]> {
  for (let start = 0; start < entries.length; start += 3) yield entries.slice(start, start + 3);
}

const walk = (entries: readonly RevocationItem[], more: Partial<Parameters<typeof walkChain>[1]> = {}) =>
  walkChain(inPages(entries), { seesAll: true, ...more });

it('The hash that a client computes is the one that the server has written', async () => {
  for (const entry of ledger(4)) assert.equal(await sha256(chainedText(entry)), entry.hash);
});

it('A ledger that nobody has changed holds, whole or as the caller of one realm sees it', async () => {
  const entries = ledger(10);
  const [{ seq, hash } = { seq: 0, hash: '' }] = entries;
  assert.deepEqual(
    await walk(entries, { end: { seq, hash }, noted: { seq: 4, hash: entries[6]?.hash ?? '' } }),
    {
      checked: 10,
      head: { seq, hash },
      broken: undefined,
      isWhole: true,
    },
  );
  const some = entries.filter((entry) => entry.seq % 3 === 0);
  const { broken, isWhole, checked } = await walk(some, { seesAll: false });
  assert.deepEqual({ broken, isWhole, checked }, { broken: undefined, isWhole: false, checked: 3 });
  assert.deepEqual(await walk([]), { checked: 0, head: undefined, broken: undefined, isWhole: true });
});

it('Of everything that was changed the first entry is told, and what is wrong with it', async () => {
  const entries = ledger(8);
  const at = (seq: number): RevocationItem => entries[8 - seq] as RevocationItem;
  const changed = (seq: number, change: Partial<RevocationItem>) =>
    entries.map((entry) => (entry.seq === seq ? { ...entry, ...change } : entry));
  const brokenOf = async (...args: Parameters<typeof walk>) => (await walk(...args)).broken;
  const changes: Partial<RevocationItem>[] = [
    { reason: 'another' },
    { matched: 0 },
    { from: '192.0.2.9' },
    { face: 'cli' },
    { at: '2027-01-15T08:00:00.000Z' },
    { by: { kind: 'administrator', id: '1', name: 'another' } },
    { selector: { all: true } },
  ];
  for (const change of changes) {
    assert.deepEqual(
      await brokenOf(changed(5, change)),
      { seq: 5, problem: 'changed' },
      JSON.stringify(change),
    );
    assert.deepEqual(
      await brokenOf(changed(3, change).map((one) => (one.seq === 6 ? { ...one, matched: 9 } : one))),
      {
        seq: 3,
        problem: 'changed',
      },
    );
  }
  // Written anew with a hash of its own, an entry fits no more to the one behind it.
  const forged = { ...at(4), reason: 'another' };
  const hash = await sha256(chainedText(forged));
  assert.deepEqual(await brokenOf(changed(4, { reason: 'another', hash })), {
    seq: 5,
    problem: 'not_following',
  });
  const without = (...seqs: number[]) => entries.filter(({ seq }) => !seqs.includes(seq));
  assert.deepEqual(await brokenOf(without(2, 3)), { seq: 2, problem: 'missing' });
  assert.deepEqual(await brokenOf(without(1)), { seq: 1, problem: 'missing' });
  const end = { seq: 8, hash: at(8).hash };
  assert.deepEqual(await brokenOf(without(8), { end }), { seq: 8, problem: 'cut_off' });
  assert.deepEqual(await brokenOf(without(7, 8), { noted: end }), { seq: 7, problem: 'cut_off' });
  assert.deepEqual(await brokenOf(entries, { noted: { seq: 4, hash: 'f'.repeat(64) } }), {
    seq: 4,
    problem: 'not_as_noted',
  });
});
