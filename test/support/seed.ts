import { randomInt } from 'node:crypto';

/** Random numbers that are the same for the same seed. */
export interface Random {
  /** A number from 0 up to and without `below`. */
  below(below: number): number;
  /** True once in `n` times. */
  oneIn(n: number): boolean;
  pick<T>(values: readonly T[]): T;
}

/** The seed of this run: `CURFEW_SEED`, or a new one. */
export function seedOfRun(): number {
  const text = process.env.CURFEW_SEED;
  if (text === undefined || text === '') return randomInt(2 ** 31);
  if (!/^\d{1,10}$/.test(text)) throw new Error(`CURFEW_SEED is ${JSON.stringify(text)}, not a whole number`);
  return Number(text);
}

/** Settings of a fast-check property: the seed of this run, which fast-check prints when the property fails. */
export function property(numRuns: number): { numRuns: number; seed: number } {
  return { numRuns, seed: seedOfRun() };
}

/** Runs a test with random numbers; when it fails, says how to repeat it. */
export async function withSeed(run: (random: Random, seed: number) => void | Promise<void>): Promise<void> {
  const seed = seedOfRun();
  try {
    await run(randomFrom(seed), seed);
  } catch (error) {
    throw new Error(`failed with CURFEW_SEED=${seed}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

/** Mulberry32, a generator of 32 bits of state: small, and good enough to choose test cases. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(fraction() * limit);
  return {
    below,
    oneIn: (n) => below(n) === 0,
    pick: <T>(values: readonly T[]): T => {
      if (values.length === 0) throw new RangeError('nothing to pick from');
      return values[below(values.length)] as T;
    },
  };
}
