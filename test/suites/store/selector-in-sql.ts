import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { hashSecret, newSessionToken } from '../../../src/core/tokens.ts';
import { histogramFields } from '../../../src/session/histogram.ts';
import {
  type ListQuery,
  listOrders,
  type NewSession,
  type StoredSession,
} from '../../../src/session/store.ts';
import { firstOf } from '../../../src/session/suggestions.ts';
import { ModelStore } from '../../model/model-store.ts';
import { minute, startOfTime } from '../../support/manual-clock.ts';
import { anySelector, anySession, ids, span } from '../../support/populations.ts';
import { property, randomFrom, seedOfRun } from '../../support/seed.ts';
import { plain, toRevoke } from '../../support/sessions.ts';
import type { OpenedStore } from './stage.ts';

/** The id of the nth session of a group. */
function idOf(group: 'early' | 'crowd' | 'late', n: number): string {
  const variant = { early: '9', crowd: 'a', late: 'b' }[group];
  return `${String(n).padStart(8, '0')}-0000-4000-${variant}000-000000000000`;
}

/**
 * The meaning of a selector stands twice: in code, where the ledger asks it, and in SQL, where lists, counts and cuts
 * do. Here both are asked about the same sessions; the model asks the code.
 */
export function selectorInSql(engine: string, open: () => Promise<OpenedStore>): void {
  describe(`a selector in the SQL of ${engine}`, () => cases(open));
}

function cases(open: () => Promise<OpenedStore>): void {
  const seed = seedOfRun();
  const now = startOfTime + span * minute;
  const model = new ModelStore();
  let opened: OpenedStore | undefined;
  const store = () => {
    assert.ok(opened !== undefined);
    return opened.store;
  };

  /** Registers a session with both; they must agree. */
  async function register(session: NewSession): Promise<void> {
    const tokenHash = hashSecret(newSessionToken());
    const order = { session, tokenHash, limit: { kind: 'unlimited' } as const, now: session.lastAccessAt };
    const expected = model.register(order);
    assert.equal((await store().register(order)).kind, expected.kind);
  }

  /** A history in its order: sessions come, some of them leave, cuts are made, others come after them. */
  before(async () => {
    opened = await open();
    const random = randomFrom(seed);
    const drawn = fc.sample(anySession, { numRuns: 700, seed });
    const early = drawn.filter(({ lastAccessAt }) => lastAccessAt <= startOfTime + 4 * minute);
    const sessions = early.map((session, n): NewSession => ({ ...session, id: ids[n] ?? idOf('early', n) }));
    await Promise.all(sessions.map(register));
    const leaving = sessions.filter(() => random.oneIn(10));
    const instants = leaving.map(() => startOfTime + 4 * minute + random.below(minute)).sort((a, b) => a - b);
    for (const [n, { id }] of leaving.entries()) {
      const order = { id, reason: 'logged_out', now: instants[n] as number } as const;
      const expected = model.end(order);
      assert.deepEqual((await store().end(order))?.ended, expected?.ended);
    }
    // A crowd of equals, so that a cut of more than 1,000 is there that stays unswept.
    const one = { ...(sessions[0] as NewSession), idleTimeoutMs: null, expiresAt: null };
    await Promise.all(Array.from({ length: 1020 }, (_, n) => register({ ...one, id: idOf('crowd', n) })));
    const cuts = [...fc.sample(anySelector, { numRuns: 4, seed }), { username: one.username }];
    for (const selector of cuts) {
      const order = toRevoke(selector, { now: startOfTime + 5 * minute });
      const expected = model.revoke(order);
      const outcome = await store().revoke(order);
      assert.ok(outcome.kind === 'revoked' && expected.kind === 'revoked');
      assert.equal(outcome.revocation.matched, expected.revocation.matched);
    }
    const late = drawn.filter(({ lastAccessAt }) => lastAccessAt > startOfTime + 4 * minute);
    const epoch = () => (random.oneIn(2) ? cuts.length : random.below(cuts.length));
    await Promise.all(
      late.map((session, n) => register({ ...session, id: idOf('late', n), epoch: epoch() })),
    );
  });

  after(async () => {
    await opened?.close();
  });

  /** The whole list in pages of a size. */
  async function listOf(query: Omit<ListQuery, 'limit'>, limit: number): Promise<StoredSession[]> {
    const sessions: StoredSession[] = [];
    let page = await store().list({ ...query, limit });
    while (page.next !== undefined) {
      sessions.push(...page.sessions);
      page = await store().list({ ...query, limit, after: page.next });
    }
    return [...sessions, ...page.sessions];
  }

  async function assertSame(query: Omit<ListQuery, 'limit'>): Promise<void> {
    const expected = model.list(query);
    assert.equal(await store().count(query), expected.length);
    const listed = await listOf(query, 500);
    assert.deepEqual(listed.map(plain), expected.map(plain));
  }

  const state = fc.constantFrom('live', 'ended', 'any');

  it('names the sessions that it names in code, live, ended and both, in the same order', async () => {
    const query = fc.record({ selector: anySelector, state });
    await fc.assert(
      fc.asyncProperty(query, (drawn) => assertSame({ ...drawn, now })),
      { ...property(400), seed },
    );
  });

  it('names the same ones as of any instant', async () => {
    const query = fc.record({ selector: anySelector, state, minutes: fc.integer({ min: -1, max: span }) });
    await fc.assert(
      fc.asyncProperty(query, ({ minutes, ...drawn }) =>
        assertSame({ ...drawn, now, asOf: startOfTime + minutes * minute }),
      ),
      { ...property(200), seed },
    );
  });

  it('names the same ones among those that one revocation ended', async () => {
    const query = fc.record({ selector: anySelector, state, revocation: fc.integer({ min: 1, max: 6 }) });
    await fc.assert(
      fc.asyncProperty(query, (drawn) => assertSame({ ...drawn, now })),
      { ...property(200), seed },
    );
  });

  it('names the same ones in every order', async () => {
    const query = fc.record({ selector: anySelector, state, order: fc.constantFrom(...listOrders) });
    await fc.assert(
      fc.asyncProperty(query, (drawn) => assertSame({ ...drawn, now })),
      { ...property(300), seed },
    );
  });

  it('lays the sessions that it names in code out over time, whatever the index', async () => {
    const query = fc.record({
      selector: anySelector,
      state,
      field: fc.constantFrom(...histogramFields),
      buckets: fc.integer({ min: 1, max: 30 }),
      minutes: fc.option(fc.integer({ min: -1, max: span }), { freq: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(query, async ({ minutes, ...drawn }) => {
        const asked = {
          ...drawn,
          now,
          ...(minutes === null ? {} : { asOf: startOfTime + minutes * minute }),
        };
        const { from, bucketMs, counts } = await store().histogram(asked);
        assert.ok(counts.length <= drawn.buckets);
        const filled = counts.flatMap((count, n): [number, number][] =>
          count === 0 ? [] : [[from + n * bucketMs, count]],
        );
        assert.deepEqual(new Map(filled), model.histogram(asked, bucketMs));
        assert.ok(counts.length === 0 || (counts.at(0) !== 0 && counts.at(-1) !== 0), 'no empty ends');
      }),
      { ...property(300), seed },
    );
  });

  it('suggests the names that live sessions bear', async () => {
    const query = fc.record({
      beginnings: fc.constantFrom(['a'], ['A', 'a'], ['ann'], ['b'], ['%'], ['z'], ['c'], ['']),
      realm: fc.option(fc.constantFrom('default', 'eu', 'EU', 'nowhere'), { nil: undefined }),
      limit: fc.constantFrom(2, 50),
    });
    await fc.assert(
      fc.asyncProperty(query, async ({ realm, ...drawn }) => {
        const asked = { ...drawn, now, addresses: [], ...(realm === undefined ? {} : { realm }) };
        const { usernames, subjects, addresses } = await store().suggest(asked);
        assert.deepEqual(usernames, firstOf(model.suggest('username', asked), asked));
        assert.deepEqual(subjects, firstOf(model.suggest('subject', asked), asked));
        assert.deepEqual(addresses, []);
      }),
      { ...property(100), seed },
    );
  });

  it('sums up the sessions that it names in code', async () => {
    await fc.assert(
      fc.asyncProperty(anySelector, async (selector) => {
        const { unknown, byUser, sample, ...summary } = await store().summarise(selector, now);
        const expected = model.summarise(selector, now);
        const inOrder = (tallies: readonly { value: string; count: number }[]) =>
          tallies.toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
        assert.deepEqual(
          { ...summary, byUser, byRealm: inOrder(summary.byRealm), byProvider: inOrder(summary.byProvider) },
          {
            count: expected.count,
            byRealm: inOrder(expected.byRealm),
            byProvider: inOrder(expected.byProvider),
            byUser: inOrder(expected.byUser).slice(0, 20),
            byApp: inOrder(expected.byApp),
            adminIds: expected.adminIds,
          },
        );
        assert.deepEqual(sample.map(plain), expected.sample.map(plain));
        assert.ok(expected.count === 0 || unknown.length === 0);
      }),
      { ...property(150), seed },
    );
  });

  it('names someone and spares someone, often enough for this to prove something', async () => {
    const everybody = model.list({ selector: { all: true }, state: 'any', now }).length;
    const counts = fc
      .sample(anySelector, { numRuns: 200, seed })
      .map((selector) => model.list({ selector, state: 'any', now }).length);
    assert.ok(counts.filter((count) => count > 0 && count < everybody).length > 60, `CURFEW_SEED=${seed}`);
    assert.ok((await store().statistics(now)).unswept > 0, 'a large cut is unswept');
  });
}
