import fc from 'fast-check';
import type { Selector } from '../../src/session/selector.ts';

export const users = ['ann', 'bob'] as const;

/** Numbers of sessions count those that exist by then, modulo. */
export type Step =
  | { readonly do: 'sign in'; readonly node: number; readonly user: number; readonly withEpoch: boolean }
  | { readonly do: 'check' | 'log out' | 'refresh'; readonly node: number; readonly session: number }
  | { readonly do: 'cut'; readonly node: number; readonly selector: Selector | { readonly session: number } }
  | { readonly do: 'tidy'; readonly node: number };

export type Fault =
  | { readonly fault: 'stop' | 'wake' | 'kill' | 'start' | 'break connection'; readonly node: number }
  | {
      readonly fault: 'crash of the primary' | 'the standby falls behind' | 'failover' | 'a long time passes';
    };

/** A history: what each client does one after the other, what goes wrong, and in which order things happen. */
export interface Program {
  readonly clients: readonly (readonly Step[])[];
  /** Each with how many events must have happened since the one before. */
  readonly faults: readonly (Fault & { readonly after: number })[];
  readonly choices: readonly number[];
  /** Whether everybody is asked once more when much time has passed. */
  readonly goesOn: boolean;
}

export const nodeCount = 3;

const node = fc.nat(nodeCount - 1);
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
  fc.record({
    fault: fc.constantFrom(
      'stop' as const,
      'wake' as const,
      'kill' as const,
      'start' as const,
      'break connection' as const,
    ),
    node,
  }),
  fc.record({
    fault: fc.constantFrom(
      'crash of the primary' as const,
      'the standby falls behind' as const,
      'failover' as const,
      'a long time passes' as const,
    ),
  }),
);

const after = fc.nat(40);

export interface Given {
  readonly clients?: Program['clients'];
  readonly faults?: readonly Fault[];
}

/** Any history; or any in which just these clients do just these steps, or just these faults happen, in any order. */
export function anyProgram(given: Given = {}): fc.Arbitrary<Program> {
  const { clients, faults } = given;
  return fc.record({
    clients:
      clients === undefined
        ? fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 })
        : fc.constant(clients),
    faults: (faults === undefined ? fc.array(fault, { maxLength: 5 }) : fc.constant(faults)).chain((some) =>
      fc.tuple(...some.map((one) => after.map((events) => ({ ...one, after: events })))),
    ),
    choices: fc.array(fc.nat(11), { minLength: 0, maxLength: 250, size: 'max' }),
    goesOn: fc.boolean(),
  });
}
