import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Refusals } from '../../src/session/refusals.ts';
import type { Refusal } from '../../src/session/store.ts';

/** Refusals that are written to a list, until the writing is told to fail. */
function gathered() {
  const written: Refusal[] = [];
  const state = { failing: false };
  const refusals = new Refusals(async (batch) => {
    await Promise.resolve();
    if (state.failing) throw new Error('the disk is gone');
    written.push(...batch);
  });
  return { written, state, refusals };
}

describe('refused uses of ended sessions', () => {
  it('are added up per session and address', async () => {
    const { written, refusals } = gathered();
    refusals.note(1, '192.0.2.1', 10);
    refusals.note(1, '192.0.2.1', 20);
    refusals.note(1, '192.0.2.2', 30);
    refusals.note(2, '192.0.2.1', 40);
    await refusals.flush();
    assert.deepEqual(written, [
      { number: 1, ip: '192.0.2.1', count: 2, firstAt: 10, lastAt: 20 },
      { number: 1, ip: '192.0.2.2', count: 1, firstAt: 30, lastAt: 30 },
      { number: 2, ip: '192.0.2.1', count: 1, firstAt: 40, lastAt: 40 },
    ]);
  });

  it('from an address that is not known are kept as well', async () => {
    const { written, refusals } = gathered();
    refusals.note(1, undefined, 10);
    await refusals.flush();
    assert.deepEqual(written, [{ number: 1, ip: '', count: 1, firstAt: 10, lastAt: 10 }]);
  });

  it('are written once', async () => {
    const { written, refusals } = gathered();
    refusals.note(1, '192.0.2.1', 10);
    await refusals.flush();
    await refusals.flush();
    assert.equal(written.length, 1);
  });

  it('are not lost when a write fails, nor are those that came meanwhile', async () => {
    const { written, state, refusals } = gathered();
    state.failing = true;
    refusals.note(1, '192.0.2.1', 10);
    refusals.note(2, '192.0.2.1', 11);
    const failed = refusals.flush();
    refusals.note(1, '192.0.2.1', 20);
    await assert.rejects(failed, /the disk is gone/);
    state.failing = false;
    await refusals.flush();
    assert.deepEqual(
      written.sort((a, b) => a.number - b.number),
      [
        { number: 1, ip: '192.0.2.1', count: 2, firstAt: 10, lastAt: 20 },
        { number: 2, ip: '192.0.2.1', count: 1, firstAt: 11, lastAt: 11 },
      ],
    );
  });

  it('take bounded memory: beyond 10,000 pairs only those known go on counting', async () => {
    const { written, refusals } = gathered();
    for (let number = 0; number < 10_050; number++) refusals.note(number, '192.0.2.1', 10);
    refusals.note(0, '192.0.2.1', 20);
    await refusals.flush();
    assert.equal(written.length, 10_000);
    assert.equal(written.find(({ number }) => number === 0)?.count, 2);
  });

  it('have room again once they were written', async () => {
    const { written, refusals } = gathered();
    for (let number = 0; number < 10_001; number++) refusals.note(number, '192.0.2.1', 10);
    await refusals.flush();
    refusals.note(10_001, '192.0.2.1', 20);
    await refusals.flush();
    assert.equal(written.at(-1)?.number, 10_001);
  });
});
