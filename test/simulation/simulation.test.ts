import assert from 'node:assert/strict';
import { it } from 'node:test';
import { explore } from './explore.ts';

const runs = Number(process.env.CURFEW_TEST_SIMULATIONS ?? 1500);

it('however nodes, database and network interleave and fail, no promise is broken', async (t) => {
  const { seed, violation } = await explore(runs);
  t.diagnostic(`CURFEW_SEED=${seed}, ${runs} histories`);
  assert.equal(violation, undefined, violation);
});
