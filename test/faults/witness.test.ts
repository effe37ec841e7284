import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type OrderedCut, type WatchedCheck, Witness } from './witness.ts';

const session = { token: 'cfs_x', id: 'one', username: 'ann', app: 'shop', epoch: 4 };
const check = (changes: Partial<WatchedCheck>): WatchedCheck => ({
  ...{ session, node: 'node 1', startedAt: 100, answeredAt: 110, status: 200, reason: null },
  ...changes,
});
const cut: OrderedCut = { selector: { username: 'ann' }, orderedAt: 50, acknowledgedAt: 60, seq: 5 };

function violations(cuts: readonly OrderedCut[], checks: readonly WatchedCheck[]): number {
  const witness = new Witness();
  for (const one of cuts) witness.order({ ...one }, 'ann');
  witness.checks.push(...checks);
  return witness.violations().length;
}

describe('the witness of the fault tests', () => {
  it('tells of a session that is live in a check that started after the acknowledgement', () => {
    assert.equal(violations([cut], [check({})]), 1);
    assert.equal(violations([cut], [check({ startedAt: 59 })]), 0, 'it started before');
    assert.equal(violations([{ ...cut, seq: 4 }], [check({})]), 0, 'the sign-in came after the cut');
    assert.equal(violations([{ ...cut, selector: { app: 'mail' } }], [check({})]), 0, 'it names another');
  });

  it('tells of a session that is refused though no cut names it', () => {
    const refused = { status: 401, reason: 'revoked' };
    assert.equal(violations([], [check(refused)]), 1);
    assert.equal(violations([cut], [check(refused)]), 0);
    assert.equal(violations([{ ...cut, seq: 4 }], [check(refused)]), 1, 'the cut came before the sign-in');
    assert.equal(violations([{ ...cut, orderedAt: 120 }], [check(refused)]), 1, 'the cut came later');
    const unheard: OrderedCut = { selector: { username: 'ann' }, orderedAt: 50 };
    assert.equal(
      violations([unheard], [check(refused)]),
      0,
      'a cut without an acknowledgement may have been made',
    );
    assert.equal(violations([cut], [check({ status: 401, reason: 'unknown' })]), 1, 'it is known');
  });

  it('takes no answer and 503 as neither, and any other answer as a fault', () => {
    assert.equal(violations([cut], [check({ status: 0 }), check({ status: 503 })]), 0);
    assert.equal(violations([cut], [check({ status: 500 })]), 1);
  });
});
