import { AssertionError } from 'node:assert/strict';
import { CurfewError } from '../../src/core/errors.ts';
import { nameOf, type Timed } from './history.ts';
import type { World } from './world.ts';

/** A violation, with the history that led to it. */
export class Violation extends Error {
  constructor(cause: unknown, history: readonly string[]) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(`${message}\n${history.map((line, index) => `  ${index + 1}. ${line}`).join('\n')}`, { cause });
  }
}

/** What plays one history in a world of its own, and asserts that every promise holds. */
export interface Simulation {
  readonly world: World;
  run(): Promise<void>;
}

/** Plays a history to its end. @throws Violation when a promise does not hold */
export async function play(simulation: Simulation): Promise<void> {
  try {
    await simulation.run();
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    throw new Violation(error, simulation.world.history);
  }
}

/** Has a client take its steps, one after the other. */
export async function takeSteps<Step extends { readonly do: string }>(
  world: World,
  client: string,
  steps: readonly Step[],
  take: (step: Step) => Promise<void>,
): Promise<void> {
  for (const step of steps) {
    // Time passes between two steps of a person.
    await new Promise<void>((resolve) => world.post(`${client}: ${step.do}`, resolve));
    await take(step).catch(unlessRefused);
  }
}

/** Has the faults come one after the other, each at its time. */
export function scheduleFaults<Fault extends { readonly fault: string; readonly node?: number }>(
  world: World,
  faults: readonly Timed<Fault>[],
  strike: (fault: Fault) => void,
): void {
  const [fault, ...later] = faults;
  if (fault === undefined) return;
  const name = fault.node === undefined ? fault.fault : `${fault.fault} ${nameOf(fault.node)}`;
  world.postLater(`fault: ${name}`, fault.after, () => {
    strike(fault);
    scheduleFaults(world, later, strike);
  });
}

/** Whoever gets an error goes on to the next step. */
export function unlessRefused(error: unknown): void {
  if (!(error instanceof CurfewError)) throw error;
}
