import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { it } from 'node:test';
import type { AttemptPlace } from '../../../src/session/attempts.ts';
import { hour, minute, second } from '../../support/manual-clock.ts';
import { type OpenStore, part, type Stage } from './stage.ts';

const desk = digest('desk');

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** An account of its own, at an address of its own unless another is given. */
function somewhere(address: string = digest(randomUUID())): AttemptPlace {
  return { account: digest(randomUUID()), address };
}

/** Fails so often, each time as soon as it may. */
async function failTimes({ store, clock }: Stage, place: AttemptPlace, times: number) {
  let last = await store.attempts.fail(place, clock.now());
  for (let done = 1; done < times; ) {
    last = await store.attempts.fail(place, clock.now());
    if (last.kind === 'closed') clock.advance(last.notBefore - clock.now());
    else done += 1;
  }
  return last;
}

/** Fails until the place is closed at an instant. */
async function failUntilClosed({ attempts }: Stage['store'], place: AttemptPlace, at: number): Promise<void> {
  while ((await attempts.fail(place, at)).kind === 'counted');
}

/** Failed attempts to sign in, which every process that shares the store counts together. */
export function attemptingPart(open: OpenStore): void {
  part('attempts to sign in', open, (stage, opened) => {
    it('of many failures at once tells as many verdicts as one after the other would get', async () => {
      const { store, clock } = stage();
      const place = somewhere();
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => store.attempts.fail(place, clock.now())),
      );
      assert.equal(answers.filter(({ kind }) => kind === 'counted').length, 3);
      const { counts } = await store.attempts.standing(place, clock.now());
      assert.equal(counts.pair?.failures, 3);
      assert.equal(counts.pair?.notBefore, clock.now() + second);
    });

    it('tells the lock that a failure brings, and nothing of a failure once it is locked', async () => {
      const on = stage();
      const place = somewhere();
      const tenth = await failTimes(on, place, 10);
      assert.ok(tenth.kind === 'counted');
      const until = on.clock.now() + 15 * minute;
      assert.deepEqual(tenth.locks, [{ scope: 'pair', failures: 10, until }]);
      assert.deepEqual(await on.store.attempts.fail(place, until - 1), { kind: 'closed', notBefore: until });
      assert.equal((await on.store.attempts.fail(place, until)).kind, 'counted');
    });

    it('clears the failures of an account at an address by a success there, and nowhere else', async () => {
      const on = stage();
      const place = somewhere();
      const elsewhere = { ...place, address: digest('elsewhere') };
      await failTimes(on, place, 2);
      await failTimes(on, elsewhere, 2);
      assert.ok((await on.store.attempts.succeed(place, on.clock.now())) <= on.clock.now());
      const here = await on.store.attempts.standing(place, on.clock.now());
      assert.equal(here.counts.pair, undefined);
      assert.equal(here.counts.account?.failures, 4);
      assert.equal(here.knownAt, on.clock.now());
      const there = await on.store.attempts.standing(elsewhere, on.clock.now());
      assert.equal(there.counts.pair?.failures, 2);
      assert.equal(there.knownAt, undefined);
    });

    it('does nothing for a success where the place was closed meanwhile', async () => {
      const on = stage();
      const place = somewhere();
      await failTimes(on, place, 10);
      const opens = on.clock.now() + 15 * minute;
      assert.equal(await on.store.attempts.succeed(place, on.clock.now()), opens);
      const { counts, knownAt } = await on.store.attempts.standing(place, on.clock.now());
      assert.equal(counts.pair?.failures, 10);
      assert.equal(knownAt, undefined);
    });

    it('looks in its turn: after the failures that are being counted when it is asked', async () => {
      const { store, clock } = stage();
      const place = somewhere();
      const counted = Array.from({ length: 3 }, () => store.attempts.fail(place, clock.now()));
      assert.equal(await store.attempts.confirm(place, clock.now()), clock.now() + second);
      await Promise.all(counted);
      clock.advance(second);
      assert.ok((await store.attempts.confirm(place, clock.now())) <= clock.now());
      // It leaves nothing behind.
      assert.equal((await store.attempts.standing(place, clock.now())).counts.pair?.failures, 3);
    });

    it('knows the latest eight addresses of an account, for thirty days', async () => {
      const { store, clock } = stage();
      const { account } = somewhere();
      const addresses = Array.from({ length: 9 }, () => digest(randomUUID()));
      for (const address of addresses) {
        clock.advance(second);
        await store.attempts.succeed({ account, address }, clock.now());
      }
      const isKnown = async (address: string, now: number): Promise<boolean> =>
        (await store.attempts.standing({ account, address }, now)).knownAt !== undefined;
      const known = await Promise.all(addresses.map((address) => isKnown(address, clock.now())));
      assert.deepEqual(known, [false, ...Array<boolean>(8).fill(true)]);
      const last = addresses.at(-1) as string;
      assert.equal(await isKnown(last, clock.now() + 30 * 24 * hour - 1), true);
      assert.equal(await isKnown(last, clock.now() + 30 * 24 * hour), false);
    });

    it('holds for accounts and addresses apart, and for all of them after it is opened again', async () => {
      const on = stage();
      const place = somewhere(desk);
      await failTimes(on, place, 2);
      await opened().reopen();
      const other = await on.store.attempts.standing({ ...place, account: digest('other') }, on.clock.now());
      assert.deepEqual(Object.keys(other.counts), ['address']);
      const { counts } = await on.store.attempts.standing(place, on.clock.now());
      assert.equal(counts.pair?.failures, 2);
      assert.equal(counts.account?.failures, 2);
    });

    it('counts tries at once within a window of time, which then begins anew', async () => {
      const { store, clock } = stage();
      const key = digest(randomUUID());
      const spend = () => store.attempts.spend(key, minute, clock.now());
      const made = await Promise.all(Array.from({ length: 20 }, spend));
      assert.deepEqual(
        made.map(({ count }) => count).sort((a, b) => a - b),
        Array.from({ length: 20 }, (_, index) => index + 1),
      );
      const until = clock.now() + minute;
      assert.ok(made.every((one) => one.until === until));
      clock.advance(minute);
      assert.deepEqual(await spend(), { count: 1, until: clock.now() + minute });
    });

    it('shuts nobody out for longer than a lock where a clock was years ahead, and goes on counting', async () => {
      const { store, clock } = stage();
      const now = clock.now();
      const later = now + 5000 * 24 * hour;
      const place = somewhere();
      const key = digest(randomUUID());
      await failUntilClosed(store, place, later);
      await failUntilClosed(store, place, later + second);
      await store.attempts.spend(key, minute, later);
      assert.ok((await store.attempts.confirm(place, now)) <= now);
      const next = await store.attempts.fail(place, now);
      assert.ok(next.kind === 'counted' && next.counts.pair.failures > 3);
      assert.ok(next.counts.pair.notBefore <= now + 15 * minute);
      assert.equal((await store.attempts.fail(place, now)).kind, 'closed');
      assert.deepEqual(await store.attempts.spend(key, minute, now), { count: 1, until: now + minute });
    });

    it('forgets what is over, all of it, and keeps the rest', async () => {
      const { store, clock } = stage();
      const over = Array.from({ length: 150 }, () => somewhere());
      await Promise.all(over.map((place) => store.attempts.fail(place, clock.now())));
      clock.advance(2 * hour);
      const kept = somewhere();
      await store.attempts.fail(kept, clock.now());
      let rows = 0;
      for (let more = true; more; ) {
        const slice = await store.attempts.forget(clock.now());
        rows += slice.rows;
        more = slice.more;
      }
      assert.ok(rows >= 450);
      assert.equal((await store.attempts.forget(clock.now())).rows, 0);
      const { counts } = await store.attempts.standing(kept, clock.now());
      assert.deepEqual(Object.keys(counts).sort(), ['account', 'address', 'pair']);
    });
  });
}
