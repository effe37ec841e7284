import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anyProgram, type Program } from './accesses/program.ts';
import { simulateAccesses } from './accesses/simulate.ts';
import { search } from './explore.ts';
import { accessFlaws, type Flaw } from './flaw.ts';

const runs = Number(process.env.CURFEW_TEST_SIMULATIONS ?? 1500);
/** Histories played at most until a mistake is found. */
const mostForFlaw = 15_000;

const use = { do: 'use', node: 1, session: 0 } as const;
const useOther = { do: 'use', node: 1, session: 1 } as const;
const useElsewhere = { do: 'use', node: 2, session: 0 } as const;
const useHere = { do: 'use', node: 0, session: 1 } as const;
const write = { do: 'write accesses', node: 1 } as const;
const writeHere = { do: 'write accesses', node: 0 } as const;
const cutUsed = { do: 'cut', node: 0, who: 'used', sinceMs: 80 } as const;
/** Everybody has signed in since then, so this one ends nobody. */
const cutNobody = { do: 'cut', node: 0, who: 'unused', sinceMs: 80 } as const;
const cutUnused = (sinceMs: number) => ({ do: 'cut', node: 0, who: 'unused', sinceMs }) as const;

/** Where it takes several steps together, chance alone would need too long to come upon them. */
const givenFor: Partial<Record<Flaw, Program['clients']>> = {
  // A node that does not know the ledger has to write twice, while one that does goes on meanwhile.
  'a node says that it has written before it has': [[cutNobody, useHere, writeHere, use, cutUnused(20)]],
  'orders at one node share a call under way': [[cutNobody], [useOther, useOther, use, cutUnused(40)]],
  'an access overwrites a later one': [
    [use, useElsewhere, { ...useElsewhere, session: 1 }, useElsewhere, { ...write, node: 2 }, cutUnused(24)],
  ],
  'a cut ends its range with the order': [
    [{ ...cutNobody, node: 2 }, use, cutUsed],
    [use, write, use, write, use, write, use, write, use, write, use, write],
  ],
};

describe('cuts by last access', () => {
  it('end and spare whom every node heard has seen, and name every node that was not', async (t) => {
    const { seed, violation } = await search(runs, anyProgram(), simulateAccesses);
    t.diagnostic(`CURFEW_SEED=${seed}, ${runs} histories`);
    assert.equal(violation, undefined, violation);
  });

  for (const flaw of accessFlaws) {
    it(`are found wrong where ${flaw}`, async (t) => {
      const { seed, violation } = await search(
        mostForFlaw,
        anyProgram(givenFor[flaw]),
        simulateAccesses,
        new Set([flaw]),
        {
          isMadeShort: false,
        },
      );
      assert.ok(violation, `nothing was found in ${mostForFlaw} histories with CURFEW_SEED=${seed}`);
      t.diagnostic(violation);
      assert.match(violation, /^(P\d|used|spared|over-kill|unheard|final|exact): /);
    });
  }
});
