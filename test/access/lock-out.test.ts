import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LockOut } from '../../src/access/lock-out.ts';
import { OwnAttempts } from '../../src/access/own-attempts.ts';
import { CurfewError } from '../../src/core/errors.ts';
import { type Sealer, sealerWith } from '../../src/core/sealing.ts';
import { hour, ManualClock, minute, second } from '../support/manual-clock.ts';
import { aSealer } from '../support/opened-access.ts';

const desk = '198.51.100.7';
const stranger = '203.0.113.66';

/** Fails once, waiting first as long as is asked for. */
async function fail(lockOut: LockOut, clock: ManualClock, account: string, ip: string) {
  clock.advance((await waitOf(lockOut, account, ip)) * second);
  return (await lockOut.begin(account, ip)).failed();
}

/** Succeeds at once. */
async function succeed(lockOut: LockOut, account: string, ip: string): Promise<void> {
  await (await lockOut.begin(account, ip)).succeeded();
}

/** The seconds that an attempt has to wait; 0 when it is let through. */
async function waitOf(lockOut: LockOut, account: string, ip: string): Promise<number> {
  try {
    await lockOut.demandOpen(account, ip);
    return 0;
  } catch (error) {
    assert.ok(error instanceof CurfewError);
    assert.equal(error.code, 'locked_out');
    const { retryAfterSeconds } = error.details;
    assert.ok(retryAfterSeconds !== undefined && retryAfterSeconds > 0);
    return retryAfterSeconds;
  }
}

test('two failures cost nothing, then the wait doubles, and the tenth locks for 15 minutes', async () => {
  const clock = new ManualClock();
  const lockOut = new LockOut({ sealer: aSealer, store: new OwnAttempts(), clock });
  const waits: number[] = [];
  for (let n = 1; n <= 10; n++) {
    await fail(lockOut, clock, 'admin', desk);
    waits.push(await waitOf(lockOut, 'admin', desk));
  }
  assert.deepEqual(waits, [0, 0, 1, 2, 4, 8, 16, 32, 64, 900]);
});

test('the tenth failure reports the lock, and each one after it a new lock', async () => {
  const clock = new ManualClock();
  const lockOut = new LockOut({ sealer: aSealer, store: new OwnAttempts(), clock });
  for (let n = 1; n < 10; n++) assert.deepEqual(await fail(lockOut, clock, 'admin', desk), []);
  const until = clock.now() + 64 * second + 15 * minute;
  assert.deepEqual(await fail(lockOut, clock, 'admin', desk), [{ scope: 'pair', failures: 10, until }]);
  assert.deepEqual(
    (await fail(lockOut, clock, 'admin', desk)).map(({ scope, failures }) => ({ scope, failures })),
    [{ scope: 'pair', failures: 11 }],
  );
});

test('failures that nobody has to wait for keep nobody waiting, also where another clock is ahead', async () => {
  const store = new OwnAttempts();
  const [clock, ahead] = [new ManualClock(), new ManualClock()];
  ahead.advance(second);
  const [here, there] = [clock, ahead].map((one) => new LockOut({ sealer: aSealer, store, clock: one })) as [
    LockOut,
    LockOut,
  ];
  const attempt = await here.begin('bob', desk);
  await fail(there, ahead, 'ann', desk);
  assert.deepEqual(await attempt.failed(), []);
  assert.equal(await waitOf(here, 'cid', desk), 0);
  await fail(there, ahead, 'bob', desk);
  assert.equal(await waitOf(here, 'bob', desk), 0, 'two are free');
  await fail(there, ahead, 'bob', desk);
  assert.equal(await waitOf(here, 'bob', desk), 2, 'one second by the clock that is ahead');
});

test('a lock ends after its time, not a millisecond earlier', async () => {
  const clock = new ManualClock();
  const lockOut = new LockOut({ sealer: aSealer, store: new OwnAttempts(), clock });
  for (let n = 1; n <= 10; n++) await fail(lockOut, clock, 'admin', desk);
  clock.advance(15 * minute - 1);
  await assert.rejects(lockOut.begin('admin', desk), { code: 'locked_out' });
  clock.advance(1);
  await succeed(lockOut, 'admin', desk);
});

test('success clears the failures of the account at that address', async () => {
  const clock = new ManualClock();
  const lockOut = new LockOut({ sealer: aSealer, store: new OwnAttempts(), clock });
  for (let n = 1; n <= 9; n++) await fail(lockOut, clock, 'admin', desk);
  clock.advance((await waitOf(lockOut, 'admin', desk)) * second);
  await succeed(lockOut, 'admin', desk);
  await fail(lockOut, clock, 'admin', desk);
  assert.equal(await waitOf(lockOut, 'admin', desk), 0);
});

test('failures are forgotten an hour after the last one', async () => {
  const clock = new ManualClock();
  const lockOut = new LockOut({ sealer: aSealer, store: new OwnAttempts(), clock });
  for (let n = 1; n <= 9; n++) await fail(lockOut, clock, 'admin', desk);
  clock.advance(hour + 64 * second);
  assert.deepEqual(await fail(lockOut, clock, 'admin', desk), []);
  assert.equal(await waitOf(lockOut, 'admin', desk), 0);
});

test('a stranger who locks the account at their address does not lock it at the desk', async () => {
  const clock = new ManualClock();
  const lockOut = new LockOut({ sealer: aSealer, store: new OwnAttempts(), clock });
  for (let n = 1; n <= 12; n++) await fail(lockOut, clock, 'admin', stranger);
  assert.ok((await waitOf(lockOut, 'admin', stranger)) > 0);
  assert.equal(await waitOf(lockOut, 'admin', desk), 0);
});

test('a hundred failures from many addresses lock the account everywhere but where it has signed in', async () => {
  const clock = new ManualClock();
  const lockOut = new LockOut({ sealer: aSealer, store: new OwnAttempts(), clock });
  await succeed(lockOut, 'admin', desk);
  const locks = [];
  for (let n = 0; n < 100; n++) locks.push(...(await fail(lockOut, clock, 'admin', `203.0.113.${n}`)));
  assert.deepEqual(
    locks.map(({ scope, failures }) => ({ scope, failures })),
    [{ scope: 'account', failures: 100 }],
  );
  assert.equal(await waitOf(lockOut, 'admin', '192.0.2.1'), 900);
  assert.equal(await waitOf(lockOut, 'admin', desk), 0);
  clock.advance(10 * minute);
  await succeed(lockOut, 'admin', desk);
  assert.equal(await waitOf(lockOut, 'admin', '192.0.2.1'), 300);
});

test('an address that fails with a hundred accounts is locked for all, and its own account does not clear it', async () => {
  const clock = new ManualClock();
  const lockOut = new LockOut({ sealer: aSealer, store: new OwnAttempts(), clock });
  const locks = [];
  for (let n = 1; n <= 100; n++) {
    locks.push(...(await fail(lockOut, clock, `user${n}`, stranger)));
    if (n < 100) {
      clock.advance((await waitOf(lockOut, 'own', stranger)) * second);
      await succeed(lockOut, 'own', stranger);
    }
  }
  assert.deepEqual(
    locks.map(({ scope, failures }) => ({ scope, failures })),
    [{ scope: 'address', failures: 100 }],
  );
  assert.equal(await waitOf(lockOut, 'somebody', stranger), 900);
  assert.equal(await waitOf(lockOut, 'somebody', desk), 0);
});

test('attempts begun at the same time count before any of them has failed', async () => {
  const lockOut = new LockOut({ sealer: aSealer, store: new OwnAttempts(), clock: new ManualClock() });
  for (let n = 1; n <= 3; n++) await lockOut.begin('admin', stranger);
  await assert.rejects(lockOut.begin('admin', stranger), { code: 'locked_out' });
});

test('a refused attempt is not counted, so a program with an old password does not lengthen its lock', async () => {
  const clock = new ManualClock();
  const lockOut = new LockOut({ sealer: aSealer, store: new OwnAttempts(), clock });
  for (let n = 1; n <= 10; n++) await fail(lockOut, clock, 'admin', desk);
  for (let n = 1; n <= 1000; n++) await assert.rejects(lockOut.begin('admin', desk), { code: 'locked_out' });
  assert.equal(await waitOf(lockOut, 'admin', desk), 900);
});

test('an attempt whose outcome could not be found out leaves no trace', async () => {
  const clock = new ManualClock();
  const lockOut = new LockOut({ sealer: aSealer, store: new OwnAttempts(), clock });
  for (let n = 1; n <= 1000; n++) (await lockOut.begin('admin', desk)).withdrawn();
  assert.equal(await waitOf(lockOut, 'admin', desk), 0);
});

test('attempts that succeed side by side leave no trace, in whatever order they end', async () => {
  const clock = new ManualClock();
  const lockOut = new LockOut({ sealer: aSealer, store: new OwnAttempts(), clock });
  for (let n = 1; n <= 100; n++) {
    const [one, two] = [await lockOut.begin('ann', desk), await lockOut.begin('bob', desk)];
    await one.succeeded();
    await two.succeeded();
  }
  assert.equal(await waitOf(lockOut, 'eve', desk), 0);
});

test('the addresses of one /64 of IPv6 count as one, and a mapped IPv4 address as itself', async () => {
  const clock = new ManualClock();
  const lockOut = new LockOut({ sealer: aSealer, store: new OwnAttempts(), clock });
  for (let n = 1; n <= 10; n++) await fail(lockOut, clock, 'admin', `2001:db8:0:1::${n.toString(16)}`);
  assert.equal(await waitOf(lockOut, 'admin', '2001:db8:0:1:ffff::1'), 900);
  assert.equal(await waitOf(lockOut, 'admin', '2001:db8:0:2::1'), 0);
  for (let n = 1; n <= 10; n++) await fail(lockOut, clock, 'ann', desk);
  assert.equal(await waitOf(lockOut, 'ann', `::ffff:${desk}`), 900);
});

test('the message is the same whatever is locked, and names neither account nor address', async () => {
  const clock = new ManualClock();
  const lockOut = new LockOut({ sealer: aSealer, store: new OwnAttempts(), clock });
  for (let n = 1; n <= 10; n++) await fail(lockOut, clock, 'admin', desk);
  await assert.rejects(lockOut.demandOpen('admin', desk), (error: unknown) => {
    assert.ok(error instanceof CurfewError);
    assert.doesNotMatch(error.message, /admin|198\.51/);
    return true;
  });
});

test('what is kept of a name cannot be found by trying names, but under the key that all processes have', async () => {
  const keptUnder = async (sealer: Sealer): Promise<string[]> => {
    const kept: string[] = [];
    const store = new OwnAttempts();
    store.standing = ({ account, address }) => {
      kept.push(account, address);
      return { counts: {} };
    };
    const lockOut = new LockOut({ sealer, store, clock: new ManualClock() });
    (await lockOut.begin('a password in the wrong field', desk)).withdrawn();
    return kept;
  };
  const [one, same] = [await keptUnder(aSealer), await keptUnder(aSealer)];
  assert.deepEqual(one, same);
  const other = await keptUnder(sealerWith(Buffer.alloc(32, 8)));
  for (const [at, text] of one.entries()) {
    assert.match(text, /^[\w-]{43}$/);
    assert.notEqual(text, other[at]);
  }
});

describe('two processes that count together', () => {
  const both = (clock: ManualClock) => {
    const store = new OwnAttempts();
    return [
      new LockOut({ sealer: aSealer, store, clock }),
      new LockOut({ sealer: aSealer, store, clock }),
    ] as const;
  };

  test('tell of guesses that are under way in both no more than one alone would', async () => {
    const [one, other] = both(new ManualClock());
    const begun = [];
    for (const lockOut of [one, other]) {
      for (let n = 1; n <= 3; n++) begun.push(await lockOut.begin('admin', stranger));
    }
    const verdicts = await Promise.allSettled(begun.map((attempt) => attempt.failed()));
    assert.equal(verdicts.filter(({ status }) => status === 'fulfilled').length, 3);
  });

  test('do not tell that a password was right once the other has counted enough wrong ones', async () => {
    const clock = new ManualClock();
    const [one, other] = both(clock);
    const [right, known] = [await one.begin('admin', stranger), await one.begin('admin', stranger)];
    for (let n = 1; n <= 10; n++) await fail(other, clock, 'admin', stranger);
    await assert.rejects(right.succeeded(), { code: 'locked_out' });
    await assert.rejects(known.confirmed(), { code: 'locked_out' });
    assert.equal(await waitOf(one, 'admin', stranger), 900);
  });

  test('forget at both what a success at one has cleared, and know its address at both', async () => {
    const clock = new ManualClock();
    const [one, other] = both(clock);
    for (let n = 1; n <= 9; n++) await fail(one, clock, 'admin', desk);
    clock.advance((await waitOf(other, 'admin', desk)) * second);
    await succeed(other, 'admin', desk);
    await fail(one, clock, 'admin', desk);
    assert.equal(await waitOf(other, 'admin', desk), 0);
    for (let n = 0; n < 100; n++) await fail(other, clock, 'admin', `203.0.113.${n}`);
    assert.equal(await waitOf(one, 'admin', '192.0.2.1'), 900);
    assert.equal(await waitOf(one, 'admin', desk), 0);
  });
});

describe('while the store cannot be written', () => {
  const full = () => Promise.reject(new CurfewError('store_full', 'The disk is full.'));
  /** Can be read, with what was counted before. */
  class FullStore extends OwnAttempts {
    isFull = false;
    override fail(...given: Parameters<OwnAttempts['fail']>) {
      return this.isFull ? full() : super.fail(...given);
    }
    override succeed(...given: Parameters<OwnAttempts['succeed']>) {
      return this.isFull ? full() : super.succeed(...given);
    }
  }

  test('a process counts by itself, on top of what it last read', async () => {
    const clock = new ManualClock();
    const store = new FullStore();
    const lockOut = new LockOut({ sealer: aSealer, store, clock });
    for (let n = 1; n <= 8; n++) await fail(lockOut, clock, 'admin', stranger);
    store.isFull = true;
    assert.deepEqual(await fail(lockOut, clock, 'admin', stranger), []);
    const [lock] = await fail(lockOut, clock, 'admin', stranger);
    assert.deepEqual([lock?.scope, lock?.failures], ['pair', 10]);
    await assert.rejects(lockOut.begin('admin', stranger), { code: 'locked_out' });
    store.isFull = false;
    await assert.rejects(lockOut.begin('admin', stranger), { code: 'locked_out' });
  });

  test('whoever knows the password is let in, and what they failed before stays counted', async () => {
    const clock = new ManualClock();
    const store = new FullStore();
    const lockOut = new LockOut({ sealer: aSealer, store, clock });
    for (let n = 1; n <= 2; n++) await fail(lockOut, clock, 'admin', desk);
    store.isFull = true;
    await succeed(lockOut, 'admin', desk);
    store.isFull = false;
    await fail(lockOut, clock, 'admin', desk);
    assert.equal(await waitOf(lockOut, 'admin', desk), 1);
  });

  test('nobody is let in who could not be looked up (P5)', async () => {
    const store = new OwnAttempts();
    store.standing = () => {
      throw new CurfewError('store_unavailable', 'The data cannot be read.');
    };
    const lockOut = new LockOut({ sealer: aSealer, store, clock: new ManualClock() });
    await assert.rejects(lockOut.begin('admin', desk), { code: 'store_unavailable' });
  });
});
