import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explore } from './explore.ts';
import { type Flaw, flaws } from './flaw.ts';
import type { Given } from './program.ts';

/** Histories played at most; most mistakes are found within some hundred. */
const runs = 15_000;

/** Where it takes several steps and faults together, chance alone would need too long to come upon them. */
const givenFor: Partial<Record<Flaw, Given>> = {
  'a node keeps what the primary has lost': {
    clients: [
      [
        { do: 'sign in', node: 0, user: 0, withEpoch: false },
        { do: 'cut', node: 0, selector: { username: 'bob' } },
        { do: 'check', node: 1, session: 0 },
        { do: 'check', node: 2, session: 0 },
        { do: 'cut', node: 0, selector: { username: 'ann' } },
      ],
    ],
    faults: [{ fault: 'the standby falls behind' }, { fault: 'crash of the primary' }, { fault: 'failover' }],
  },
  'an access writes the whole row': {
    clients: [
      [
        { do: 'sign in', node: 0, user: 0, withEpoch: false },
        { do: 'check', node: 0, session: 0 },
        { do: 'tidy', node: 0 },
      ],
      [
        { do: 'sign in', node: 1, user: 1, withEpoch: false },
        { do: 'cut', node: 1, selector: { username: 'ann' } },
        { do: 'tidy', node: 1 },
      ],
    ],
    faults: [],
  },
};

describe('the simulation finds a design in which', () => {
  for (const flaw of flaws) {
    it(flaw, async (t) => {
      const { seed, violation } = await explore(runs, flaw, givenFor[flaw]);
      assert.ok(violation, `nothing was found in ${runs} histories with CURFEW_SEED=${seed}`);
      t.diagnostic(violation);
      assert.match(violation, /^(P\d|exact): /);
    });
  }
});
