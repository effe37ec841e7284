import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { SurveyQuery } from '../../../src/session/survey.ts';
import { hour, minute } from '../../support/manual-clock.ts';
import { type OpenStore, part, type Stage } from './stage.ts';

const none = { idleTimeoutMs: null, lifespanMs: null, sessionLimit: { kind: 'unlimited' } } as const;
const staff = { type: 'saml', name: 'staff/main' };
const guests = { type: 'saml', name: 'guests' };

function asking(on: Stage, query: Partial<SurveyQuery> = {}): SurveyQuery {
  return { ...none, realm: on.realm, now: on.now, ...query };
}

/** What a policy would find. */
export function surveyingPart(open: OpenStore): void {
  part('a survey', open, (stage) => {
    it('counts the live sessions of the realm, its providers and users that are asked for', async () => {
      const on = stage();
      await on.elsewhere().signInMany(2);
      await on.signInMany(3, () => ({ provider: staff }));
      await on.signInMany(2, () => ({ provider: guests, username: 'bob' }));
      await on.signIn({ provider: guests, username: 'idle', idleTimeoutMs: minute });
      const { id } = await on.signIn({ provider: guests });
      await on.store.end({ id, reason: 'logged_out', now: on.now });
      on.clock.advance(minute);
      const live = async (query: Partial<SurveyQuery>) => (await on.store.survey(asking(on, query))).live;
      assert.equal(await live({}), 5);
      assert.equal(await live({ provider: staff }), 3);
      assert.equal(await live({ exceptProviders: [staff] }), 2);
      assert.equal(await live({ exceptProviders: [staff, guests] }), 0);
      assert.equal(await live({ exceptProviders: [{ type: 'saml', name: 'never seen' }] }), 5);
      assert.equal(await live({ username: 'bob' }), 2);
      assert.equal(await live({ username: 'bob', provider: staff }), 0);
      assert.equal(await live({ exceptUsernames: ['bob', 'idle'] }), 3);
      assert.equal(await live({ realm: 'a realm of nobody' }), 0);
      await on.cut({ username: 'bob' });
      assert.equal(await live({}), 3);
    });

    it('counts no session that a cut has ended, however long its sweep takes', async () => {
      const on = stage();
      await on.signInMany(1200, (index) => ({ username: `user ${index}` }));
      await on.cut();
      await on.signIn();
      const sessionLimit = { kind: 'refuse', max: 1, per: 'user' } as const;
      const found = { live: 1, longer: 1, full: 1, over: 0 };
      const query = { idleTimeoutMs: minute, sessionLimit };
      assert.deepEqual(await on.store.survey(asking(on, query)), found);
      await on.sweepAll();
      assert.deepEqual(await on.store.survey(asking(on, query)), found);
    });

    it('tells how many outlast the limits: by the idle limit, the absolute one, or for want of one', async () => {
      const on = stage();
      await on.signIn({ idleTimeoutMs: 10 * minute, expiresAt: on.now + 2 * hour });
      await on.signIn({ idleTimeoutMs: 20 * minute, expiresAt: on.now + hour });
      await on.signIn({ idleTimeoutMs: null, expiresAt: on.now + hour });
      await on.signIn({ idleTimeoutMs: minute, expiresAt: null });
      const longer = async (idleTimeoutMs: number | null, lifespanMs: number | null) =>
        (await on.store.survey(asking(on, { idleTimeoutMs, lifespanMs }))).longer;
      assert.equal(await longer(null, null), 0);
      assert.equal(await longer(20 * minute, null), 1);
      assert.equal(await longer(20 * minute - 1, null), 2);
      assert.equal(await longer(null, 2 * hour), 1);
      assert.equal(await longer(null, 2 * hour - 1), 2);
      assert.equal(await longer(minute, hour), 4);
    });

    it('tells how many users have as many sessions as the limit allows, and how many they have beyond it', async () => {
      const on = stage();
      await on.elsewhere().signInMany(9);
      await on.signInMany(4, () => ({ username: 'ann' }));
      await on.signInMany(2, () => ({ username: 'bob' }));
      await on.signIn({ username: 'cid' });
      const crowd = async (max: number, rest: Partial<SurveyQuery> = {}) => {
        const sessionLimit = { kind: 'refuse', max, per: 'user' } as const;
        const { full, over } = await on.store.survey(asking(on, { sessionLimit, ...rest }));
        return { full, over };
      };
      assert.deepEqual(await crowd(5), { full: 0, over: 0 });
      assert.deepEqual(await crowd(4), { full: 1, over: 0 });
      assert.deepEqual(await crowd(2), { full: 2, over: 2 });
      assert.deepEqual(await crowd(1), { full: 3, over: 4 });
      assert.deepEqual(await crowd(1, { exceptUsernames: ['ann'] }), { full: 2, over: 1 });
      assert.deepEqual(await crowd(1, { username: 'bob' }), { full: 1, over: 1 });
    });

    it('counts as the limit does: per user over all providers, or per user and provider', async () => {
      const on = stage();
      await on.signInMany(2, () => ({ username: 'ann', provider: staff }));
      await on.signInMany(2, () => ({ username: 'ann', provider: guests }));
      await on.signInMany(3, () => ({ username: 'bob', provider: guests }));
      const crowd = async (per: 'user' | 'provider', rest: Partial<SurveyQuery> = {}) => {
        const sessionLimit = { kind: 'displace', max: 2, per } as const;
        const { full, over } = await on.store.survey(asking(on, { sessionLimit, ...rest }));
        return { full, over };
      };
      assert.deepEqual(await crowd('user'), { full: 2, over: 3 });
      assert.deepEqual(await crowd('provider'), { full: 3, over: 1 });
      assert.deepEqual(await crowd('user', { provider: staff }), { full: 1, over: 2 });
      assert.deepEqual(await crowd('provider', { provider: staff }), { full: 1, over: 0 });
      assert.deepEqual(await crowd('provider', { exceptProviders: [staff] }), { full: 2, over: 1 });
    });
  });
}
