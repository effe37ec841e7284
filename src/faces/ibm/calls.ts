import type { z } from 'zod';
import type { Caller } from '../../access/caller.ts';
import { call } from '../../operations/call.ts';
import type { Operation, Services } from '../../operations/operation.ts';

/** Operations on behalf of one caller. */
export interface Calls {
  /** Undefined when nobody is signed in, which every operation refuses. */
  readonly caller: Caller | undefined;
  /** Calls an operation. @throws CurfewError */
  run<Input extends z.ZodType, Output extends z.ZodType>(
    operation: Operation<Input, Output>,
    input: unknown,
  ): Promise<z.output<Output>>;
}

/** Calls of one caller from an address. */
export function callsOf(services: Services, caller: Caller | undefined, from: string | undefined): Calls {
  return {
    caller,
    run: (operation, input) => call(operation, input, { caller, face: 'ibm', from, services }),
  };
}

/** Calls of the face itself, for what it must know to answer anybody. */
export function ownCalls(services: Services): Calls {
  return callsOf(services, { kind: 'system', name: 'ibm face' }, undefined);
}
