import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readJson } from '../../../src/faces/http/json-body.ts';
import { property } from '../../support/seed.ts';

const read = (text: string): unknown => readJson(Buffer.from(text));

test('every value that JSON can hold is read as it is', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const text = JSON.stringify(value);
      if (text.includes('"__proto__":')) return;
      assert.deepEqual(read(text), JSON.parse(text));
      assert.deepEqual(read(JSON.stringify(value, null, 2)), JSON.parse(text));
    }),
    property(500),
  );
});

test('a member given twice is refused at any depth, however it is written', () => {
  for (const text of [
    '{"a":1,"a":2}',
    '{"x":[{"a":1,"b":{},"a":2}]}',
    '{"a":1,"\\u0061":2}',
    '{"a" :1,"b":"}","a"\n:2}',
    '{"\\"":1,"\\"":2}',
    `{"a"${' '.repeat(1000)}:1,"a"${'\n'.repeat(1000)}:2}`,
  ]) {
    assert.throws(() => read(text), { code: 'invalid_input' }, text);
  }
  assert.deepEqual(read('{"a":{"a":1},"b":["a","a"],"c":"a"}'), { a: { a: 1 }, b: ['a', 'a'], c: 'a' });
});

test('an empty body is none, and nothing of a broken one is repeated', () => {
  assert.equal(readJson(Buffer.alloc(0)), undefined);
  assert.throws(
    () => read('{"password": hunter2}'),
    (error: Error) => !error.message.includes('hunter') && /not JSON/.test(error.message),
  );
});
