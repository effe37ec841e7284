import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sealerWith } from '../../src/core/sealing.ts';
import { Attempts } from '../../src/sign-in/attempt.ts';
import { hour, ManualClock, minute } from '../support/manual-clock.ts';
import { aSealer } from '../support/opened-access.ts';

const start = { realm: 'default', epoch: 7, returnTo: 'https://app.example.org/', browser: 'b' };

function attempts(clock: ManualClock, sealer = aSealer): Attempts {
  return new Attempts({ sealer, clock, maxSignInAgeMs: 15 * minute });
}

test('an attempt comes back as it was sealed, to the browser that began it and no other', () => {
  const of = attempts(new ManualClock());
  const attempt = { ...of.begin(start), provider: 'corp', remembered: { state: 'x' } };
  const sealed = of.seal(attempt);
  assert.deepEqual(of.open(sealed, 'b'), { kind: 'open', attempt });
  assert.deepEqual(of.openCookie(sealed), { kind: 'open', attempt });
  assert.deepEqual(of.open(sealed, 'another'), { kind: 'spoilt' });
  assert.deepEqual(of.open(sealed, undefined), { kind: 'spoilt' });
});

test('an attempt is stale after the longest time that a sign-in may take', () => {
  const clock = new ManualClock();
  const of = attempts(clock);
  const sealed = of.seal(of.begin(start));
  clock.advance(15 * minute);
  assert.equal(of.open(sealed, 'b').kind, 'open');
  clock.advance(1);
  assert.equal(of.open(sealed, 'b').kind, 'stale');
});

test('an attempt that began before midnight goes on after it', () => {
  const clock = new ManualClock();
  const of = attempts(clock);
  clock.advance(24 * hour - minute);
  const sealed = of.seal(of.begin(start));
  clock.advance(2 * minute);
  assert.equal(of.open(sealed, 'b').kind, 'open');
  // Another process of the same key goes on with it too.
  assert.equal(attempts(clock).open(sealed, 'b').kind, 'open');
});

test('what was changed, made with another key, or sealed for something else is no attempt', () => {
  const clock = new ManualClock();
  const of = attempts(clock);
  const sealed = of.seal(of.begin(start));
  const bytes = Buffer.from(sealed, 'base64url');
  for (let index = 0; index < bytes.length; index += 7) {
    const changed = Buffer.from(bytes);
    changed[index] = (changed[index] ?? 0) ^ 1;
    assert.equal(of.open(changed.toString('base64url'), 'b').kind, 'spoilt');
  }
  assert.equal(attempts(clock, sealerWith(Buffer.alloc(32, 9))).open(sealed, 'b').kind, 'spoilt');
  const body = JSON.stringify({ purpose: 'sign-in', ...of.begin(start) });
  assert.equal(of.open(aSealer.seal(body), 'b').kind, 'spoilt');
  for (const text of ['', 'x', sealed.slice(0, 20)]) assert.equal(of.open(text, 'b').kind, 'spoilt');
});
