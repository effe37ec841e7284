import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CurfewError, type ErrorCode } from '../../src/core/errors.ts';
import { isUuid } from '../../src/core/ids.ts';
import { ActiveLedger } from '../../src/session/ledger.ts';
import { defaultPolicy, type EffectivePolicy } from '../../src/session/policy.ts';
import { sessionFor, startOf } from '../../src/session/registration.ts';
import { hour, minute, second, startOfTime } from '../support/manual-clock.ts';
import { property } from '../support/seed.ts';
import { aRegistration } from '../support/sessions.ts';

const maxAge = 15 * minute;

/** A ledger of revocations made at these instants, numbered from 1; the first `retired` are active no more. */
function ledgerOf(instants: readonly number[], retired = 0): ActiveLedger {
  const ledger = new ActiveLedger();
  ledger.startAt(instants.length);
  for (const [index, at] of instants.entries()) {
    if (index >= retired) ledger.apply({ seq: index + 1, at, selector: { username: `user ${index}` } });
  }
  return ledger;
}

function refuses(code: ErrorCode, path: string | undefined, attempt: () => unknown): void {
  assert.throws(attempt, (error: unknown) => {
    assert.ok(error instanceof CurfewError);
    assert.equal(error.code, code);
    assert.equal(error.details.faults?.[0]?.path, path);
    return true;
  });
}

describe('the epoch of a registration', () => {
  const now = startOfTime + hour;

  it('is the head of the ledger when the application says nothing', () => {
    assert.equal(startOf(aRegistration(), ledgerOf([now - 5, now - 3]), now, maxAge), 2);
    assert.equal(startOf(aRegistration(), ledgerOf([]), now, maxAge), 0);
  });

  it('is the one that the application gives, up to the head', () => {
    const ledger = ledgerOf([now - 5, now - 3]);
    for (const epoch of [0, 1, 2])
      assert.equal(startOf(aRegistration({ epoch }), ledger, now, maxAge), epoch);
  });

  it('beyond the head is refused, and the path named', () => {
    refuses('epoch_unknown', 'epoch', () =>
      startOf(aRegistration({ epoch: 3 }), ledgerOf([1, 2]), now, maxAge),
    );
  });

  it('beside authenticatedAt is refused', () => {
    const both = aRegistration({ epoch: 0, authenticatedAt: now });
    refuses('invalid_input', 'epoch', () => startOf(both, ledgerOf([]), now, maxAge));
  });

  it('is sound at the head however old the last revocation is', () => {
    assert.equal(startOf(aRegistration({ epoch: 2 }), ledgerOf([1, 2], 2), now, maxAge), 2);
  });

  it('is refused as stale when the revocation after it is older than a sign-in may take', () => {
    const ledger = ledgerOf([now - maxAge - 1, now - 1]);
    refuses('sign_in_too_old', undefined, () => startOf(aRegistration({ epoch: 0 }), ledger, now, maxAge));
    assert.equal(startOf(aRegistration({ epoch: 1 }), ledger, now, maxAge), 1);
    assert.equal(startOf(aRegistration({ epoch: 0 }), ledgerOf([now - maxAge]), now, maxAge), 0);
  });

  it('is refused as stale when the revocation after it has left the active ones', () => {
    const ledger = ledgerOf([now - hour, now - 5], 1);
    refuses('sign_in_too_old', undefined, () => startOf(aRegistration({ epoch: 0 }), ledger, now, maxAge));
    refuses('sign_in_too_old', undefined, () =>
      startOf(aRegistration({ epoch: 0 }), ledgerOf([1, 2], 2), now, maxAge),
    );
  });

  it('of an authentication is the number of the last revocation before it', () => {
    const ledger = ledgerOf([now - 30, now - 20, now - 10]);
    const epochAt = (authenticatedAt: number) =>
      startOf(aRegistration({ authenticatedAt }), ledger, now, maxAge);
    assert.deepEqual([now - 31, now - 25, now - 15, now - 5, now].map(epochAt), [0, 1, 2, 3, 3]);
  });

  it('of an authentication in the millisecond of a revocation lies before that revocation', () => {
    const ledger = ledgerOf([now - 20, now - 20, now - 10]);
    assert.equal(startOf(aRegistration({ authenticatedAt: now - 20 }), ledger, now, maxAge), 0);
  });

  it('of an authentication longer ago than a sign-in may take is refused as stale', () => {
    const request = (authenticatedAt: number) => aRegistration({ authenticatedAt });
    refuses('sign_in_too_old', undefined, () =>
      startOf(request(now - maxAge - 1), ledgerOf([]), now, maxAge),
    );
    assert.equal(startOf(request(now - maxAge), ledgerOf([]), now, maxAge), 0);
  });

  it('of an authentication in the future is refused, but for a minute that clocks may differ', () => {
    const request = (authenticatedAt: number) => aRegistration({ authenticatedAt });
    refuses('invalid_input', 'authenticatedAt', () =>
      startOf(request(now + 60 * second + 1), ledgerOf([]), now, maxAge),
    );
    assert.equal(startOf(request(now + 60 * second), ledgerOf([now - 1]), now, maxAge), 1);
  });

  it('never lets a revocation slip by that was made at or after the instant, nor counts one made before it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { maxLength: 20 }), fc.nat(60), (gaps, back) => {
        let at = now - 1000;
        const instants = gaps.map((gap) => {
          at += gap;
          return at;
        });
        const instant = at - back;
        const epoch = startOf(
          aRegistration({ authenticatedAt: instant }),
          ledgerOf(instants),
          Math.max(now, at),
          maxAge,
        );
        for (const [index, made] of instants.entries()) assert.equal(index + 1 > epoch, made >= instant);
      }),
      property(500),
    );
  });
});

describe('the session of a registration', () => {
  const now = startOfTime;
  const make = (changes: Parameters<typeof aRegistration>[0], policy: Partial<EffectivePolicy> = {}) =>
    sessionFor(aRegistration(changes), { id: 'id', epoch: 4, now, policy: { ...defaultPolicy, ...policy } });

  it('starts now, at the epoch, with the limits of the policy', () => {
    const session = make({});
    assert.deepEqual(
      [session.createdAt, session.lastAccessAt, session.epoch, session.idleTimeoutMs, session.expiresAt],
      [now, now, 4, 30 * minute, now + 72 * hour],
    );
  });

  it('may have shorter limits than the policy gives', () => {
    const session = make({ idleTimeoutMs: 5 * minute, lifespanMs: hour });
    assert.deepEqual([session.idleTimeoutMs, session.expiresAt], [5 * minute, now + hour]);
  });

  it('never has longer ones', () => {
    const session = make({ idleTimeoutMs: 31 * minute, lifespanMs: 73 * hour });
    assert.deepEqual([session.idleTimeoutMs, session.expiresAt], [30 * minute, now + 72 * hour]);
  });

  it('may limit what the policy leaves without limit', () => {
    const free = { idleTimeoutMs: null, lifespanMs: null };
    assert.deepEqual([make({}, free).idleTimeoutMs, make({}, free).expiresAt], [null, null]);
    const session = make({ idleTimeoutMs: minute, lifespanMs: hour }, free);
    assert.deepEqual([session.idleTimeoutMs, session.expiresAt], [minute, now + hour]);
  });

  it('takes the subject as given, else the username of basic, else a random UUID', () => {
    assert.equal(make({ subject: 'cn=ann' }).subject, 'cn=ann');
    assert.equal(make({}).subject, 'ann');
    const saml = { provider: { type: 'saml', name: 'corp' } };
    assert.equal(isUuid(make(saml).subject), true);
    assert.notEqual(make(saml).subject, make(saml).subject);
  });

  it("bears the key of the provider's session when one is given", () => {
    assert.equal(make({ providerSession: 'sid-1' }).providerSession, 'sid-1');
    assert.ok(!('providerSession' in make({})));
  });

  it('holds each right once, in order', () => {
    const session = make({ accessGroups: ['volumes', 'read', 'volumes'], adminIds: [10, 9, 10] });
    assert.deepEqual(
      [session.accessGroups, session.adminIds],
      [
        ['read', 'volumes'],
        [9, 10],
      ],
    );
  });

  it('has no member for an app that was not given', () => {
    assert.equal('app' in make({}), false);
    assert.equal(make({ app: 'mail' }).app, 'mail');
  });
});
