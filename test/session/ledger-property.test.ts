import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ActiveLedger } from '../../src/session/ledger.ts';
import type { Revocation } from '../../src/session/revocation.ts';
import { compileSelector } from '../../src/session/selector.ts';
import type { Session } from '../../src/session/session.ts';
import { startOfTime } from '../support/manual-clock.ts';
import { anySelector, anySession, ids } from '../support/populations.ts';
import { property, type Random, randomFrom, seedOfRun } from '../support/seed.ts';

type Order = Pick<Revocation, 'seq' | 'at' | 'selector'>;

/** The same question asked of a plain list: the first entry above the epoch whose selector matches. */
function naiveJudge(orders: readonly Order[], session: Session): Order | undefined {
  return orders.find(({ seq, selector }) => seq > session.epoch && compileSelector(selector)(session));
}

/** What happens to a ledger: an entry comes, an earlier one comes again, or the oldest ones leave. */
type Step = { kind: 'apply'; gap: number; again: boolean } | { kind: 'retire'; share: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({ kind: fc.constant('apply' as const), gap: fc.nat(3), again: fc.boolean() }),
    weight: 8,
  },
  { arbitrary: fc.record({ kind: fc.constant('retire' as const), share: fc.nat(100) }), weight: 1 },
);

/** A population whose sessions have ids out of the few and any epoch up to 45. */
const population = fc
  .array(fc.tuple(anySession, fc.nat(45)), { minLength: 1, maxLength: ids.length })
  .map((rows) =>
    rows.map(([session, epoch], index): Session => ({ ...session, id: ids[index] as string, epoch })),
  );

function assertSame(ledger: ActiveLedger, active: readonly Order[], sessions: readonly Session[]): void {
  for (const session of sessions) {
    const judgement = ledger.judge(session);
    const expected = naiveJudge(active, session);
    assert.deepEqual([judgement?.seq, judgement?.at], [expected?.seq, expected?.at]);
  }
  assert.deepEqual(
    ledger.activeSeqs(),
    active.map(({ seq }) => seq),
  );
}

describe('the active ledger', () => {
  it('judges as a scan over all its entries does, while entries come, come again, repeat others and leave', () => {
    const history = fc.array(fc.tuple(step, anySelector), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(history, population, (steps, sessions) => {
        const ledger = new ActiveLedger();
        let active: Order[] = [];
        let seq = 0;
        let at = startOfTime;
        for (const [change, selector] of steps) {
          if (change.kind === 'apply') {
            seq += 1;
            at += change.gap;
            const order: Order = { seq, at, selector };
            active.push(order);
            ledger.apply(order);
            if (change.again) ledger.apply(active[seq % active.length] as Order);
          } else {
            const upTo = Math.floor((seq * change.share) / 100);
            active = active.filter((order) => order.seq > upTo);
            ledger.retireUpTo(upTo);
          }
          assertSame(ledger, active, sessions);
        }
        assert.equal(ledger.head, seq);
      }),
      property(150),
    );
  });

  it('judges the same in whatever order its entries come', () => {
    const entries = fc.array(fc.tuple(anySelector, fc.nat(1000)), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(entries, population, (drawn, sessions) => {
        const active = drawn.map(
          ([selector], index): Order => ({ seq: index + 1, at: startOfTime + index, selector }),
        );
        const ledger = new ActiveLedger();
        const shuffled = active.toSorted(
          (a, b) => (drawn[a.seq - 1]?.[1] ?? 0) - (drawn[b.seq - 1]?.[1] ?? 0),
        );
        for (const order of shuffled) ledger.apply(order);
        assertSame(ledger, active, sessions);
      }),
      property(100),
    );
  });

  it('turns an instant into the number of the last entry before it, as a scan over all entries does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(4), { maxLength: 30 }),
        fc.nat(130),
        fc.nat(30),
        (gaps, offset, retired) => {
          const ledger = new ActiveLedger();
          let at = startOfTime;
          const instants = gaps.map((gap, index) => {
            at += gap;
            ledger.apply({ seq: index + 1, at, selector: { all: true } });
            return at;
          });
          ledger.retireUpTo(retired);
          const instant = startOfTime + offset;
          // An instant that retired entries reach has no answer here; a registration that names it is refused as stale.
          fc.pre(instants.slice(0, retired).every((made) => made < instant));
          assert.equal(ledger.epochAt(instant), instants.filter((made) => made < instant).length);
        },
      ),
      property(300),
    );
  });

  it('judges as a scan does with 10,000 entries of every kind, many of them equal', () => {
    const seed = seedOfRun();
    const random: Random = randomFrom(seed);
    const selectors = fc.sample(anySelector, { numRuns: 400, seed });
    const sessions = fc
      .sample(anySession, { numRuns: 40, seed })
      .map(
        (session, index): Session => ({ ...session, id: ids[index] as string, epoch: random.below(10_050) }),
      );
    const ledger = new ActiveLedger();
    const active: Order[] = [];
    for (let seq = 1; seq <= 10_000; seq++) {
      const order = { seq, at: startOfTime + seq, selector: random.pick(selectors) };
      active.push(order);
      ledger.apply(order);
    }
    assertSame(ledger, active, sessions);
    ledger.retireUpTo(9_700);
    assertSame(ledger, active.slice(9_700), sessions);
    assert.ok(
      sessions.some((session) => ledger.judge(session) !== undefined),
      `some session should be dead (CURFEW_SEED=${seed})`,
    );
  });
});
