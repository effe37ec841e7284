import assert from 'node:assert/strict';
import { it } from 'node:test';
import { rangesBeginning } from '../../../src/core/address.ts';
import {
  type HistogramField,
  histogramFields,
  histogramOf,
  scaleOf,
} from '../../../src/session/histogram.ts';
import { listOrders, type SessionQuery, type StoredSession } from '../../../src/session/store.ts';
import { beginningsOf, type Suggestion } from '../../../src/session/suggestions.ts';
import { hour, iso, minute } from '../../support/manual-clock.ts';
import { type OpenStore, part, type Stage } from './stage.ts';

/** Asserts that a histogram holds exactly the sessions that the list of the same query gives. */
async function assertLaidOut(on: Stage, query: SessionQuery, field: HistogramField): Promise<void> {
  const listed = await on.list(query);
  const histogram = await on.store.histogram({ ...query, field, buckets: 20 });
  const instants = listed.map((session) => session[field]);
  if (instants.length === 0) {
    assert.deepEqual(histogram.counts, []);
    return;
  }
  const { from, bucketMs, counts } = histogram;
  const expected = new Map<number, number>();
  for (const instant of instants) {
    const bucket = Math.floor((instant - from) / bucketMs);
    expected.set(bucket, (expected.get(bucket) ?? 0) + 1);
  }
  assert.deepEqual(histogram, histogramOf({ from, bucketMs, buckets: counts.length }, expected));
  assert.ok(counts.length <= 20);
}

/** Names of this realm that begin with a text, all of one kind. */
async function suggested(
  on: Stage,
  text: string,
  kind: 'usernames' | 'subjects' | 'addresses' = 'usernames',
  limit = 10,
): Promise<[value: string, live: number][]> {
  const suggestions = await on.store.suggest({
    beginnings: beginningsOf(text),
    addresses: rangesBeginning(text),
    realm: on.realm,
    limit,
    now: on.now,
  });
  return suggestions[kind].map(({ value, realm, live }) => {
    assert.equal(realm, on.realm);
    return [value, live];
  });
}

/** How sessions lie in time, in which order they come, and what they are called. */
export function overviewPart(open: OpenStore): void {
  part('a list in an order', open, (stage) => {
    it('has every session once, by creation or by last access, from either end', async () => {
      const on = stage();
      const made = await on.signInMany(40, (index) => ({
        createdAt: on.now + Math.floor(index / 3),
        lastAccessAt: on.now + ((index * 7) % 13),
        username: index % 2 === 0 ? 'ann' : 'bob',
      }));
      await on.store.end({ id: (made[5] as StoredSession).id, reason: 'logged_out', now: on.now });
      for (const order of listOrders) {
        const field = order.endsWith('createdAt') ? 'createdAt' : 'lastAccessAt';
        const sign = order.startsWith('-') ? -1 : 1;
        for (const selector of [{ all: true as const }, { username: 'ann' }, { ip: '10.0.0.0/8' }]) {
          for (const state of ['live', 'any'] as const) {
            const query = { ...on.query(selector, { state }), order };
            const listed = await on.list(query, 7);
            const sorted = listed.toSorted((a, b) => sign * (a[field] - b[field] || a.number - b.number));
            assert.deepEqual(
              listed.map(({ id }) => id),
              sorted.map(({ id }) => id),
              order,
            );
            assert.equal(new Set(listed.map(({ id }) => id)).size, listed.length);
          }
        }
      }
    });
  });

  part('a histogram', open, (stage) => {
    it('counts exactly those that the list has, in every state, with limits passed and not marked yet', async () => {
      const on = stage();
      const start = on.now;
      const made = await on.signInMany(60, (index) => ({
        createdAt: start + index * minute,
        lastAccessAt: start + (60 + (index % 5)) * minute,
        username: `user ${index % 4}`,
        app: `app ${index % 2}`,
        client: { ip: `10.0.0.${index % 8}` },
        idleTimeoutMs: index % 3 === 0 ? 70 * minute : 10 * hour,
      }));
      on.clock.advance(90 * minute);
      for (const { id } of made.slice(0, 9)) await on.store.end({ id, reason: 'logged_out', now: on.now });
      on.clock.advance(45 * minute);
      const selectors = [
        { all: true as const },
        { username: 'user 1' },
        { app: 'app 0' },
        { ip: '10.0.0.0/30' },
        { createdFrom: iso(start + 10 * minute), createdTo: iso(start + 31 * minute) },
        { lastAccessFrom: iso(start + 62 * minute) },
        { sessionIds: made.slice(4, 20).map(({ id }) => id) },
        { username: 'nobody' },
      ];
      for (const marked of [false, true]) {
        if (marked) await on.expireAll();
        for (const selector of selectors) {
          for (const state of ['live', 'ended', 'any'] as const) {
            for (const field of histogramFields) {
              await assertLaidOut(on, on.query(selector, { state }), field);
              await assertLaidOut(on, on.query(selector, { state, asOf: start + 95 * minute }), field);
            }
          }
        }
      }
    });

    it('counts no session that a cut has ended, also while it is not swept', async () => {
      const on = stage();
      await on.signInMany(1050, (index) => ({ username: 'crowd', createdAt: on.now + (index % 90) * 1000 }));
      await on.signInMany(7, (index) => ({ username: 'few', createdAt: on.now + index * 20_000 }));
      on.clock.advance(hour / 4);
      const { revocation } = await on.cut({ username: 'crowd' });
      for (const swept of [false, true]) {
        if (swept) await on.sweepAll();
        for (const field of histogramFields) {
          const total = async (rest: Partial<SessionQuery>): Promise<number> => {
            const query = on.query(undefined, rest);
            const { counts } = await on.store.histogram({ ...query, field, buckets: 50 });
            return counts.reduce((sum, count) => sum + count, 0);
          };
          assert.equal(await total({}), 7);
          assert.equal(await total({ state: 'ended' }), 1050);
          assert.equal(await total({ state: 'any' }), 1057);
          assert.equal(await total({ state: 'any', revocation: revocation.seq }), 1050);
          await assertLaidOut(on, on.query(), field);
        }
      }
    });

    it('reaches the present of the query, however long ago the last session came', async () => {
      const on = stage();
      const start = on.now;
      await on.signInMany(6, (index) => ({
        createdAt: start + index * minute,
        username: `user ${index % 2}`,
      }));
      on.clock.advance(hour);
      for (const selector of [{ all: true as const }, { username: 'user 1' }]) {
        const query = { ...on.query(selector, { state: 'any' }), field: 'createdAt', buckets: 30 } as const;
        const short = await on.store.histogram(query);
        const long = await on.store.histogram({ ...query, until: on.now });
        const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
        assert.equal(sum(long.counts), sum(short.counts));
        assert.ok(long.counts.length <= 30);
        const end = long.from + long.counts.length * long.bucketMs;
        assert.ok(end >= on.now && end - long.bucketMs < on.now, 'the last bucket holds the present');
        assert.ok(long.bucketMs > short.bucketMs);
      }
      const none = { ...on.query({ username: 'nobody' }), field: 'createdAt', buckets: 30 } as const;
      assert.deepEqual((await on.store.histogram({ ...none, until: on.now })).counts, []);
    });

    it('has buckets that stay where they are when sessions come', async () => {
      const on = stage();
      await on.signInMany(30, (index) => ({ createdAt: on.now + index * minute }));
      const query = { ...on.query(), field: 'createdAt', buckets: 40 } as const;
      const before = await on.store.histogram(query);
      await on.signIn({ createdAt: on.now + 31 * minute });
      const after = await on.store.histogram(query);
      assert.deepEqual([after.from, after.bucketMs], [before.from, before.bucketMs]);
      assert.deepEqual(after.counts.slice(0, before.counts.length), before.counts);
      assert.deepEqual(scaleOf(before.from, before.from, 1).buckets, 1);
    });
  });

  part('the words of sessions', open, (stage) => {
    it('are those that sessions of the realm bear or bore, each once and in order', async () => {
      const on = stage();
      const other = on.elsewhere();
      await on.signIn({ provider: { type: 'saml', name: 'b' }, app: 'web', accessGroups: ['read', 'Users'] });
      await on.signIn({ provider: { type: 'ldap', name: 'z' }, app: 'mail', accessGroups: ['read'] });
      const out = await on.signIn({ provider: { type: 'saml', name: 'a' }, accessGroups: [] });
      await on.store.end({ id: out.id, reason: 'logged_out', now: on.now });
      await other.signIn({
        provider: { type: 'oidc', name: on.realm },
        app: on.realm,
        accessGroups: [on.realm],
      });
      assert.deepEqual(await on.store.words(on.realm), {
        providers: [
          { type: 'ldap', name: 'z' },
          { type: 'saml', name: 'a' },
          { type: 'saml', name: 'b' },
        ],
        apps: ['mail', 'web'],
        accessGroups: ['Users', 'read'],
      });
      assert.ok((await on.store.words()).apps.includes(on.realm));
      assert.deepEqual(await on.store.words(`no ${on.realm}`), { providers: [], apps: [], accessGroups: [] });
    });
  });

  part('suggestions', open, (stage) => {
    it('are names that live sessions of the realm bear, in order, with how many', async () => {
      const on = stage();
      const other = on.elsewhere();
      await on.signInMany(3, () => ({ username: 'anna', subject: 'cn=anna,dc=x' }));
      await on.signIn({ username: 'ann', subject: 'cn=ann,dc=x' });
      await on.signIn({ username: 'Anton', subject: 'S-1-5' });
      await on.signIn({ username: 'bob', subject: 'cn=bob' });
      await on.signIn({ username: 'annex', idleTimeoutMs: minute });
      const out = await on.signIn({ username: 'anno' });
      await on.store.end({ id: out.id, reason: 'logged_out', now: on.now });
      await other.signIn({ username: 'ann' });
      await other.signIn({ username: 'anders' });
      on.clock.advance(minute);
      assert.deepEqual(await suggested(on, 'an'), [
        ['Anton', 1],
        ['ann', 1],
        ['anna', 3],
      ]);
      assert.deepEqual(await suggested(on, 'ANN'), [
        ['ann', 1],
        ['anna', 3],
      ]);
      assert.deepEqual(await suggested(on, 'an', 'usernames', 2), [
        ['Anton', 1],
        ['ann', 1],
      ]);
      assert.deepEqual(await suggested(on, 'cn=ann', 'subjects'), [
        ['cn=ann,dc=x', 1],
        ['cn=anna,dc=x', 3],
      ]);
      assert.deepEqual(await suggested(on, 'annb'), []);
      assert.deepEqual(await suggested(on, '%'), []);
      const everywhere = await on.store.suggest({
        beginnings: ['anders'],
        addresses: [],
        limit: 5,
        now: on.now,
      });
      const expected: Suggestion[] = [{ value: 'anders', realm: other.realm, live: 1 }];
      assert.deepEqual(everywhere.usernames, expected);
    });

    it('begin with the very name that was written, however many differ from it in capitals or go on', async () => {
      const on = stage();
      const names = ['ANN', 'Ann', 'Anna', 'Anne', 'ann', 'anna'];
      await on.signInMany(names.length, (index) => ({ username: names[index] as string }));
      const found = async (text: string, limit: number) =>
        (await suggested(on, text, 'usernames', limit)).map(([value]) => value);
      assert.deepEqual(await found('ann', 10), ['ann', 'ANN', 'Ann', 'Anna', 'Anne', 'anna']);
      assert.deepEqual(await found('Ann', 10), ['Ann', 'ANN', 'ann', 'Anna', 'Anne', 'anna']);
      assert.deepEqual(await found('ann', 1), ['ann']);
    });

    it('leave out whom a cut has ended, also while it is not swept', async () => {
      const on = stage();
      await on.signInMany(1050, () => ({ username: 'crowd', client: { ip: '198.51.100.7' } }));
      on.clock.advance(1);
      await on.cut({ username: 'crowd' });
      await on.signIn({ username: 'crowded', client: { ip: '198.51.100.7' } });
      for (const swept of [false, true]) {
        if (swept) await on.sweepAll();
        assert.deepEqual(await suggested(on, 'crowd'), [['crowded', 1]]);
        assert.deepEqual(await suggested(on, '198.51.', 'addresses'), [['198.51.100.7', 1]]);
      }
    });

    it('count no further than a thousand', async () => {
      const on = stage();
      await on.signInMany(1010, () => ({ username: 'busy' }));
      assert.deepEqual(await suggested(on, 'bus'), [['busy', 1000]]);
    });

    it('tell long names apart that begin alike', async () => {
      const on = stage();
      const long = 'ä'.repeat(600);
      await on.signIn({ username: `${long}1` });
      await on.signInMany(2, () => ({ username: `${long}2` }));
      assert.deepEqual(await suggested(on, 'ää'), [
        [`${long}1`, 1],
        [`${long}2`, 2],
      ]);
      assert.deepEqual(await suggested(on, `${long}2`), [[`${long}2`, 2]]);
    });

    it('are addresses by their first numbers, and networks', async () => {
      const on = stage();
      const addresses = ['10.1.2.3', '10.1.20.3', '10.12.0.1', '10.2.0.1', '2001:db8::1', '2001:dba::1'];
      await on.signInMany(addresses.length, (index) => ({ client: { ip: addresses[index] as string } }));
      const found = async (text: string) => (await suggested(on, text, 'addresses')).map(([value]) => value);
      assert.deepEqual(await found('10.1'), ['10.1.2.3', '10.1.20.3', '10.12.0.1']);
      assert.deepEqual(await found('10.1.2'), ['10.1.2.3', '10.1.20.3']);
      assert.deepEqual(await found('10.1.2.'), ['10.1.2.3']);
      assert.deepEqual(await found('10.1.0.0/16'), ['10.1.2.3', '10.1.20.3']);
      assert.deepEqual(await found('2001:db'), ['2001:db8::1', '2001:dba::1']);
      assert.deepEqual(await found('2001:db8:'), ['2001:db8::1']);
      assert.deepEqual(await found('2001:db8::'), ['2001:db8::1']);
      assert.deepEqual(await found('ann'), []);
    });
  });
}
