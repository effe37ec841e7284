import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { deadlineOf, limitPassed, touchIntervalMs } from '../../src/session/session.ts';
import { minute } from '../support/manual-clock.ts';
import { property } from '../support/seed.ts';

const limits = (lastAccessAt: number, idleTimeoutMs: number | null, expiresAt: number | null) => ({
  lastAccessAt,
  idleTimeoutMs,
  expiresAt,
});

describe('the limits of a session', () => {
  it('have not passed a millisecond before, and have passed at the instant itself', () => {
    assert.equal(limitPassed(limits(100, 50, null), 149), undefined);
    assert.deepEqual(limitPassed(limits(100, 50, null), 150), { at: 150, reason: 'idle' });
    assert.equal(limitPassed(limits(100, null, 150), 149), undefined);
    assert.deepEqual(limitPassed(limits(100, null, 150), 150), { at: 150, reason: 'expired' });
  });

  it('a session without limits never ends by itself', () => {
    assert.equal(limitPassed(limits(0, null, null), Number.MAX_SAFE_INTEGER), undefined);
    assert.equal(deadlineOf(limits(0, null, null)), null);
  });

  it('when both have passed, the earlier one is named', () => {
    assert.deepEqual(limitPassed(limits(100, 50, 200), 1000), { at: 150, reason: 'idle' });
    assert.deepEqual(limitPassed(limits(180, 50, 200), 1000), { at: 200, reason: 'expired' });
  });

  it('when both pass at the same instant, it is the absolute one', () => {
    assert.deepEqual(limitPassed(limits(100, 50, 150), 150), { at: 150, reason: 'expired' });
  });

  it('the deadline is the earlier of both', () => {
    assert.equal(deadlineOf(limits(100, 50, 200)), 150);
    assert.equal(deadlineOf(limits(180, 50, 200)), 200);
    assert.equal(deadlineOf(limits(180, 50, null)), 230);
    assert.equal(deadlineOf(limits(180, null, 200)), 200);
  });

  it('a session has ended exactly from its deadline on, and at it', () => {
    const limit = fc.option(fc.nat(1000), { nil: null });
    fc.assert(
      fc.property(fc.nat(1000), limit, limit, fc.nat(3000), (lastAccessAt, idleTimeoutMs, expiresAt, now) => {
        const session = limits(lastAccessAt, idleTimeoutMs, expiresAt);
        const deadline = deadlineOf(session);
        const passed = limitPassed(session, now);
        assert.equal(passed !== undefined, deadline !== null && deadline <= now);
        if (passed !== undefined) assert.equal(passed.at, deadline);
      }),
      property(500),
    );
  });
});

describe('the touch interval', () => {
  it('is a twentieth of the idle limit', () => {
    assert.equal(touchIntervalMs(30 * minute), 1.5 * minute);
  });

  it('is at least a second, however short the idle limit', () => {
    assert.equal(touchIntervalMs(1), 1000);
  });

  it('is that of half an hour when there is no idle limit', () => {
    assert.equal(touchIntervalMs(null), touchIntervalMs(30 * minute));
  });
});
