import fc from 'fast-check';
import { property } from '../support/seed.ts';
import type { Flaw } from './flaw.ts';
import { Violation } from './play.ts';
import { anyProgram, type Given } from './program.ts';
import { simulate } from './simulate.ts';

/** What a search for a violation came to. */
export interface Finding {
  readonly seed: number;
  /** The shortest history that was found to break a promise, told line by line; undefined when none did. */
  readonly violation: string | undefined;
}

/** Enough to find what there is to be found, in milliseconds. */
const longestMs = Number(process.env.CURFEW_TEST_SIMULATION_MS ?? 20_000);

/** Plays so many histories, all with what is given, and makes the first that breaks a promise as short as it can be. */
export function explore(runs: number, flaw?: Flaw, given: Given = {}): Promise<Finding> {
  return search(runs, anyProgram(given), simulate, new Set<Flaw>(flaw === undefined ? [] : [flaw]));
}

/** The same for histories of another kind, of which the first that breaks a promise may also be left as it is. */
export async function search<History extends { readonly choices: readonly number[] }>(
  runs: number,
  anyHistory: fc.Arbitrary<History>,
  play: (history: History, flaws: ReadonlySet<Flaw>) => Promise<void>,
  flaws: ReadonlySet<Flaw> = new Set(),
  { isMadeShort = true } = {},
): Promise<Finding> {
  const { seed, numRuns } = property(runs);
  const result = await fc.check(
    fc.asyncProperty(anyHistory, (history) => play(history, flaws)),
    // A violation that was found is made shorter no longer than this.
    { seed, numRuns, interruptAfterTimeLimit: longestMs, endOnFailure: !isMadeShort },
  );
  if (!result.failed) return { seed, violation: undefined };
  const { errorInstance, counterexample, numRuns: played, numShrinks } = result;
  // A fault of the simulation itself is no finding.
  if (!(errorInstance instanceof Violation)) throw errorInstance;
  const { choices: _choices, ...history } = counterexample?.[0] ?? {};
  const steps = JSON.stringify(history);
  const told = `CURFEW_SEED=${seed}, history ${played}, made shorter ${numShrinks} times: ${steps}`;
  return { seed, violation: `${errorInstance.message}\n${told}` };
}
