import assert from 'node:assert/strict';
import { it } from 'node:test';
import { minute } from '../../support/manual-clock.ts';
import { type OpenStore, part, same } from './stage.ts';

/** What a cut would hit. */
export function summarisingPart(open: OpenStore): void {
  part('a summary', open, (stage) => {
    it('counts live sessions by realm, provider, user and app, the greatest first', async () => {
      const on = stage();
      const other = on.elsewhere();
      const attributes = { mark: on.realm };
      const ip = '10.9.8.7';
      const rest = { attributes, client: { ip } };
      await on.signInMany(3, () => ({ ...rest, username: 'ann', app: 'mail', adminIds: [3, 1] }));
      await on.signInMany(2, () => ({
        ...rest,
        username: 'bob',
        provider: { type: 'saml', name: 'a/b' },
        adminIds: [3],
      }));
      await other.signInMany(1, () => ({ ...rest, username: 'bob', app: 'web' }));
      await on.signIn({ ...rest, username: 'idle', app: 'idle', idleTimeoutMs: minute, adminIds: [99] });
      await on.signIn({ username: 'elsewhere', app: 'other' });
      on.clock.advance(minute);
      const summary = await on.store.summarise({ ip }, on.now);
      assert.equal(summary.count, 6);
      assert.deepEqual(summary.byRealm, [
        { value: on.realm, count: 5 },
        { value: other.realm, count: 1 },
      ]);
      assert.deepEqual(summary.byProvider, [
        { value: 'basic/main', count: 4 },
        { value: 'saml/a/b', count: 2 },
      ]);
      assert.deepEqual(
        new Map(summary.byUser.map(({ value, count }) => [value, count])),
        new Map([
          ['ann', 3],
          ['bob', 3],
        ]),
      );
      assert.deepEqual(summary.byApp, [
        { value: 'mail', count: 3 },
        { value: 'web', count: 1 },
      ]);
      assert.deepEqual(summary.adminIds, [1, 3]);
      assert.deepEqual(summary.unknown, []);
      await on.store.revoke({
        by: { kind: 'system', id: 'test', name: 'test' },
        face: 'system',
        selector: { ip },
        reason: 'the end of this case',
        now: on.now,
      });
      assert.equal((await on.store.summarise({ ip }, on.now)).count, 0);
    });

    it('shows the 20 newest sessions and the 20 users with most', async () => {
      const on = stage();
      // User n has n sessions, so that the order is known.
      const names = Array.from({ length: 25 }, (_, n) => Array<string>(n + 1).fill(`user ${n + 1}`)).flat();
      await on.signInMany(names.length, (index) => ({
        username: names[index] as string,
        createdAt: on.now + index,
      }));
      const summary = await on.store.summarise({ realm: on.realm, all: true }, on.now);
      assert.equal(summary.count, names.length);
      assert.deepEqual(
        summary.byUser,
        Array.from({ length: 20 }, (_, n) => ({ value: `user ${25 - n}`, count: 25 - n })),
      );
      const newest = (await on.list()).slice(0, 20);
      assert.equal(summary.sample.length, 20);
      for (const [index, session] of newest.entries()) same(summary.sample[index], session);
    });

    it('is what the cut then hits', async () => {
      const on = stage();
      await on.signInMany(30, (index) => ({ username: `user ${index % 4}`, app: `app ${index % 3}` }));
      for (const selector of [
        { username: 'user 1' },
        { app: 'app 0' },
        { all: true as const },
        { username: 'user 9' },
      ]) {
        const { count } = await on.store.summarise({ realm: on.realm, ...selector }, on.now);
        assert.equal((await on.cut(selector)).revocation.matched, count);
      }
    });

    it('of nothing is empty', async () => {
      const on = stage();
      await on.signIn();
      const { unknown, ...summary } = await on.store.summarise(
        { realm: on.realm, username: 'nobody' },
        on.now,
      );
      assert.deepEqual(summary, {
        count: 0,
        byRealm: [],
        byProvider: [],
        byUser: [],
        byApp: [],
        sample: [],
        adminIds: [],
      });
      assert.deepEqual(unknown, ['username']);
    });
  });
}
