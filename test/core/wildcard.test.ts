import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wildcard } from '../../src/core/wildcard.ts';
import { property } from '../support/seed.ts';

/** What a pattern means, by trying every way to share the text out; far too slow for anything but short texts. */
function naive(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] === '*')
    return naive(pattern.slice(1), text) || (text !== '' && naive(pattern, text.slice(1)));
  return text[0] === pattern[0] && naive(pattern.slice(1), text.slice(1));
}

const letters = (...alphabet: string[]) =>
  fc.array(fc.constantFrom(...alphabet), { maxLength: 9 }).map((parts) => parts.join(''));

test('a pattern matches what a scan of every possibility says', () => {
  fc.assert(
    fc.property(letters('a', 'b', '*'), letters('a', 'b', 'A'), (pattern, text) => {
      assert.equal(wildcard(pattern).matches(text), naive(pattern, text));
    }),
    property(3000),
  );
});

test('without case, letters of one word are equal and nothing else is', () => {
  fc.assert(
    fc.property(letters('a', 'B', 'Σ', 'é', '*'), letters('a', 'b', 'σ', 'É', 'x'), (pattern, text) => {
      const lower = (value: string) => Array.from(value, (letter) => letter.toLowerCase()).join('');
      assert.equal(wildcard(pattern, { ignoreCase: true }).matches(text), naive(lower(pattern), lower(text)));
    }),
    property(3000),
  );
});

test('only * is special, and a pattern without it names one text', () => {
  for (const text of ['a.c', 'a?c', '[abc]', 'a\\c', '%', '_', '^a$', '(', '']) {
    assert.equal(wildcard(text).matches(text), true);
    assert.equal(wildcard(text).isPattern, false);
  }
  assert.equal(wildcard('a.c').matches('abc'), false);
  assert.equal(wildcard('?').matches('a'), false);
});

test('stars alone match everything, and pieces may not overlap', () => {
  assert.equal(wildcard('**').matchesAll, true);
  assert.equal(wildcard('').matchesAll, false);
  assert.equal(wildcard('aba*ba').matches('ababa'), true);
  assert.equal(wildcard('aba*aba').matches('ababa'), false);
  assert.equal(wildcard('*luca*').matches('dlucas'), true);
  assert.equal(wildcard('*luca*').matches('dLUCAs'), false);
  assert.equal(wildcard('*luca*', { ignoreCase: true }).matches('dLUCAs'), true);
});

test('a pattern made to be slow takes no more steps than its length and that of the text allow', () => {
  // A matcher that goes back would need 2^500 steps here, and never come to the assertion.
  const pattern = wildcard(`${'a*'.repeat(500)}b`);
  assert.equal(pattern.matches('a'.repeat(1024)), false);
});
