import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demandDistinctUsername } from '../../src/access/username.ts';
import { visible } from '../../src/core/visible.ts';

const refused: readonly [name: string, why: RegExp][] = [
  ['ann ', /begin or end with a blank/],
  [' ann', /begin or end with a blank/],
  ['ann\u00a0', /begin or end with a blank/],
  ['ann  lee', /two blanks in a row/],
  ['ann\u00a0lee', /stand for others/],
  ['ann\u3000lee', /stand for others/],
  ['ａｎｎ', /stand for others/],
  ['\ufb01nn', /stand for others/],
  ['an\u200bn', /invisible/],
  ['an\u200dn', /invisible/],
  ['an\u00adn', /invisible/],
  ['an\u3164n', /invisible/],
  ['an\u2800n', /invisible/],
  ['ann\u{e0041}', /invisible/],
  ['\u202enna', /invisible/],
  ['ann\u2066', /invisible/],
  ['an\tn', /invisible/],
  ['\u0301ann', /begin with a mark/],
];

for (const [name, why] of refused) {
  test(`the name ${visible(name)} is refused, saying why`, () => {
    assert.throws(
      () => demandDistinctUsername(name),
      (error: { code?: string; message?: string; details?: { faults?: { path: string }[] } }) => {
        assert.equal(error.code, 'invalid_input');
        assert.match(error.message ?? '', why);
        assert.equal(error.details?.faults?.[0]?.path, 'username');
        return true;
      },
    );
  });
}

for (const name of [
  'ann',
  'Ann Lee',
  'ann@example.org',
  'O’Brien-Ånn.1_x',
  'müller',
  'anne\u0301e',
  'Анна',
  '安娜',
  'أنا',
  'uid=ann,dc=example',
  '🦊',
]) {
  test(`the name ${visible(name)} is taken as it is`, () => {
    assert.doesNotThrow(() => demandDistinctUsername(name));
  });
}
