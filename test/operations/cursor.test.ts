import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readCursor, writeCursor } from '../../src/operations/cursor.ts';
import { epochOf } from '../../src/operations/epoch-of.ts';
import type { LedgerEntry } from '../../src/session/store.ts';
import { property } from '../support/seed.ts';

const filter = { list: 'sessions', selector: { username: 'ann' } };

test('a cursor gives its place back, for the same filter in whatever order it is written', () => {
  const cursor = writeCursor([1_893_456_000_000, 7], filter);
  assert.match(cursor, /^[\w-]+$/);
  assert.deepEqual(
    readCursor(cursor, { selector: { username: 'ann' }, list: 'sessions' }, 2),
    [1_893_456_000_000, 7],
  );
});

test('a cursor of another filter, of another list or spoilt is refused', () => {
  const cursor = writeCursor([1, 2], filter);
  const spoilt = [
    '',
    'abc',
    cursor.slice(0, -3),
    `${cursor}AAAA`,
    Buffer.from('null').toString('base64url'),
    Buffer.from('["x",1,2]').toString('base64url'),
    writeCursor([1], filter),
    writeCursor([1, 2.5], filter),
    writeCursor([1, 2], { ...filter, state: 'any' }),
  ];
  for (const text of spoilt) {
    assert.throws(() => readCursor(text, filter, 2), { code: 'invalid_input' }, text);
  }
});

test('the epoch of an instant is the number of the last revocation before it', async () => {
  const steps = fc.array(fc.nat(3), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(130), async (gaps, instant) => {
      let at = 0;
      const entries = gaps.map((gap, index) => {
        at += gap;
        return { seq: index + 1, at } as LedgerEntry;
      });
      const store = {
        head: async () => ({ seq: entries.length, hash: '' }),
        revocations: async ({ after = 0 }: { after?: number }) => entries.slice(after, after + 1),
      };
      const expected = entries.filter((entry) => entry.at < instant).length;
      assert.equal(await epochOf(store, instant), expected);
    }),
    property(200),
  );
});
