import type { z } from 'zod';
import { actorOf, type Caller } from '../access/caller.ts';
import { demand } from '../access/permissions.ts';
import { CurfewError, toCurfewError } from '../core/errors.ts';
import { issueText } from '../core/issue-text.ts';
import type { FaceName } from '../session/revocation.ts';
import { faultsOf } from './faults.ts';
import { withoutTails } from './formed.ts';
import type { Operation, Services } from './operation.ts';

/** How a call arrived: who, through which face, from which address. */
export interface Arrival {
  /** Undefined when nobody authenticated. */
  readonly caller: Caller | undefined;
  readonly face: FaceName;
  readonly from?: string | undefined;
  readonly services: Services;
}

/**
 * The waist that every face goes through: demands the permission, reads the input by the schema, runs the operation and
 * holds the answer to its schema, so that nothing leaves that is not in it.
 * @throws CurfewError and nothing else
 */
export async function call<Input extends z.ZodType, Output extends z.ZodType>(
  operation: Operation<Input, Output>,
  rawInput: unknown,
  { caller, face, from, services }: Arrival,
): Promise<z.output<Output>> {
  try {
    // Whoever was authenticated without a password or key may have waited since, as in a sign-in at another site.
    await services.registry.catchUp();
    const admitted = admit(operation, caller);
    const input = operation.input.safeParse(rawInput, { error: issueText });
    if (!input.success) throw invalidInput(operation, input.error, rawInput);
    const origin = { by: actorOf(admitted), face, ...(from === undefined ? {} : { from }) };
    const answer = await operation.run(input.data, { ...services, caller: admitted, origin });
    return held(operation, answer);
  } catch (thrown) {
    throw toCurfewError(thrown);
  }
}

/** @throws Error when the answer is not what the schema allows. What the schema does not name is left out. */
function held<Output extends z.ZodType>(
  operation: Operation<z.ZodType, Output>,
  answer: z.input<Output>,
): z.output<Output> {
  const { head, restore } = withoutTails(answer);
  const output = operation.output.safeParse(head);
  if (!output.success)
    throw new Error(`${operation.name} answered what its schema does not allow`, { cause: output.error });
  return restore(output.data);
}

/**
 * The caller, if there is one and it holds the permission. A face may ask before it reads the rest of a request.
 * @throws CurfewError `unauthenticated`, `forbidden`
 */
export function admit(operation: Pick<Operation, 'name' | 'permission'>, caller: Caller | undefined): Caller {
  if (caller === undefined) throw unauthenticated(operation);
  demand(caller, operation.permission);
  return caller;
}

function unauthenticated(operation: Pick<Operation, 'name' | 'permission'>): CurfewError {
  const how =
    operation.permission === 'own'
      ? 'the token of a session, as a bearer token or in the cookie curfew_session'
      : 'an administrator by Basic, an application key or a session token as a bearer token';
  return new CurfewError('unauthenticated', `${operation.name} needs to know who calls: send ${how}.`);
}

function invalidInput(operation: Operation, error: z.ZodError, rawInput: unknown): CurfewError {
  const faults = faultsOf(error, operation.input, rawInput);
  const message = faults
    .map(({ path, message: what }) => (path === '' ? what : `${path}: ${what}`))
    .join('; ');
  return new CurfewError('invalid_input', message, { faults });
}
