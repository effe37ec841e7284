import fc from 'fast-check';

export const nodeCount = 3;
export const sessionCount = 3;

export type Step =
  | { readonly do: 'use'; readonly node: number; readonly session: number }
  /** Ends those used, or those not used, since so many milliseconds before. */
  | { readonly do: 'cut'; readonly node: number; readonly who: 'used' | 'unused'; readonly sinceMs: number }
  /** What a node does from time to time by itself. */
  | { readonly do: 'write accesses' | 'say that it lives'; readonly node: number };

export type Fault =
  | { readonly fault: 'stop' | 'wake' | 'kill' | 'start' | 'break connection'; readonly node: number }
  | { readonly fault: 'crash of the database' | 'a while passes' };

/** What each client does one after the other, what goes wrong, and in which order things happen. */
export interface Program {
  readonly clients: readonly (readonly Step[])[];
  /** Each with how many events must have happened since the one before. */
  readonly faults: readonly (Fault & { readonly after: number })[];
  readonly choices: readonly number[];
}

const node = fc.nat(nodeCount - 1);
const session = fc.nat(sessionCount - 1);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('use' as const), node, session }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('cut' as const),
      node,
      who: fc.constantFrom('used' as const, 'unused' as const),
      sinceMs: fc.nat(80),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('write accesses' as const, 'say that it lives' as const),
      node,
    }),
  },
);

const fault: fc.Arbitrary<Fault> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      fault: fc.constantFrom(
        'stop' as const,
        'wake' as const,
        'kill' as const,
        'start' as const,
        'break connection' as const,
      ),
      node,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      fault: fc.constantFrom('crash of the database' as const, 'a while passes' as const),
    }),
  },
);

const after = fc.nat(40);

/** Any history; or any in which just these clients do just these steps and nothing fails, in any order. */
export function anyProgram(clients?: Program['clients']): fc.Arbitrary<Program> {
  const choices = fc.array(fc.nat(11), { maxLength: 250, size: 'max' });
  if (clients !== undefined)
    return fc.record({ clients: fc.constant(clients), faults: fc.constant([]), choices });
  return fc.record({
    clients: fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
    faults: fc
      .array(fault, { maxLength: 5 })
      .chain((some) => fc.tuple(...some.map((one) => after.map((events) => ({ ...one, after: events }))))),
    choices,
  });
}
