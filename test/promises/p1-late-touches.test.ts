import assert from 'node:assert/strict';
import { it } from 'node:test';
import { minute } from '../support/manual-clock.ts';
import { anOrigin, aRegistration } from '../support/sessions.ts';
import { openParts } from './parts.ts';

it('P1: a cut holds for a session whose last access was not written in time, as after the machine slept', async (t) => {
  const parts = await openParts(t);
  const { registry, housekeeper, clock } = parts;
  const { token } = await registry.register(aRegistration());
  clock.advance(20 * minute);
  await registry.check(token);
  // The row alone looks idle by now; only the access in memory says that the session lives.
  clock.advance(11 * minute);
  assert.equal(await parts.isLive(token), true);
  const { revocation } = await registry.terminate({
    selector: { username: 'ann' },
    reason: 'a test',
    origin: anOrigin,
  });
  assert.equal(revocation.matched, 1, 'the count is exact');
  assert.equal(await parts.deathOf(token), 'revoked');
  await housekeeper.tidy();
  // The revocation has left the active set by then; the session's limits alone would let it live.
  clock.advance(16 * minute);
  await housekeeper.tidy();
  assert.equal(await parts.deathOf(token), 'revoked');
  await parts.restart();
  assert.equal(await parts.deathOf(token), 'revoked');
});
