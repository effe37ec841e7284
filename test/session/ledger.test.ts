import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ActiveLedger } from '../../src/session/ledger.ts';
import type { Selector } from '../../src/session/selector.ts';
import { startOfTime } from '../support/manual-clock.ts';
import { aSession } from '../support/sessions.ts';

const at = (seq: number): number => startOfTime + seq;

/** A ledger with these selectors, numbered from 1. */
function ledgerOf(...selectors: Selector[]): ActiveLedger {
  const ledger = new ActiveLedger();
  for (const [index, selector] of selectors.entries()) {
    ledger.apply({ seq: index + 1, at: at(index + 1), selector });
  }
  return ledger;
}

const ann: Selector = { username: 'ann' };
const bob: Selector = { username: 'bob' };

describe('the active ledger', () => {
  it('judges a session by a revocation later than its epoch, and not by an earlier one', () => {
    const ledger = ledgerOf(ann);
    assert.deepEqual(pick(ledger.judge(aSession({ epoch: 0 }))), { seq: 1, at: at(1) });
    assert.equal(ledger.judge(aSession({ epoch: 1 })), undefined);
  });

  it('names the earliest of several that match', () => {
    const ledger = ledgerOf(bob, { accessGroup: 'read' }, ann, { all: true });
    assert.equal(ledger.judge(aSession({ accessGroups: ['read'] }))?.seq, 2);
    assert.equal(ledger.judge(aSession())?.seq, 3);
    assert.equal(ledger.judge(aSession({ username: 'cid' }))?.seq, 4);
  });

  const selectors: Selector[] = [
    { all: true },
    { all: true, realm: 'default' },
    { sessionIds: ['0b0d5a2e-8f4c-4c61-9d0e-5b3f7a1c2d3e', '1b0d5a2e-8f4c-4c61-9d0e-5b3f7a1c2d3e'] },
    { username: 'ann' },
    { subject: 'cn=ann' },
    { provider: { type: 'ldap' } },
    { provider: { name: 'corp' } },
    { realm: 'default', providerSession: 'sid-1' },
    { provider: { name: 'corp' }, providerSession: 'sid-1' },
    { adminId: 7 },
    { accessGroup: 'read' },
    { app: 'mail' },
    { ip: '192.0.2.0/24' },
    { createdFrom: '2029-12-31T00:00:00Z' },
    { lastAccessTo: '2030-01-02T00:00:00Z' },
    { providerConfigVersionBelow: 5 },
  ];
  const named = aSession({
    id: '1b0d5a2e-8f4c-4c61-9d0e-5b3f7a1c2d3e',
    subject: 'cn=ann',
    provider: { type: 'ldap', name: 'corp' },
    providerSession: 'sid-1',
    adminIds: [3, 7],
    accessGroups: ['read'],
    app: 'mail',
    client: { ip: '192.0.2.7' },
    providerConfigVersion: 4,
  });
  for (const selector of selectors) {
    it(`finds a session by ${JSON.stringify(selector)}, and no longer once that is retired`, () => {
      const ledger = ledgerOf(bob, selector, bob);
      assert.equal(ledger.judge(named)?.seq, 2);
      ledger.retireUpTo(1);
      assert.equal(ledger.judge(named)?.seq, 2);
      ledger.retireUpTo(2);
      assert.equal(ledger.judge(named), undefined);
      assert.equal(ledger.judge(aSession({ username: 'bob' }))?.seq, 3);
    });
  }

  it('names the earliest of equal revocations, and after an epoch between them the later', () => {
    const ledger = ledgerOf(ann, bob, ann);
    assert.deepEqual(
      [0, 1, 2, 3].map((epoch) => ledger.judge(aSession({ epoch }))?.seq),
      [1, 3, 3, undefined],
    );
  });

  it('still judges by the later of two equal revocations when the earlier is retired', () => {
    const ledger = ledgerOf(ann, ann);
    ledger.retireUpTo(1);
    assert.equal(ledger.judge(aSession({ epoch: 1 }))?.seq, 2);
    assert.equal(ledger.judge(aSession({ epoch: 0 }))?.seq, 2);
  });

  it('takes a revocation in once, whoever brings it', () => {
    const ledger = ledgerOf(ann);
    ledger.apply({ seq: 1, at: at(1), selector: ann });
    assert.deepEqual([ledger.size, ledger.head, ledger.activeSeqs()], [1, 1, [1]]);
  });

  it('does not forget a later revocation when an equal earlier one comes after it', () => {
    const ledger = new ActiveLedger();
    ledger.apply({ seq: 2, at: at(2), selector: ann });
    ledger.apply({ seq: 1, at: at(1), selector: ann });
    assert.equal(ledger.judge(aSession({ epoch: 1 }))?.seq, 2);
  });

  it('does not take a retired revocation in again', () => {
    const ledger = ledgerOf(ann, bob);
    ledger.retireUpTo(1);
    ledger.apply({ seq: 1, at: at(1), selector: ann });
    assert.deepEqual([ledger.activeSeqs(), ledger.judge(aSession())], [[2], undefined]);
  });

  it('says how far it knows the ledger, also when nothing of it is active', () => {
    const ledger = new ActiveLedger();
    assert.equal(ledger.head, 0);
    ledger.startAt(41);
    assert.equal(ledger.head, 41);
    ledger.apply({ seq: 42, at: at(42), selector: ann });
    ledger.retireUpTo(42);
    assert.deepEqual([ledger.head, ledger.size], [42, 0]);
  });

  it('finds the first active revocation after an epoch', () => {
    const ledger = ledgerOf(ann, bob, ann);
    ledger.retireUpTo(1);
    assert.deepEqual(
      [0, 1, 2, 3].map((epoch) => ledger.firstAfter(epoch)?.seq),
      [2, 2, 3, undefined],
    );
  });

  it('asks about a fraction of 10,000 active revocations for one verdict', () => {
    const ledger = new ActiveLedger();
    for (let seq = 1; seq <= 10_000; seq++)
      ledger.apply({ seq, at: at(seq), selector: { username: `user ${seq}` } });
    assert.equal(ledger.judge(aSession({ username: 'user 9999' }))?.seq, 9999);
    assert.equal(ledger.judge(aSession({ username: 'user 9999', epoch: 9999 })), undefined);
    assert.equal(ledger.judge(aSession({ username: 'user 0' })), undefined);
    ledger.retireUpTo(9_998);
    assert.equal(ledger.judge(aSession({ username: 'user 9999' }))?.seq, 9999);
    assert.equal(ledger.judge(aSession({ username: 'user 9998' })), undefined);
  });
});

function pick(judgement: { seq: number; at: number } | undefined): { seq: number; at: number } | undefined {
  return judgement === undefined ? undefined : { seq: judgement.seq, at: judgement.at };
}
