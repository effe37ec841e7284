import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LockOut } from '../../src/access/lock-out.ts';
import { CurfewError } from '../../src/core/errors.ts';
import { hour, ManualClock, minute, second } from '../support/manual-clock.ts';

const desk = '198.51.100.7';
const stranger = '203.0.113.66';

/** Fails once, waiting first as long as is asked for. */
function fail(lockOut: LockOut, clock: ManualClock, account: string, ip: string) {
  clock.advance(waitOf(lockOut, account, ip) * second);
  return lockOut.begin(account, ip).failed();
}

/** The seconds that an attempt has to wait; 0 when it is let through. */
function waitOf(lockOut: LockOut, account: string, ip: string): number {
  try {
    lockOut.demandOpen(account, ip);
    return 0;
  } catch (error) {
    assert.ok(error instanceof CurfewError);
    assert.equal(error.code, 'locked_out');
    const { retryAfterSeconds } = error.details;
    assert.ok(retryAfterSeconds !== undefined && retryAfterSeconds > 0);
    return retryAfterSeconds;
  }
}

test('two failures cost nothing, then the wait doubles, and the tenth locks for 15 minutes', () => {
  const clock = new ManualClock();
  const lockOut = new LockOut(clock);
  const waits = Array.from({ length: 10 }, () => {
    fail(lockOut, clock, 'admin', desk);
    return waitOf(lockOut, 'admin', desk);
  });
  assert.deepEqual(waits, [0, 0, 1, 2, 4, 8, 16, 32, 64, 900]);
});

test('the tenth failure reports the lock, and each one after it a new lock', () => {
  const clock = new ManualClock();
  const lockOut = new LockOut(clock);
  for (let n = 1; n < 10; n++) assert.deepEqual(fail(lockOut, clock, 'admin', desk), []);
  const until = clock.now() + 64 * second + 15 * minute;
  assert.deepEqual(fail(lockOut, clock, 'admin', desk), [{ scope: 'pair', failures: 10, until }]);
  assert.deepEqual(
    fail(lockOut, clock, 'admin', desk).map(({ scope, failures }) => ({ scope, failures })),
    [{ scope: 'pair', failures: 11 }],
  );
});

test('a lock ends after its time, not a millisecond earlier', () => {
  const clock = new ManualClock();
  const lockOut = new LockOut(clock);
  for (let n = 1; n <= 10; n++) fail(lockOut, clock, 'admin', desk);
  clock.advance(15 * minute - 1);
  assert.throws(() => lockOut.begin('admin', desk), { code: 'locked_out' });
  clock.advance(1);
  lockOut.begin('admin', desk).succeeded();
});

test('success clears the failures of the account at that address', () => {
  const clock = new ManualClock();
  const lockOut = new LockOut(clock);
  for (let n = 1; n <= 9; n++) fail(lockOut, clock, 'admin', desk);
  clock.advance(waitOf(lockOut, 'admin', desk) * second);
  lockOut.begin('admin', desk).succeeded();
  fail(lockOut, clock, 'admin', desk);
  assert.equal(waitOf(lockOut, 'admin', desk), 0);
});

test('failures are forgotten an hour after the last one', () => {
  const clock = new ManualClock();
  const lockOut = new LockOut(clock);
  for (let n = 1; n <= 9; n++) fail(lockOut, clock, 'admin', desk);
  clock.advance(hour + 64 * second);
  assert.deepEqual(fail(lockOut, clock, 'admin', desk), []);
  assert.equal(waitOf(lockOut, 'admin', desk), 0);
});

test('a stranger who locks the account at their address does not lock it at the desk', () => {
  const clock = new ManualClock();
  const lockOut = new LockOut(clock);
  for (let n = 1; n <= 12; n++) fail(lockOut, clock, 'admin', stranger);
  assert.ok(waitOf(lockOut, 'admin', stranger) > 0);
  assert.equal(waitOf(lockOut, 'admin', desk), 0);
});

test('a hundred failures from many addresses lock the account everywhere but where it has signed in', () => {
  const clock = new ManualClock();
  const lockOut = new LockOut(clock);
  lockOut.begin('admin', desk).succeeded();
  const locks = Array.from({ length: 100 }, (_, n) => fail(lockOut, clock, 'admin', `203.0.113.${n}`)).flat();
  assert.deepEqual(
    locks.map(({ scope, failures }) => ({ scope, failures })),
    [{ scope: 'account', failures: 100 }],
  );
  assert.equal(waitOf(lockOut, 'admin', '192.0.2.1'), 900);
  assert.equal(waitOf(lockOut, 'admin', desk), 0);
  clock.advance(10 * minute);
  lockOut.begin('admin', desk).succeeded();
  assert.equal(waitOf(lockOut, 'admin', '192.0.2.1'), 300);
});

test('an address that fails with a hundred accounts is locked for all, and its own account does not clear it', () => {
  const clock = new ManualClock();
  const lockOut = new LockOut(clock);
  const locks = [];
  for (let n = 1; n <= 100; n++) {
    locks.push(...fail(lockOut, clock, `user${n}`, stranger));
    if (n < 100) {
      clock.advance(waitOf(lockOut, 'own', stranger) * second);
      lockOut.begin('own', stranger).succeeded();
    }
  }
  assert.deepEqual(
    locks.map(({ scope, failures }) => ({ scope, failures })),
    [{ scope: 'address', failures: 100 }],
  );
  assert.equal(waitOf(lockOut, 'somebody', stranger), 900);
  assert.equal(waitOf(lockOut, 'somebody', desk), 0);
});

test('attempts begun at the same time count before any of them has failed', () => {
  const lockOut = new LockOut(new ManualClock());
  for (let n = 1; n <= 3; n++) lockOut.begin('admin', stranger);
  assert.throws(() => lockOut.begin('admin', stranger), { code: 'locked_out' });
});

test('a refused attempt is not counted, so a program with an old password does not lengthen its lock', () => {
  const clock = new ManualClock();
  const lockOut = new LockOut(clock);
  for (let n = 1; n <= 10; n++) fail(lockOut, clock, 'admin', desk);
  for (let n = 1; n <= 1000; n++) assert.throws(() => lockOut.begin('admin', desk), { code: 'locked_out' });
  assert.equal(waitOf(lockOut, 'admin', desk), 900);
});

test('an attempt whose outcome could not be found out leaves no trace', () => {
  const clock = new ManualClock();
  const lockOut = new LockOut(clock);
  for (let n = 1; n <= 1000; n++) lockOut.begin('admin', desk).withdrawn();
  assert.equal(waitOf(lockOut, 'admin', desk), 0);
});

test('attempts that succeed side by side leave no trace, in whatever order they end', () => {
  const clock = new ManualClock();
  const lockOut = new LockOut(clock);
  for (let n = 1; n <= 100; n++) {
    const [one, two] = [lockOut.begin('ann', desk), lockOut.begin('bob', desk)];
    one.succeeded();
    two.succeeded();
  }
  assert.equal(waitOf(lockOut, 'eve', desk), 0);
});

test('the addresses of one /64 of IPv6 count as one, and a mapped IPv4 address as itself', () => {
  const clock = new ManualClock();
  const lockOut = new LockOut(clock);
  for (let n = 1; n <= 10; n++) fail(lockOut, clock, 'admin', `2001:db8:0:1::${n.toString(16)}`);
  assert.equal(waitOf(lockOut, 'admin', '2001:db8:0:1:ffff::1'), 900);
  assert.equal(waitOf(lockOut, 'admin', '2001:db8:0:2::1'), 0);
  for (let n = 1; n <= 10; n++) fail(lockOut, clock, 'ann', desk);
  assert.equal(waitOf(lockOut, 'ann', `::ffff:${desk}`), 900);
});

test('the message is the same whatever is locked, and names neither account nor address', () => {
  const clock = new ManualClock();
  const lockOut = new LockOut(clock);
  for (let n = 1; n <= 10; n++) fail(lockOut, clock, 'admin', desk);
  assert.throws(
    () => lockOut.demandOpen('admin', desk),
    (error: unknown) => {
      assert.ok(error instanceof CurfewError);
      assert.doesNotMatch(error.message, /admin|198\.51/);
      return true;
    },
  );
});
