import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Assertions } from '../../../src/faces/forward-auth/assertion.ts';
import { decider } from '../../../src/faces/forward-auth/decision.ts';
import { ruleBook } from '../../../src/faces/forward-auth/rules.ts';
import { tokenReader } from '../../../src/faces/http/presented-token.ts';
import { openAccess } from '../../support/opened-access.ts';
import { anOrigin, aRegistration } from '../../support/sessions.ts';

test('a session that is terminated while its assertion is being signed does not pass', async (t) => {
  const { registry, access, clock } = await openAccess(t);
  let goOn = (): void => {};
  let isAsked = (): void => {};
  const waiting = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  // The real keys, but that the answer waits until the test has made its cut.
  const signingKeys = {
    async signer() {
      isAsked();
      await held;
      return access.signingKeys.signer();
    },
  };
  const decide = decider({
    registry,
    clock,
    readToken: tokenReader('curfew_session'),
    ruleOf: ruleBook([{ host: ['*'], realm: '*', allow: { who: 'signed-in' } }], 'default'),
    assertions: new Assertions({ signingKeys, clock, lifetimeMs: 60_000, issuer: 'curfew' }),
  });
  const { token, session } = await registry.register(aRegistration());
  const original = {
    method: 'GET',
    scheme: 'https',
    authority: { host: 'app.example.com', port: '' },
    target: '/',
    headers: ['Cookie', `curfew_session=${token}`],
  } as const;
  const decided = decide(original, () => undefined);
  await waiting;
  const selector = { sessionIds: [session.id] };
  const { revocation } = await registry.terminate({ selector, reason: 'a test', origin: anOrigin });
  assert.equal(revocation.matched, 1);
  goOn();
  const decision = await decided;
  assert.equal(decision.kind, 'sign_in');
  assert.equal(decision.kind === 'sign_in' && decision.reason, 'revoked');
});
