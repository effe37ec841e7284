import fc from 'fast-check';

/** A fault, with how many events must have happened since the one before. */
export type Timed<Fault> = Fault & { readonly after: number };

/** What each client does one after the other, what goes wrong, and in which order things happen. */
export interface History<Step, Fault> {
  readonly clients: readonly (readonly Step[])[];
  readonly faults: readonly Timed<Fault>[];
  readonly choices: readonly number[];
}

/** What befalls a single node. */
export interface NodeFault {
  readonly fault: 'stop' | 'wake' | 'kill' | 'start' | 'break connection';
  readonly node: number;
}

export const nodeCount = 3;

/** The name of a node, counted from 0. */
export function nameOf(node: number): string {
  return `node ${node}`;
}

export const anyNode = fc.nat(nodeCount - 1);

export const anyNodeFault: fc.Arbitrary<NodeFault> = fc.record({
  fault: fc.constantFrom(
    'stop' as const,
    'wake' as const,
    'kill' as const,
    'start' as const,
    'break connection' as const,
  ),
  node: anyNode,
});

export const anyChoices = fc.array(fc.nat(11), { maxLength: 250, size: 'max' });

/** A few clients, each with so many steps at most. */
export function anyClients<Step>(step: fc.Arbitrary<Step>, mostSteps: number): fc.Arbitrary<Step[][]> {
  return fc.array(fc.array(step, { minLength: 1, maxLength: mostSteps }), { minLength: 1, maxLength: 4 });
}

const after = fc.nat(40);

/** The same faults in the same order, each at any time. */
export function atAnyTime<Fault extends object>(faults: readonly Fault[]): fc.Arbitrary<Timed<Fault>[]> {
  return fc.tuple(...faults.map((one) => after.map((events) => ({ ...one, after: events }))));
}
