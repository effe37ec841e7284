import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sealerOfFile, sealerWith } from '../../src/core/sealing.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

test('what is sealed is opened by the same key only, and only as it was', () => {
  const sealer = sealerWith(Buffer.alloc(32, 1));
  const sealed = sealer.seal('a secret, zoë');
  assert.equal(sealer.open(sealed), 'a secret, zoë');
  assert.equal(sealerWith(Buffer.alloc(32, 2)).open(sealed), undefined);
  assert.equal(sealer.open(`${sealed.slice(0, -2)}AA`), undefined);
  assert.equal(sealer.open(''), undefined);
  assert.notEqual(sealer.seal('a secret, zoë'), sealed);
});

test('the key file is made once, for its owner alone, and a spoilt one is named', (t) => {
  const folder = makeTemporaryDirectory();
  t.after(() => folder.remove());
  const path = join(folder.path, 'secret.key');
  const sealed = sealerOfFile(path).seal('x');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(sealerOfFile(path).open(sealed), 'x');
  assert.equal(readFileSync(path, 'utf8').includes(sealed), false);
  writeFileSync(path, 'short\n');
  assert.throws(() => sealerOfFile(path), /does not hold 32 bytes/);
});

test('a hash is the same for the same text, key and purpose alone', () => {
  const sealer = sealerWith(Buffer.alloc(32, 1));
  assert.equal(sealer.hash('ann'), sealerWith(Buffer.alloc(32, 1)).hash('ann'));
  const others = [
    sealer.hash('bob'),
    sealer.derived('one').hash('ann'),
    sealerWith(Buffer.alloc(32, 2)).hash('ann'),
  ];
  assert.equal(new Set([sealer.hash('ann'), ...others]).size, 4);
});

test('a derived sealer opens only what was sealed for its purpose under the same key', () => {
  const sealer = sealerWith(Buffer.alloc(32, 1));
  const sealed = sealer.derived('one').seal('a secret');
  assert.equal(sealer.derived('one').open(sealed), 'a secret');
  assert.equal(sealer.derived('two').open(sealed), undefined);
  assert.equal(sealer.open(sealed), undefined);
  assert.equal(sealerWith(Buffer.alloc(32, 2)).derived('one').open(sealed), undefined);
});
