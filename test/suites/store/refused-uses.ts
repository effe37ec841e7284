import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { StoredSession } from '../../../src/session/store.ts';
import { minute } from '../../support/manual-clock.ts';
import { type OpenStore, part, type Stage } from './stage.ts';

/** So many uses of a session from an address, all of them now. */
function uses(on: Stage, { number }: StoredSession, ip: string, count: number): Promise<void> {
  return on.store.addRefusals([{ number, ip, count, firstAt: on.now, lastAt: on.now }]);
}

/** Who still uses ended sessions. */
export function refusedUsesPart(open: OpenStore): void {
  part('refused uses by address', open, (stage) => {
    it('say how often which address tried how many sessions of whom, the most first', async () => {
      const on = stage();
      const ann = await on.signInMany(2);
      const bob = await on.signIn({ username: 'bob' });
      const begin = on.now;
      await uses(on, ann[0] as StoredSession, '192.0.2.1', 3);
      on.clock.advance(minute);
      await uses(on, ann[1] as StoredSession, '192.0.2.1', 4);
      await uses(on, bob, '192.0.2.1', 5);
      await uses(on, bob, '2001:db8::1', 2);
      await uses(on, bob, '', 1);
      const found = await on.store.refusedUses({ realm: on.realm, since: begin, limit: 10 });
      assert.deepEqual(found, {
        count: 3,
        uses: 15,
        addresses: [
          {
            ip: '192.0.2.1',
            uses: 12,
            sessions: 3,
            users: 2,
            usernames: ['ann', 'bob'],
            sessionIds: [bob.id, ann[1]?.id, ann[0]?.id],
            firstAt: begin,
            lastAt: on.now,
          },
          {
            ip: '2001:db8::1',
            uses: 2,
            sessions: 1,
            users: 1,
            usernames: ['bob'],
            sessionIds: [bob.id],
            firstAt: on.now,
            lastAt: on.now,
          },
          {
            ip: '',
            uses: 1,
            sessions: 1,
            users: 1,
            usernames: ['bob'],
            sessionIds: [bob.id],
            firstAt: on.now,
            lastAt: on.now,
          },
        ],
      });
    });

    it('leave out whoever has not tried since, and say how many are beyond the limit', async () => {
      const on = stage();
      const session = await on.signIn();
      await uses(on, session, '192.0.2.1', 9);
      on.clock.advance(minute);
      const since = on.now;
      for (let n = 2; n < 7; n++) await uses(on, session, `192.0.2.${n}`, n);
      const {
        count,
        uses: all,
        addresses,
      } = await on.store.refusedUses({ realm: on.realm, since, limit: 2 });
      assert.deepEqual([count, all], [5, 20]);
      assert.deepEqual(
        addresses.map(({ ip }) => ip),
        ['192.0.2.6', '192.0.2.5'],
      );
      assert.deepEqual(await on.store.refusedUses({ realm: on.realm, since: on.now + 1, limit: 2 }), {
        count: 0,
        uses: 0,
        addresses: [],
      });
    });

    it('name five users and five sessions of an address, and count all', async () => {
      const on = stage();
      const sessions = await on.signInMany(8, (index) => ({ username: `user ${index}` }));
      for (const [index, session] of sessions.entries()) {
        await uses(on, session, '192.0.2.8', 10 + index);
        on.clock.advance(1);
      }
      const [address] = (await on.store.refusedUses({ realm: on.realm, since: 0, limit: 1 })).addresses;
      assert.deepEqual([address?.sessions, address?.users], [8, 8]);
      assert.deepEqual(address?.usernames, ['user 7', 'user 6', 'user 5', 'user 4', 'user 3']);
      assert.deepEqual(
        address?.sessionIds,
        sessions
          .slice(3)
          .reverse()
          .map(({ id }) => id),
      );
    });

    it('are told of one realm, or of all', async () => {
      const on = stage();
      const other = on.elsewhere();
      const since = on.now;
      await uses(on, await on.signIn(), '192.0.2.1', 1);
      await uses(on, await other.signIn(), '192.0.2.1', 2);
      assert.equal((await on.store.refusedUses({ realm: on.realm, since, limit: 5 })).uses, 1);
      assert.equal((await on.store.refusedUses({ realm: other.realm, since, limit: 5 })).uses, 2);
      assert.equal((await on.store.refusedUses({ realm: 'nowhere', since, limit: 5 })).uses, 0);
      const [both] = (await on.store.refusedUses({ since, limit: 5 })).addresses;
      assert.deepEqual([both?.uses, both?.sessions, both?.usernames], [3, 2, ['ann']]);
    });
  });
}
