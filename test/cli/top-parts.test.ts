import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bars, fitted, shortened, widthOf } from '../../src/cli/top/cells.ts';
import { parseFilter } from '../../src/cli/top/filter.ts';
import { TextLine } from '../../src/cli/top/text-line.ts';

const key = (text: string, name?: string, ctrl = false) => ({ name, text, ctrl });

test('a filter is a user name, or pairs of name and value', () => {
  assert.deepEqual(parseFilter(''), {});
  assert.deepEqual(parseFilter('ann'), { username: 'ann' });
  assert.deepEqual(parseFilter('realm=eu  user="Mary Jones" provider=saml/corp ip=192.0.2.0/24'), {
    realm: 'eu',
    username: 'Mary Jones',
    provider: { type: 'saml', name: 'corp' },
    ip: '192.0.2.0/24',
  });
  assert.deepEqual(parseFilter('provider=corp'), { provider: { name: 'corp' } });
  assert.deepEqual(parseFilter('provider=saml/'), { provider: { type: 'saml' } });
  for (const wrong of ['colour=red', 'user=', 'constructor=x', '=x'])
    assert.throws(() => parseFilter(wrong), { code: 'invalid_input' }, wrong);
});

test('a cell takes exactly its width, whatever is in it', () => {
  for (const text of [
    '',
    'ann',
    'a name that is too long',
    '東京の人',
    'x\u001b[31mred',
    'a\u0301'.repeat(3),
  ]) {
    for (const width of [1, 5, 12]) assert.equal(widthOf(fitted(text, width)), width, `${text} in ${width}`);
  }
  assert.equal(shortened('東京の人', 6), '東京…');
  assert.equal(shortened('abc', 0), '');
  assert.equal(fitted('7', 3, 'right'), '  7');
});

test('bars are as high as their share of the greatest, and nothing is a blank', () => {
  assert.equal(bars([0, 1, 4, 8]), ' ▁▄█');
  assert.equal(bars([0, 0]), '  ');
});

test('a line takes letters, and lets go of the last, of a word, or of all', () => {
  const line = new TextLine('two words');
  line.press(key('', 'backspace'));
  assert.equal(line.text, 'two word');
  line.press(key('', 'w', true));
  assert.equal(line.text, 'two ');
  line.press(key('ß'));
  line.press(key('\u0007'));
  line.press(key('', 'up'));
  assert.equal(line.text, 'two ß');
  line.press(key('', 'u', true));
  assert.equal(line.text, '');
});
