import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type EndReason, endReasons } from '../../../src/session/session.ts';
import type { TimelineQuery, TimelineSeries } from '../../../src/session/timeline.ts';
import { hour, minute, second } from '../../support/manual-clock.ts';
import { type OpenStore, part, type Stage } from './stage.ts';

const bucketMs = minute;

/** So many minutes up to the next full one, so that the bucket of now is not over. */
function lastMinutes(on: Stage, minutes: number, rest: Partial<TimelineQuery> = {}): TimelineQuery {
  const to = (Math.floor(on.now / bucketMs) + 1) * bucketMs;
  return { realm: on.realm, from: to - minutes * bucketMs, bucketMs, buckets: minutes, now: on.now, ...rest };
}

/** Lets time pass until a minute has just begun. */
function toFullMinute(on: Stage): void {
  on.clock.advance(bucketMs - (on.now % bucketMs));
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/** How many ended for each reason, over all buckets and providers. */
function endings(series: readonly TimelineSeries[]): Partial<Record<EndReason, number>> {
  const all = endReasons.map(
    (reason) => [reason, sum(series.map(({ ended }) => sum(ended[reason])))] as const,
  );
  return Object.fromEntries(all.filter(([, count]) => count > 0));
}

/** Asserts that the live sessions of each bucket are those that a list of its last millisecond would count. */
async function assertLiveAsListed(on: Stage, query: TimelineQuery): Promise<TimelineSeries[]> {
  const series = await on.store.timeline(query);
  for (let bucket = 0; bucket < query.buckets; bucket++) {
    const last = query.from + (bucket + 1) * query.bucketMs - 1;
    const counted = await on.store.count(on.query(undefined, last < on.now ? { asOf: last } : {}));
    assert.equal(
      sum(series.map(({ live }) => live[bucket] ?? 0)),
      counted,
      `live at the end of bucket ${bucket}`,
    );
  }
  return series;
}

/** What happened over time. */
export function timelinePart(open: OpenStore): void {
  part('a timeline', open, (stage) => {
    it('counts sign-ins, ends by reason and live sessions in each bucket, by provider', async () => {
      const on = stage();
      toFullMinute(on);
      const saml = { provider: { type: 'saml', name: 'corp' } };
      const [one, another] = await on.signInMany(4);
      on.clock.advance(minute);
      await on.signInMany(2, () => saml);
      await on.store.end({ id: one?.id as string, reason: 'logged_out', now: on.now });
      on.clock.advance(minute);
      await on.cut({ sessionIds: [another?.id as string] });
      const series = await on.store.timeline(lastMinutes(on, 4));
      const none = [0, 0, 0, 0];
      assert.deepEqual(series, [
        {
          realm: on.realm,
          provider: { type: 'basic', name: 'main' },
          begun: [0, 4, 0, 0],
          ended: {
            revoked: [0, 0, 0, 1],
            logged_out: [0, 0, 1, 0],
            idle: none,
            expired: none,
            displaced: none,
          },
          live: [0, 4, 3, 2],
        },
        {
          realm: on.realm,
          ...saml,
          begun: [0, 0, 2, 0],
          ended: { revoked: none, logged_out: none, idle: none, expired: none, displaced: none },
          live: [0, 0, 2, 2],
        },
      ]);
    });

    it('knows what had begun before it, and leaves out what is behind its end', async () => {
      const on = stage();
      toFullMinute(on);
      await on.signInMany(3);
      on.clock.advance(5 * minute);
      await on.signInMany(2);
      await on.cut({ createdTo: new Date(on.now - minute).toISOString() });
      const query = { ...lastMinutes(on, 4), buckets: 2 };
      const [series] = await on.store.timeline(query);
      assert.deepEqual(series?.live, [3, 3]);
      assert.deepEqual(series?.begun, [0, 0]);
      await on.sweepAll();
      assert.deepEqual(await on.store.timeline(query), [series]);
    });

    it('tells a cut at once, the same before, during and after its sweep, whoever it names twice', async () => {
      const on = stage();
      toFullMinute(on);
      await on.signInMany(1200, (index) => ({
        username: `user ${index % 3}`,
        app: index % 2 === 0 ? 'mail' : 'web',
      }));
      on.clock.advance(minute);
      await on.cut({ username: 'user 1' });
      on.clock.advance(minute);
      await on.cut({ app: 'mail' });
      on.clock.advance(second);
      const query = lastMinutes(on, 3);
      const [before] = await on.store.timeline(query);
      assert.deepEqual(before?.ended.revoked, [0, 400, 400]);
      assert.deepEqual(before?.live, [1200, 800, 400]);
      for (let slice = 0, more = true; more; slice++) {
        more = (await on.store.sweep(on.now)).more;
        if (slice % 3 === 0 || !more) assert.deepEqual(await on.store.timeline(query), [before]);
      }
    });

    it('tells of limits that have passed before any row is marked, at the instant at which they did', async () => {
      const on = stage();
      toFullMinute(on);
      await on.signInMany(3, () => ({ idleTimeoutMs: 2 * minute }));
      await on.signInMany(2, () => ({ expiresAt: on.now + 3 * minute }));
      const saved = await on.signIn({ idleTimeoutMs: 2 * minute });
      on.clock.advance(minute);
      await on.store.touch([{ number: saved.number, lastAccessAt: on.now }], on.now);
      on.clock.advance(3 * minute);
      const query = lastMinutes(on, 5);
      const [before] = await on.store.timeline(query);
      assert.deepEqual(before?.ended.idle, [0, 0, 3, 1, 0]);
      assert.deepEqual(before?.ended.expired, [0, 0, 0, 2, 0]);
      assert.deepEqual(before?.live, [6, 6, 3, 0, 0]);
      await on.expireAll();
      assert.deepEqual(await on.store.timeline(query), [before]);
    });

    it('lets whichever of cut and limit came first have ended a session', async () => {
      const on = stage();
      toFullMinute(on);
      await on.signInMany(5, () => ({ idleTimeoutMs: 2 * minute }));
      await on.signInMany(4, () => ({ idleTimeoutMs: 20 * second }));
      on.clock.advance(minute);
      await on.cut();
      on.clock.advance(5 * minute);
      const query = lastMinutes(on, 7);
      const before = await on.store.timeline(query);
      assert.deepEqual(endings(before), { revoked: 5, idle: 4 });
      await on.sweepAll();
      await on.expireAll();
      assert.deepEqual(await on.store.timeline(query), before);
    });

    it('begins after sessions that a cut or a limit had ended before it, marked or not', async () => {
      const on = stage();
      await on.signInMany(3, () => ({ idleTimeoutMs: minute }));
      await on.signInMany(2, () => ({ username: 'bob' }));
      const stays = await on.signIn({ username: 'carl', idleTimeoutMs: null });
      on.clock.advance(2 * minute);
      await on.cut({ username: 'bob' });
      on.clock.advance(10 * minute);
      const query = lastMinutes(on, 3);
      for (const tidy of [async () => 0, () => on.sweepAll(), () => on.expireAll()]) {
        await tidy();
        const [series] = await on.store.timeline(query);
        assert.deepEqual(series?.live, [1, 1, 1]);
        assert.deepEqual(endings(series === undefined ? [] : [series]), {});
      }
      await on.store.end({ id: stays.id, reason: 'logged_out', now: on.now });
      assert.deepEqual((await on.store.timeline(query))[0]?.live, [1, 1, 0]);
    });

    it('agrees with the list of each instant, whatever has happened', async () => {
      const on = stage();
      toFullMinute(on);
      for (let step = 0; step < 24; step++) {
        const made = await on.signInMany(4, (index) => ({
          username: `user ${(step + index) % 5}`,
          provider: { type: 'oidc', name: `p${index % 3}` },
          idleTimeoutMs: [null, minute, 3 * minute][(step + index) % 3] as number | null,
          expiresAt: step % 4 === 0 ? on.now + 4 * minute : null,
        }));
        on.clock.advance(25 * second);
        if (step % 3 === 0)
          await on.store.end({ id: made[0]?.id as string, reason: 'logged_out', now: on.now });
        if (step % 5 === 0) await on.cut({ username: `user ${step % 5}` });
        if (step % 7 === 0) await on.cut({ provider: { name: 'p1' } });
        if (step % 6 === 0) await on.store.sweep(on.now);
        if (step % 8 === 0) await on.expireAll();
        on.clock.advance(second);
      }
      const series = await assertLiveAsListed(on, lastMinutes(on, 14));
      await assertLiveAsListed(on, lastMinutes(on, 4));
      assert.equal(sum(series.map(({ begun }) => sum(begun))), 96);
    });

    it('is of one realm, or of all with the realm of each series', async () => {
      const on = stage();
      const other = on.elsewhere();
      await on.signInMany(2);
      await other.signInMany(1);
      assert.deepEqual(
        (await on.store.timeline(lastMinutes(on, 1))).map(({ realm, live }) => [realm, live]),
        [[on.realm, [2]]],
      );
      assert.deepEqual(await on.store.timeline({ ...lastMinutes(on, 1), realm: 'nowhere' }), []);
      const { realm: _every, ...everywhere } = lastMinutes(on, 1);
      const all = new Map((await on.store.timeline(everywhere)).map(({ realm, live }) => [realm, live[0]]));
      assert.deepEqual([all.get(on.realm), all.get(other.realm)], [2, 1]);
    });

    it('counts the same in groups, where there are too many buckets to count one by one', async () => {
      const on = stage();
      toFullMinute(on);
      await on.signInMany(30, (index) => ({ createdAt: on.now + index * 7 * second, epoch: 0 }));
      on.clock.advance(hour);
      const to = Math.ceil(on.now / hour) * hour;
      const fine = { realm: on.realm, from: to - 2 * hour, bucketMs: 300, buckets: 24_000, now: on.now };
      const [many] = await on.store.timeline(fine);
      const [few] = await on.store.timeline({ ...fine, bucketMs: hour, buckets: 2 });
      assert.equal(sum(many?.begun ?? []), 30);
      assert.equal(many?.begun.filter((count) => count === 1).length, 30);
      assert.equal(sum(few?.begun ?? []), 30);
      assert.equal(many?.live.at(-1), few?.live.at(-1));
    });
  });
}
