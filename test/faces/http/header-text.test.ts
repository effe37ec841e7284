import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { headerList, headerPair, headerText } from '../../../src/faces/http/header-text.ts';
import { property } from '../../support/seed.ts';

/** Any text of whole characters, the kinds that matter often among them. */
const name = fc.string({
  unit: fc.oneof(
    fc.constantFrom(' ', ',', '%', '/', '\r', '\n', 'é', '😀', 'a'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  ),
  minLength: 1,
});
/** RFC 9110 section 5.5: visible ASCII, with spaces only within. */
const fieldValue = /^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$/;

test('every name is a valid header, and comes back from it', () => {
  fc.assert(
    fc.property(name, (text) => {
      const header = headerText(text);
      assert.match(header, fieldValue);
      assert.equal(decodeURIComponent(header), text);
    }),
    property(500),
  );
});

test('every list of names comes back from its header', () => {
  fc.assert(
    fc.property(fc.array(name, { minLength: 1 }), (texts) => {
      const header = headerList(texts);
      assert.match(header, fieldValue);
      assert.deepEqual(header.split(',').map(decodeURIComponent), texts);
    }),
    property(500),
  );
});

test('type and name of every provider come back from their header', () => {
  fc.assert(
    fc.property(name, name, (type, label) => {
      const [first = '', ...rest] = headerPair(type, label).split('/');
      assert.equal(decodeURIComponent(first), type);
      assert.equal(decodeURIComponent(rest.join('/')), label);
    }),
    property(500),
  );
});

test('plain names stay as they are', () => {
  for (const text of ['ann', 'Ann Lee', 'CN=Ann,OU=Staff', 'ann@example.com', 'a/b']) {
    assert.equal(headerText(text), text);
  }
  assert.equal(headerList(['staff', 'on call']), 'staff,on call');
  assert.equal(headerList([]), '');
});
