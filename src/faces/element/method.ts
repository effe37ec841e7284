import type { z } from 'zod';
import type { Caller } from '../../access/caller.ts';
import type { Permission } from '../../access/permissions.ts';
import type { Operation, Services } from '../../operations/operation.ts';
import type { AuthSessionInfo } from './session-info.ts';

/** Calls an operation of the core as this caller, through the waist. */
export type Ask = <Input extends z.ZodType, Output extends z.ZodType>(
  operation: Operation<Input, Output>,
  input: z.input<Input>,
  /** `realm` unless said otherwise: see `MethodCall`. */
  as?: 'realm' | 'self',
) => Promise<z.output<Output>>;

/** One call of a method under way. */
export interface MethodCall {
  /** The caller as authenticated. */
  readonly caller: Caller;
  /** The realm that the face speaks of. */
  readonly realm: string;
  /**
   * As `realm` the caller is held within the face's realm, even one who may reach every realm; so no method can reach
   * beyond. As `self` it keeps what it may reach, which operations on administrators ask for.
   */
  readonly ask: Ask;
  readonly services: Services;
  /** The name and port by which the caller reached the server. */
  readonly host: string;
}

/** What a method answers: an object, or sessions page by page, which are sent as they come. */
export type Result =
  | { readonly object: Readonly<Record<string, unknown>> }
  | { readonly sessions: AsyncIterable<readonly AuthSessionInfo[]> };

/** One method of the API. */
export interface Method<Params extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly params: Params;
  /** Demanded before the parameters are read; a method without one decides by itself, or leaves it to the core. */
  readonly permission?: Permission;
  run(params: z.output<Params>, call: MethodCall): Promise<Result>;
}

/** Declares a method; gives it back with the types of its parameters forgotten. */
export function method<Params extends z.ZodObject>(definition: Method<Params>): Method {
  return definition as unknown as Method;
}
