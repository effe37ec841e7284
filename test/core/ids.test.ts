import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { digitsToUuid, isUuid, newId, newSessionId, uuidToBytes } from '../../src/core/ids.ts';
import { property } from '../support/seed.ts';

describe('ids', () => {
  it('a new id is a UUID, another one each time', () => {
    assert.equal(isUuid(newId()), true);
    assert.notEqual(newId(), newId());
  });

  it('a new id of a session is a UUID that begins with its time, another one each time', () => {
    const earliest = Date.now();
    const id = newSessionId();
    const latest = Date.now();
    assert.equal(isUuid(id), true);
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/);
    const time = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
    assert.ok(time >= earliest && time <= latest);
    assert.notEqual(newSessionId(), newSessionId());
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
