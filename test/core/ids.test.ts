import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { digitsToUuid, isUuid, newId, uuidToBytes } from '../../src/core/ids.ts';
import { property } from '../support/seed.ts';

describe('ids', () => {
  it('a new id is a UUID, another one each time', () => {
    assert.equal(isUuid(newId()), true);
    assert.notEqual(newId(), newId());
  });

  it('capitals, braces, missing hyphens and anything around it make a text no UUID', () => {
    const id = '0b0d5a2e-8f4c-4c61-9d0e-5b3f7a1c2d3e';
    assert.equal(isUuid(id), true);
    for (const text of [
      '',
      id.toUpperCase(),
      `{${id}}`,
      id.replaceAll('-', ''),
      `${id}\n`,
      ` ${id}`,
      `${id}0`,
    ]) {
      assert.equal(isUuid(text), false, JSON.stringify(text));
    }
  });

  it('every UUID comes back from the digits of its 16 bytes', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        const bytes = uuidToBytes(id);
        assert.equal(bytes.length, 16);
        assert.equal(digitsToUuid(bytes.toString('hex')), id);
      }),
      property(200),
    );
  });
});
