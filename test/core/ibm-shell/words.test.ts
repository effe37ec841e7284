import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { quoteWord, wordsOf } from '../../../src/core/ibm-shell/words.ts';
import { property } from '../../support/seed.ts';

const texts = (line: string) => wordsOf(line).map(({ text }) => text);
const options = (line: string) =>
  wordsOf(line)
    .filter(({ isOption }) => isOption)
    .map(({ text }) => text);

/** Texts of the characters that mean something here, among others. */
const anyText = fc.oneof(
  fc.string(),
  fc
    .array(fc.constantFrom('"', '\\', ' ', '-', '\u2013', '\t', 'a', '\\"', '#', '*'), { maxLength: 8 })
    .map((parts) => parts.join('')),
);

test('words that were quoted read back as they were, whatever they hold', () => {
  fc.assert(
    fc.property(
      fc.array(
        anyText.filter((text) => !/[\u2013\u2014]/.test(text)),
        { maxLength: 6 },
      ),
      (words) => {
        assert.deepEqual(texts(`- ${words.map(quoteWord).join('  ')}`), words);
        assert.deepEqual(options(`- ${words.map(quoteWord).join(' ')}`), []);
      },
    ),
    property(2000),
  );
});

test('a line of any characters is read or refused, and nothing else happens', () => {
  fc.assert(
    fc.property(anyText, (line) => {
      try {
        wordsOf(line);
      } catch (error) {
        assert.match((error as Error).message, /quote is not closed/);
      }
    }),
    property(2000),
  );
});

test('double quotes hold a name together', () => {
  assert.deepEqual(texts('x "Mary Jones" y'), ['x', 'Mary Jones', 'y']);
  assert.deepEqual(texts('Mary" "Jones ""'), ['Mary Jones', '']);
  assert.deepEqual(texts(String.raw`"CORP\ann" "a \"b\" \\ c" CORP\bob o'neil`), [
    String.raw`CORP\ann`,
    String.raw`a "b" \ c`,
    String.raw`CORP\bob`,
    "o'neil",
  ]);
  assert.throws(() => wordsOf('x "Mary'), { code: 'invalid_input' });
});

test('what begins with a hyphen is an option, quoted or not, until a hyphen stands alone', () => {
  assert.deepEqual(options('a -realm b "-user" -'), ['-realm', '-user']);
  assert.deepEqual(wordsOf('-a - -b "-c" -'), [
    { text: '-a', isOption: true },
    { text: '-b', isOption: false },
    { text: '-c', isOption: false },
    { text: '-', isOption: false },
  ]);
});

test('the dashes that documents print before an option are hyphens, and stay dashes elsewhere', () => {
  assert.deepEqual(options('\u2013realm a \u2014user b'), ['-realm', '-user']);
  assert.deepEqual(texts('a\u2013b \u2013 \u20135 "\u2013x"'), ['a\u2013b', '\u2013', '\u20135', '\u2013x']);
});
