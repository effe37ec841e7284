import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../../src/core/clock.ts';
import { property } from '../support/seed.ts';

describe('the clock of the machine', () => {
  it('follows the machine when that goes forward', () => {
    let machine = 1000;
    const clock = systemClock(() => machine);
    assert.equal(clock.now(), 1000);
    machine = 5000;
    assert.equal(clock.now(), 5000);
  });

  it('stands still when the machine is set back, until the machine has caught up', () => {
    let machine = 5000;
    const clock = systemClock(() => machine);
    clock.now();
    machine = 1000;
    assert.equal(clock.now(), 5000);
    machine = 5001;
    assert.equal(clock.now(), 5001);
  });

  it('never gives less than it gave before, whatever the machine says', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000), { minLength: 1 }), (readings) => {
        let index = 0;
        const clock = systemClock(() => readings[index++] as number);
        let greatest = 0;
        for (const reading of readings) {
          greatest = Math.max(greatest, reading);
          assert.equal(clock.now(), greatest);
        }
      }),
      property(200),
    );
  });

  it('reads the machine when nothing else is given', () => {
    const before = Date.now();
    assert.ok(systemClock().now() >= before);
  });
});
