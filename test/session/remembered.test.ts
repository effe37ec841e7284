import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Remembered } from '../../src/session/remembered.ts';
import { hour, ManualClock, second } from '../support/manual-clock.ts';

/** Makes numbers one after the other, so that it shows whether an answer is a new one. */
function counting(): () => Promise<number> {
  let made = 0;
  return async () => ++made;
}

test('whoever asks while an answer is being made, or within a second, gets the same', async () => {
  const clock = new ManualClock();
  const remembered = new Remembered(clock);
  const make = counting();
  const both = await Promise.all([remembered.get('a', 0, make), remembered.get('a', 0, make)]);
  assert.deepEqual(both, [1, 1]);
  clock.advance(second - 1);
  assert.equal(await remembered.get('a', 0, make), 1);
  assert.equal(await remembered.get('b', 0, make), 2);
  clock.advance(hour);
  assert.equal(await remembered.get('a', 0, make), 3);
});

test('an answer that was dear is kept for longer, but not for those who know of something newer', async () => {
  const clock = new ManualClock();
  const remembered = new Remembered(clock);
  const make = counting();
  // A dear one: it takes so long that ten times as long is more than the second for which each is kept.
  const dear = async (): Promise<number> => {
    const until = performance.now() + 150;
    while (performance.now() < until);
    return make();
  };
  assert.equal(await remembered.get('a', 7, dear), 1);
  assert.equal(await remembered.get('a', 8, make), 1, 'within the second it is given to all');
  clock.advance(second + 1);
  assert.equal(await remembered.get('a', 7, make), 1);
  assert.equal(await remembered.get('a', 8, make), 2);
});

test('what failed is made anew at once', async () => {
  const remembered = new Remembered(new ManualClock());
  const failing = (): Promise<number> => Promise.reject(new Error('not now'));
  await assert.rejects(remembered.get('a', 0, failing), /not now/);
  assert.equal(await remembered.get('a', 0, counting()), 1);
});

test('only so many answers are kept', async () => {
  const remembered = new Remembered(new ManualClock());
  const make = counting();
  for (let n = 0; n < 65; n++) await remembered.get(String(n), 0, make);
  assert.equal(await remembered.get('64', 0, make), 65);
  assert.equal(await remembered.get('0', 0, make), 66);
});
