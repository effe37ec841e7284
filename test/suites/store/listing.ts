import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Selector } from '../../../src/session/selector.ts';
import type { NewSession, SessionQuery, StoredSession } from '../../../src/session/store.ts';
import { hour, iso, minute } from '../../support/manual-clock.ts';
import { type OpenStore, part, type Stage, same } from './stage.ts';

/** A selector of each kind that names every third session of `mixed`, whatever the index behind it. */
function everyThird(sessions: readonly StoredSession[], at: number): [field: string, selector: Selector][] {
  const ids = sessions.filter((_, index) => index % 3 === 0).map(({ id }) => id);
  return [
    ['sessionIds', { sessionIds: ids }],
    ['username', { username: 'user 0' }],
    ['subject', { subject: 'cn=user 0' }],
    ['provider.type', { provider: { type: 'type 0' } }],
    ['provider.name', { provider: { name: 'name 0' } }],
    ['providerSession', { providerSession: 'sid 0' }],
    ['adminId', { adminId: 0 }],
    ['accessGroup', { accessGroup: 'group 0' }],
    ['app', { app: 'app 0' }],
    ['ip', { ip: '10.0.0.0/24' }],
    ['providerConfigVersionBelow', { providerConfigVersionBelow: 1 }],
    ['lastAccess', { lastAccessFrom: iso(at), lastAccessTo: iso(at + 1) }],
    ['except', { all: true, except: sessions.filter((_, index) => index % 3 !== 0).map(({ id }) => id) }],
  ];
}

/** Sessions of three kinds, in turn; two are made in each instant. */
function mixed(on: Stage, count: number): Promise<StoredSession[]> {
  return on.signInMany(count, (index): Partial<NewSession> => {
    const kind = index % 3;
    return {
      username: `user ${kind}`,
      subject: `cn=user ${kind}`,
      provider: { type: `type ${kind}`, name: `name ${kind}` },
      providerSession: `sid ${kind}`,
      adminIds: [kind, 100 + index],
      accessGroups: [`group ${kind}`, 'all'],
      app: `app ${kind}`,
      client: { ip: `10.0.${kind}.${index % 250}` },
      providerConfigVersion: kind,
      createdAt: on.now + (index >> 1),
      lastAccessAt: on.now + kind,
    };
  });
}

const newestFirst = (a: StoredSession, b: StoredSession): number =>
  b.createdAt - a.createdAt || b.number - a.number;
const idsOf = (sessions: readonly StoredSession[]): string[] => sessions.map(({ id }) => id);

/** Lists, counts and pages. */
export function listingPart(open: OpenStore): void {
  part('a list', open, (stage) => {
    it('runs from the newest to the oldest, and in one instant from the last made to the first', async () => {
      const on = stage();
      const made = await mixed(on, 30);
      assert.deepEqual(idsOf(await on.list()), idsOf(made.toSorted(newestFirst)));
    });

    it('gives the same sessions in pages of any size, whatever it filters by', async () => {
      const on = stage();
      const made = await mixed(on, 45);
      const expected = idsOf(made.filter((_, index) => index % 3 === 0).toSorted(newestFirst));
      for (const [field, selector] of everyThird(made, on.now)) {
        for (const limit of [1, 4, 5, 15, 16]) {
          assert.deepEqual(
            await on.ids(on.query(selector), limit),
            expected,
            `${field} in pages of ${limit}`,
          );
        }
      }
    });

    it('gives the same pages of ended sessions, and of both kinds together', async () => {
      const on = stage();
      const made = await mixed(on, 45);
      for (const { id } of made.filter((_, index) => index % 2 === 0)) {
        await on.store.end({ id, reason: 'logged_out', now: on.now });
      }
      const third = made.filter((_, index) => index % 3 === 0);
      const endedThird = made.filter((_, index) => index % 6 === 0);
      for (const [field, selector] of everyThird(made, on.now)) {
        const ended = on.query(selector, { state: 'ended' });
        const any = on.query(selector, { state: 'any' });
        assert.deepEqual(await on.ids(ended, 4), idsOf(endedThird.toSorted(newestFirst)), field);
        assert.deepEqual(await on.ids(any, 4), idsOf(third.toSorted(newestFirst)), field);
      }
    });

    it('holds sessions of every kind of condition at once', async () => {
      const on = stage();
      const made = await mixed(on, 30);
      const all = Object.assign({}, ...everyThird(made, on.now).map(([, selector]) => selector)) as Selector;
      const { all: _alone, provider: _half, except: _none, ...rest } = all;
      const selector = { ...rest, provider: { type: 'type 0', name: 'name 0' } };
      assert.equal((await on.list(on.query(selector), 3)).length, 10);
      assert.deepEqual(await on.list(on.query({ ...selector, app: 'app 1' })), []);
    });

    it('says where the next page starts only if there is one', async () => {
      const on = stage();
      await on.signInMany(4);
      const query = on.query();
      assert.notEqual((await on.store.list({ ...query, limit: 3 })).next, undefined);
      assert.equal((await on.store.list({ ...query, limit: 4 })).next, undefined);
      assert.equal((await on.store.list({ ...query, limit: 5 })).next, undefined);
    });

    it('that is empty has no next page', async () => {
      const on = stage();
      assert.deepEqual(await on.store.list({ ...on.query(), limit: 10 }), { sessions: [] });
    });

    it('goes on where it was, though sessions come and go meanwhile', async () => {
      const on = stage();
      const made = (await mixed(on, 20)).toSorted(newestFirst);
      const first = await on.store.list({ ...on.query(), limit: 8 });
      assert.deepEqual(idsOf(first.sessions), idsOf(made.slice(0, 8)));
      on.clock.advance(minute);
      await on.signInMany(5);
      // The last of the page leaves, its place remains; one of the next page leaves, and is gone.
      for (const index of [7, 3, 10]) {
        await on.store.end({ id: made[index]?.id as string, reason: 'logged_out', now: on.now });
      }
      assert.ok(first.next !== undefined);
      const second = await on.store.list({ ...on.query(), limit: 100, after: first.next });
      assert.deepEqual(idsOf(second.sessions), idsOf([...made.slice(8, 10), ...made.slice(11)]));
    });

    it('of a selector without a realm holds those of every realm', async () => {
      const on = stage();
      const other = on.elsewhere();
      const username = `only ${on.realm}`;
      const made = [await on.signIn({ username }), await other.signIn({ username })];
      const query: SessionQuery = { selector: { username }, state: 'live', now: on.now };
      assert.deepEqual(await on.ids(query, 1), idsOf(made.toSorted(newestFirst)));
    });
  });

  part('the state in a list', open, (stage) => {
    /** One session for each way to be live or ended, and what a list must say of it. */
    async function population(on: Stage): Promise<Map<string, string>> {
      const states = new Map<string, string>();
      const make = async (state: string, changes: Partial<NewSession> = {}): Promise<StoredSession> => {
        const session = await on.signIn(changes);
        states.set(session.id, state);
        return session;
      };
      await make('live');
      await make('live', { idleTimeoutMs: null, expiresAt: null });
      await make('idle', { idleTimeoutMs: minute });
      await make('expired', { expiresAt: on.now + minute });
      const out = await make('logged_out');
      await on.store.end({ id: out.id, reason: 'logged_out', now: on.now });
      await make('revoked', { username: 'cut' });
      await on.cut({ username: 'cut' });
      await make('displaced', { username: 'one' });
      await on
        .signIn({ username: 'one' }, { limit: { kind: 'displace', max: 1, per: 'user' } })
        .then(({ id }) => states.set(id, 'live'));
      on.clock.advance(minute);
      return states;
    }

    it('is live, or the reason of the ending, before and after limits are marked', async () => {
      const on = stage();
      const states = await population(on);
      for (const marked of [false, true]) {
        if (marked) await on.expireAll();
        const any = await on.list(on.query(undefined, { state: 'any' }), 3);
        assert.deepEqual(new Map(any.map(({ id, ended }) => [id, ended?.reason ?? 'live'])), states);
        const live = await on.list(on.query(), 2);
        const ended = await on.list(on.query(undefined, { state: 'ended' }), 2);
        assert.deepEqual(
          live.map(({ id }) => states.get(id)),
          ['live', 'live', 'live'],
        );
        assert.deepEqual(ended.map(({ id }) => states.get(id)).sort(), [
          'displaced',
          'expired',
          'idle',
          'logged_out',
          'revoked',
        ]);
        for (const session of any) same(await on.present(session.id), session);
      }
    });

    it('as of an instant is that of the instant, for sessions that there were', async () => {
      const on = stage();
      const start = on.now;
      const old = await on.signIn({ idleTimeoutMs: 10 * minute });
      on.clock.advance(minute);
      const out = await on.signIn({ idleTimeoutMs: null });
      on.clock.advance(minute);
      await on.store.end({ id: out.id, reason: 'logged_out', now: on.now });
      on.clock.advance(minute);
      const cut = await on.signIn();
      on.clock.advance(minute);
      await on.cut({ sessionIds: [cut.id] });
      on.clock.advance(hour);
      const liveAt = (minutes: number) => on.ids(on.query(undefined, { asOf: start + minutes * minute }));
      for (const marked of [false, true]) {
        if (marked) await on.expireAll();
        assert.deepEqual(await liveAt(-1), []);
        assert.deepEqual(await liveAt(0), [old.id]);
        assert.deepEqual(await liveAt(1), [out.id, old.id]);
        assert.deepEqual(await liveAt(2), [old.id]);
        assert.deepEqual(await liveAt(3), [cut.id, old.id]);
        assert.deepEqual(await liveAt(4), [old.id]);
        assert.deepEqual(await liveAt(10), []);
        const endedAt4 = await on.list(on.query(undefined, { asOf: start + 4 * minute, state: 'ended' }));
        assert.deepEqual(
          endedAt4.map(({ id, ended }) => [id, ended?.reason]),
          [
            [cut.id, 'revoked'],
            [out.id, 'logged_out'],
          ],
        );
        const anyAt3 = await on.list(on.query(undefined, { asOf: start + 3 * minute, state: 'any' }));
        assert.deepEqual(
          anyAt3.map(({ id, ended }) => [id, ended?.reason]),
          [
            [cut.id, undefined],
            [out.id, 'logged_out'],
            [old.id, undefined],
          ],
        );
      }
    });

    it('as of an instant before a large cut is live, before and after the sweep', async () => {
      const on = stage();
      await on.signInMany(1050);
      const before = on.now;
      on.clock.advance(minute);
      await on.cut();
      for (const swept of [false, true]) {
        if (swept) await on.sweepAll();
        const live = await on.list(on.query(undefined, { asOf: before }));
        assert.equal(live.length, 1050);
        assert.ok(live.every(({ ended }) => ended === undefined));
        assert.equal(await on.store.count(on.query(undefined, { asOf: on.now })), 0);
      }
    });
  });

  part('a list by revocation', open, (stage) => {
    for (const crowd of [0, 1050]) {
      it(`holds those that it ended, and no others, with ${crowd} more to sweep`, async () => {
        const on = stage();
        await on.signIn({ idleTimeoutMs: minute, username: 'idle before' });
        const out = await on.signIn({ username: 'out before' });
        await on.store.end({ id: out.id, reason: 'logged_out', now: on.now });
        on.clock.advance(minute);
        const ann = await on.signIn({ username: 'ann' });
        const bob = await on.signIn({ username: 'bob' });
        await on.signInMany(crowd, () => ({ username: 'crowd' }));
        const first = await on.cut({ username: 'ann' });
        const second = await on.cut();
        const after = await on.signIn({ username: 'after' });
        const endedBy = (revocation: number, selector?: Selector) =>
          on.ids(on.query(selector, { state: 'ended', revocation }), 400);
        for (const swept of [false, true]) {
          if (swept) {
            await on.expireAll();
            await on.sweepAll();
          }
          assert.deepEqual(await endedBy(first.revocation.seq), [ann.id]);
          assert.equal((await endedBy(second.revocation.seq)).length, crowd + 1);
          assert.deepEqual(await endedBy(second.revocation.seq, { username: 'bob' }), [bob.id]);
          assert.deepEqual(await endedBy(second.revocation.seq + 1000), []);
          assert.deepEqual(await on.ids(), [after.id]);
        }
      });
    }

    it('is empty as of an instant before the revocation was made, in every state and swept or not', async () => {
      const on = stage();
      const ann = await on.signIn({ username: 'ann' });
      const before = on.now;
      on.clock.advance(minute);
      const { revocation } = await on.cut({ username: 'ann' });
      for (const swept of [false, true]) {
        if (swept) await on.sweepAll();
        for (const state of ['live', 'ended', 'any'] as const) {
          const query = { state, revocation: revocation.seq };
          const past = on.query(undefined, { ...query, asOf: before });
          assert.deepEqual(await on.ids(past), []);
          assert.equal(await on.store.count(past), 0);
          const present = on.query(undefined, { ...query, asOf: on.now });
          assert.deepEqual(await on.ids(present), state === 'live' ? [] : [ann.id]);
        }
      }
    });
  });
}
