import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  canonicalJson,
  chainedPart,
  chainHash,
  emptyChainHash,
  type Revocation,
} from '../../src/session/revocation.ts';
import { startOfTime } from '../support/manual-clock.ts';
import { property } from '../support/seed.ts';
import { anOrigin } from '../support/sessions.ts';

const entry: Omit<Revocation, 'hash' | 'previousHash'> = {
  ...anOrigin,
  seq: 1,
  at: startOfTime,
  selector: { realm: 'eu', username: 'ann' },
  reason: 'left the company',
  matched: 2,
};

describe('canonical JSON', () => {
  it('does not depend on the order in which members were written, at any depth', () => {
    const a = canonicalJson({ b: [{ y: 1, x: null }], a: { d: 'é', c: true } });
    const b = canonicalJson({ a: { c: true, d: 'é' }, b: [{ x: null, y: 1 }] });
    assert.equal(a, b);
    assert.equal(a, '{"a":{"c":true,"d":"é"},"b":[{"x":null,"y":1}]}');
  });

  it('keeps the order of lists', () => {
    assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
  });

  it('says the same value when it is read again, and the same text when it is written again', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
        assert.equal(canonicalJson(JSON.parse(text)), text);
      }),
      property(300),
    );
  });
});

describe('the chain of the ledger', () => {
  it('starts from 64 zeros', () => {
    assert.equal(emptyChainHash, '0'.repeat(64));
  });

  it('hashes the former hash, a line feed and the canonical text of the entry', () => {
    const text = `${emptyChainHash}\n${canonicalJson(chainedPart(entry))}`;
    assert.equal(
      chainHash(emptyChainHash, chainedPart(entry)),
      createHash('sha256').update(text).digest('hex'),
    );
  });

  it('has another hash as soon as anything of an entry or of the entries before is changed', () => {
    const changes: Partial<Revocation>[] = [
      { seq: 2 },
      { at: startOfTime + 1 },
      { selector: { realm: 'eu', username: 'bob' } },
      { selector: { username: 'ann' } },
      { by: { ...anOrigin.by, name: 'root' } },
      { by: { ...anOrigin.by, id: '2' } },
      { by: { ...anOrigin.by, kind: 'key' } },
      { face: 'cli' },
      { from: '192.0.2.10' },
      { reason: 'left' },
      { matched: 3 },
    ];
    const hashes = changes.map((change) => chainHash(emptyChainHash, chainedPart({ ...entry, ...change })));
    hashes.push(chainHash(emptyChainHash, chainedPart(entry)), chainHash('1'.repeat(64), chainedPart(entry)));
    const { from, ...withoutFrom } = entry;
    assert.ok(from);
    hashes.push(chainHash(emptyChainHash, chainedPart(withoutFrom)));
    assert.equal(new Set(hashes).size, hashes.length);
  });

  it('does not cover how far the sweep has come', () => {
    const swept = { ...entry, swept: 2, sweptAt: startOfTime + 5 };
    assert.deepEqual(chainedPart(swept), chainedPart(entry));
  });
});
