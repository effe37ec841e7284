import fc from 'fast-check';
import type { Selector } from '../../src/session/selector.ts';
import {
  anyChoices,
  anyClients,
  anyNodeFault,
  atAnyTime,
  type History,
  type NodeFault,
  anyNode as node,
} from './history.ts';

export const users = ['ann', 'bob'] as const;

/** Numbers of sessions count those that exist by then, modulo. */
export type Step =
  | { readonly do: 'sign in'; readonly node: number; readonly user: number; readonly withEpoch: boolean }
  | { readonly do: 'check' | 'log out' | 'refresh'; readonly node: number; readonly session: number }
  | { readonly do: 'cut'; readonly node: number; readonly selector: Selector | { readonly session: number } }
  | { readonly do: 'tidy'; readonly node: number };

export type Fault =
  | NodeFault
  | {
      readonly fault: 'crash of the primary' | 'the standby falls behind' | 'failover' | 'a long time passes';
    };

/** A history of everything that is done with sessions. */
export interface Program extends History<Step, Fault> {
  /** Whether everybody is asked once more when much time has passed. */
  readonly goesOn: boolean;
}

const session = fc.nat(3);
const selector = fc.oneof(
  { weight: 4, arbitrary: fc.nat(1).map((user) => ({ username: users[user] as string })) },
  { weight: 1, arbitrary: fc.constant({ all: true as const, realm: 'default' }) },
  { weight: 1, arbitrary: fc.constant({ provider: { type: 'basic', name: 'main' } }) },
  { weight: 2, arbitrary: session.map((number) => ({ session: number })) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('sign in' as const),
      node,
      user: fc.nat(1),
      withEpoch: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('check' as const), node, session }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('cut' as const), node, selector }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('log out' as const, 'refresh' as const), node, session }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tidy' as const), node }) },
);

const fault: fc.Arbitrary<Fault> = fc.oneof(
  anyNodeFault,
  fc.record({
    fault: fc.constantFrom(
      'crash of the primary' as const,
      'the standby falls behind' as const,
      'failover' as const,
      'a long time passes' as const,
    ),
  }),
);

export interface Given {
  readonly clients?: Program['clients'];
  readonly faults?: readonly Fault[];
}

/** Any history; or any in which just these clients do just these steps, or just these faults happen, in any order. */
export function anyProgram(given: Given = {}): fc.Arbitrary<Program> {
  const { clients, faults } = given;
  return fc.record({
    clients: clients === undefined ? anyClients(step, 8) : fc.constant(clients),
    faults: (faults === undefined ? fc.array(fault, { maxLength: 5 }) : fc.constant(faults)).chain((some) =>
      atAnyTime(some),
    ),
    choices: anyChoices,
    goesOn: fc.boolean(),
  });
}
