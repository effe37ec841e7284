import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { touchIntervalMs } from '../../src/session/session.ts';
import type { Touch } from '../../src/session/store.ts';
import { Touches } from '../../src/session/touches.ts';
import { minute, second, startOfTime } from '../support/manual-clock.ts';
import { aStoredSession } from '../support/sessions.ts';

/** Touches whose writes go to a list, wait at a gate, or fail, as a test tells them to. */
function gathered() {
  const writes: (readonly Touch[])[] = [];
  const state: { failing: boolean; gate: Promise<void> } = { failing: false, gate: Promise.resolve() };
  const touches = new Touches(async (batch) => {
    await state.gate;
    if (state.failing) throw new Error('the disk is gone');
    writes.push(batch);
  });
  return { writes, state, touches };
}

/** A promise and the function that fulfils it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const session = aStoredSession({ number: 7, idleTimeoutMs: 30 * minute });
const interval = touchIntervalMs(session.idleTimeoutMs);
const at = (ms: number): number => startOfTime + ms;

describe('gathered touches', () => {
  it('give the last access at once, before it is written', () => {
    const { touches } = gathered();
    assert.equal(touches.lastAccessAt(session), startOfTime);
    touches.note(session, at(5));
    assert.equal(touches.lastAccessAt(session), at(5));
  });

  it('give the written access when that is the later one', () => {
    const { touches } = gathered();
    touches.note(session, at(5));
    assert.equal(touches.lastAccessAt({ ...session, lastAccessAt: at(9) }), at(9));
  });

  it('never go back', () => {
    const { touches } = gathered();
    touches.note(session, at(9));
    touches.note(session, at(5));
    assert.equal(touches.lastAccessAt(session), at(9));
  });

  it('of one session within the touch interval are one write, of the latest', async () => {
    const { touches, writes } = gathered();
    for (let ms = 1; ms <= 500; ms++) touches.note(session, at(ms));
    await touches.flushDue(at(interval - 1));
    assert.deepEqual(writes, []);
    await touches.flushDue(at(interval + 1));
    assert.deepEqual(writes, [[{ number: 7, lastAccessAt: at(500), firstAccessAt: at(1) }]]);
    assert.equal(touches.size, 0);
  });

  it('wait for their interval from the first of them, not from the last', async () => {
    const { touches, writes } = gathered();
    touches.note(session, at(1));
    touches.note(session, at(interval));
    await touches.flushDue(at(1 + interval));
    assert.equal(writes.length, 1);
  });

  it('of several sessions are written together', async () => {
    const { touches, writes } = gathered();
    touches.note(session, at(1));
    touches.note({ ...session, number: 8 }, at(2));
    await touches.flushAll();
    assert.deepEqual(writes, [
      [
        { number: 7, lastAccessAt: at(1) },
        { number: 8, lastAccessAt: at(2) },
      ],
    ]);
  });

  it('that bring nothing new are not written', async () => {
    const { touches, writes } = gathered();
    touches.note(session, session.lastAccessAt);
    await touches.flushAll();
    assert.deepEqual(writes, []);
  });

  it('that keep alive a session whose written limit is near are urgent', async () => {
    const { touches, writes } = gathered();
    touches.note(session, at(30 * minute - 2 * interval));
    await touches.flushUrgent(at(30 * minute - 2 * interval));
    assert.deepEqual(writes, []);
    touches.note(session, at(30 * minute - 2 * interval + 1));
    await touches.flushUrgent(at(30 * minute - 2 * interval + 1));
    const firstAccessAt = at(30 * minute - 2 * interval);
    assert.deepEqual(writes, [[{ number: 7, lastAccessAt: firstAccessAt + 1, firstAccessAt }]]);
  });

  it('that are urgent do not wait for their interval', async () => {
    const { touches, writes } = gathered();
    touches.note(session, at(30 * minute - 1));
    await touches.flushDue(at(30 * minute - 1));
    assert.equal(writes.length, 1);
  });

  it('that are overdue are written with the urgent ones, since their rows may look idle by now', async () => {
    const { touches, writes } = gathered();
    touches.note(session, at(5 * minute));
    await touches.flushUrgent(at(5 * minute + interval - 1));
    assert.deepEqual(writes, []);
    await touches.flushUrgent(at(5 * minute + interval));
    assert.deepEqual(writes, [[{ number: 7, lastAccessAt: at(5 * minute) }]]);
    touches.note({ ...session, lastAccessAt: at(5 * minute) }, at(9 * minute));
    await touches.flushUrgent(at(9 * minute + interval));
    assert.deepEqual(writes.at(-1), [{ number: 7, lastAccessAt: at(9 * minute) }]);
  });

  it('of a session without an idle limit are never urgent', async () => {
    const { touches, writes } = gathered();
    touches.note({ ...session, idleTimeoutMs: null }, at(1000 * minute));
    await touches.flushUrgent(at(1000 * minute));
    assert.deepEqual(writes, []);
  });

  it('are not lost when a write fails', async () => {
    const { touches, writes, state } = gathered();
    state.failing = true;
    touches.note(session, at(5));
    await assert.rejects(touches.flushAll(), /the disk is gone/);
    assert.equal(touches.lastAccessAt(session), at(5));
    state.failing = false;
    await touches.flushAll();
    assert.deepEqual(writes, [[{ number: 7, lastAccessAt: at(5) }]]);
  });

  it('that were urgent are urgent still after a failed write', async () => {
    const { touches, writes, state } = gathered();
    state.failing = true;
    touches.note(session, at(30 * minute - 1));
    await assert.rejects(touches.flushUrgent(at(30 * minute - 1)));
    state.failing = false;
    await touches.flushUrgent(at(30 * minute - 1));
    assert.equal(writes.length, 1);
  });

  it('that come while others are being written stay for the next write', async () => {
    const { touches, writes, state } = gathered();
    const { opened, open } = gate();
    state.gate = opened;
    touches.note(session, at(5));
    const flushed = touches.flushAll();
    touches.note(session, at(9));
    open();
    await flushed;
    assert.equal(touches.lastAccessAt(session), at(9));
    await touches.flushAll();
    assert.deepEqual(writes.flat(), [
      { number: 7, lastAccessAt: at(5) },
      { number: 7, lastAccessAt: at(9), firstAccessAt: at(5) },
    ]);
  });

  it('that come while others are being written stay urgent', async () => {
    const { touches, writes, state } = gathered();
    const short = { ...session, idleTimeoutMs: second };
    const { opened, open } = gate();
    state.gate = opened;
    touches.note(short, at(500));
    const flushed = touches.flushUrgent(at(500));
    touches.note(short, at(900));
    open();
    await flushed;
    await touches.flushUrgent(at(900));
    assert.deepEqual(writes.flat().at(-1), { number: 7, lastAccessAt: at(900), firstAccessAt: at(500) });
  });
});
