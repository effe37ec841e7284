import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { visible, visibleJson } from '../../src/core/visible.ts';
import { property } from '../support/seed.ts';

/** What a terminal acts upon: C0, DEL and C1, and what turns the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const acting = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

test('an escape sequence in a name is shown, not obeyed', () => {
  assert.equal(visible('ann\u001b[2J\u0007\u009b31m\r\nroot'), 'ann\\x1b[2J\\x07\\x9b31m\\r\\nroot');
  assert.equal(visible('gnp.\u202eexe'), 'gnp.\\u202eexe');
  assert.equal(visible('half \ud83d of a pair'), 'half \\ud83d of a pair');
});

test('a name with invisible characters does not look like the name without them', () => {
  for (const hidden of ['\u200b', '\u034f', '\u2065', '\ufe0f', '\uffa0', '\u2800', '\u{e0100}'])
    assert.match(visible(`adm${hidden}in`), /^adm\\u[\da-f{}]+in$/);
  assert.equal(visible('❤️ 1️⃣'), '❤️ 1️⃣', 'what makes an emoji of a sign stays');
});

test('ordinary text of any script stays as it is', () => {
  for (const text of ['Jörg Müller', '山田太郎', 'Анна', 'عائشة', '🙂', "O'Brien <x@y>"])
    assert.equal(visible(text), text);
});

test('no text whatever reaches the terminal with a character that it acts upon', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(visible(text), acting);
    }),
    property(500),
  );
});

test('JSON is safe to show and still says the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = visibleJson({ text });
      assert.doesNotMatch(json, acting);
      assert.deepEqual(JSON.parse(json), { text });
    }),
    property(500),
  );
});
