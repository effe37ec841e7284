import fc from 'fast-check';
import {
  anyChoices,
  anyClients,
  anyNodeFault,
  atAnyTime,
  type History,
  type NodeFault,
  anyNode as node,
} from '../history.ts';

export const sessionCount = 3;

export type Step =
  | { readonly do: 'use'; readonly node: number; readonly session: number }
  /** Ends those used, or those not used, since so many milliseconds before. */
  | { readonly do: 'cut'; readonly node: number; readonly who: 'used' | 'unused'; readonly sinceMs: number }
  /** What a node does from time to time by itself. */
  | { readonly do: 'write accesses' | 'say that it lives'; readonly node: number };

export type Fault = NodeFault | { readonly fault: 'crash of the database' | 'a while passes' };

/** A history of uses and of cuts by last access. */
export type Program = History<Step, Fault>;

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
  { weight: 5, arbitrary: anyNodeFault },
  {
    weight: 1,
    arbitrary: fc.record({
      fault: fc.constantFrom('crash of the database' as const, 'a while passes' as const),
    }),
  },
);

/** Any history; or any in which just these clients do just these steps and nothing fails, in any order. */
export function anyProgram(clients?: Program['clients']): fc.Arbitrary<Program> {
  if (clients !== undefined)
    return fc.record({ clients: fc.constant(clients), faults: fc.constant([]), choices: anyChoices });
  return fc.record({
    clients: anyClients(step, 6),
    faults: fc.array(fault, { maxLength: 5 }).chain((some) => atAnyTime(some)),
    choices: anyChoices,
  });
}
