import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Heartbeats } from '../../src/heartbeats.ts';

function listened() {
  const told: string[] = [];
  const heartbeats = new Heartbeats({
    onStuck: (numbers) => told.push(`stuck: ${numbers.join(' ')}`),
    onLost: (number) => told.push(`lost: ${number}`),
    stuckAfter: 2,
    lostAfter: 4,
  });
  return { heartbeats, told };
}

describe('the heartbeats of processes', () => {
  it('tell once of one that stands still, and once that it goes on', () => {
    const { heartbeats, told } = listened();
    for (const number of [1, 2]) heartbeats.heard(number);
    for (let turn = 0; turn < 3; turn++) {
      heartbeats.heard(1);
      heartbeats.turn();
    }
    assert.deepEqual([told, heartbeats.stuck], [['stuck: 2'], [2]]);
    heartbeats.heard(2);
    assert.deepEqual([told, heartbeats.stuck], [['stuck: 2', 'stuck: '], []]);
  });

  it('give one up that does not go on, once, until it has ended', () => {
    const { heartbeats, told } = listened();
    heartbeats.heard(1);
    for (let turn = 0; turn < 10; turn++) heartbeats.turn();
    assert.deepEqual(told, ['stuck: 1', 'lost: 1']);
    heartbeats.forget(1);
    assert.deepEqual(told, ['stuck: 1', 'lost: 1', 'stuck: ']);
    for (let turn = 0; turn < 10; turn++) heartbeats.turn();
    assert.equal(told.length, 3, 'who is not heard yet, or any more, is not missed');
  });

  it('are not missed for the time in which nobody listened', () => {
    const { heartbeats, told } = listened();
    heartbeats.heard(1);
    heartbeats.turn();
    heartbeats.heard(1);
    assert.deepEqual(told, []);
  });
});
