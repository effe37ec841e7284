import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Selector } from '../../../src/session/selector.ts';
import type { NewSession, StoredSession } from '../../../src/session/store.ts';
import { iso } from '../../support/manual-clock.ts';
import { type OpenStore, part, type Stage } from './stage.ts';

/** One user with everything that a selector can name. */
const everything: Partial<NewSession> = {
  username: 'ann',
  subject: 'cn=ann',
  provider: { type: 'ldap', name: 'corp' },
  providerSession: 'sid-1',
  accessGroups: ['read'],
  adminIds: [7],
  app: 'mail',
  client: { ip: '192.0.2.7' },
};

const selectors: [name: string, selector: (on: Stage, all: readonly StoredSession[]) => Selector][] = [
  ['all', () => ({ all: true })],
  ['sessionIds', (_on, all) => ({ sessionIds: all.map(({ id }) => id) })],
  ['username', () => ({ username: 'ann' })],
  ['subject', () => ({ subject: 'cn=ann' })],
  ['provider.type', () => ({ provider: { type: 'ldap' } })],
  ['provider.name', () => ({ provider: { name: 'corp' } })],
  ['providerSession', () => ({ providerSession: 'sid-1' })],
  ['adminId', () => ({ adminId: 7 })],
  ['accessGroup', () => ({ accessGroup: 'read' })],
  ['app', () => ({ app: 'mail' })],
  ['ip', () => ({ ip: '192.0.2.0/24' })],
  ['created', (on) => ({ createdFrom: iso(on.now - 1), createdTo: iso(on.now + 1) })],
  ['lastAccess', (on) => ({ lastAccessFrom: iso(on.now - 1), lastAccessTo: iso(on.now + 1) })],
  ['providerConfigVersionBelow', () => ({ providerConfigVersionBelow: 1 })],
];

/** Nothing crosses the border of a realm (P9): the same users, twice, and each question asked in one of both realms. */
export function bordersPart(open: OpenStore): void {
  part('the border of a realm', open, (stage) => {
    for (const [name, selectorOf] of selectors) {
      for (const crowd of [3, 1050]) {
        it(`holds for ${name} over ${crowd} sessions: lists, counts, summaries, cuts and sweeps (P9)`, async () => {
          const on = stage();
          await on.sweepAll();
          const other = on.elsewhere();
          const mine = await on.signInMany(crowd, () => ({ ...everything, createdAt: other.now }));
          const theirs = await other.signInMany(5, () => everything);
          const selector = selectorOf(on, [...mine.slice(-995), ...theirs]);
          const expected = 'sessionIds' in selector ? Math.min(crowd, 995) : crowd;
          assert.equal((await on.list(on.query(selector))).length, expected);
          const summary = await on.store.summarise({ realm: on.realm, ...selector }, on.now);
          assert.deepEqual(summary.byRealm, [{ value: on.realm, count: expected }]);
          assert.ok(summary.sample.every(({ realm }) => realm === on.realm));
          const { revocation, sessions } = await on.cut(selector);
          assert.equal(revocation.matched, expected);
          assert.ok(sessions.every(({ realm }) => realm === on.realm));
          for (const swept of [false, true]) {
            if (swept) await on.sweepAll();
            assert.equal((await on.list()).length, crowd - expected);
            assert.equal((await other.list(other.query(selector))).length, 5);
            assert.equal(await on.store.count(other.query(undefined, { state: 'ended' })), 0);
            const query = other.query(undefined, { state: 'any', revocation: revocation.seq });
            assert.equal(await on.store.count(query), 0);
          }
        });
      }
    }

    it('is exact: names that differ by a letter, its case or a space are other realms', async () => {
      const on = stage();
      const realms = ['A', 'a', 'a ', ' a', 'a%', 'a_', 'á'].map((suffix) => `${on.realm}${suffix}`);
      for (const realm of realms) await on.signIn({ realm });
      for (const realm of realms) {
        assert.equal(await on.store.count(on.query({ realm, all: true })), 1);
        assert.equal((await on.cut({ realm, all: true })).revocation.matched, 1);
      }
    });
  });
}
