import { errorOfAnswer } from '../../src/client/failures.ts';
import type { Inputs, OperationName, Outputs } from '../../src/client/operations.ts';
import { requestFor } from '../../src/client/request.ts';
import { routes } from '../../src/client/routes.ts';
import { CurfewError } from '../../src/core/errors.ts';
import { strings } from './strings.ts';

export type { Inputs, OperationName, Outputs, Selector } from '../../src/client/operations.ts';
export { CurfewError } from '../../src/core/errors.ts';

export interface CallOptions {
  /** Gives the call up. The promise is then rejected as fetch does it; see `isAbort`. */
  readonly signal?: AbortSignal;
  /** For what the page asks by itself: the call does not keep the session alive. */
  readonly quiet?: boolean;
}

/** An input may be left out where nothing in it is demanded. */
type Arguments<Name extends OperationName> =
  Record<string, never> extends Inputs[Name]
    ? [input?: Inputs[Name], options?: CallOptions]
    : [input: Inputs[Name], options?: CallOptions];

/**
 * Calls one operation as the person who is signed in: `call('sessions.list', { username: 'ann' })`.
 * @throws CurfewError whose message is for people: that of the server, or `unreachable`
 */
export async function call<Name extends OperationName>(
  name: Name,
  ...[input, options]: Arguments<Name>
): Promise<Outputs[Name]> {
  const { method, path, headers, body } = requestFor(routes[name], input ?? {});
  return (await send(path, { method, headers: headers ?? {}, body }, options)) as Outputs[Name];
}

export interface Sent {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Sends a request to this server and gives the JSON of its answer. @throws CurfewError as `call` */
export async function send(path: string, sent: Sent, options: CallOptions = {}): Promise<unknown> {
  const answer = await open(path, sent, options);
  let text: string;
  try {
    text = await answer.text();
  } catch (thrown) {
    throw isAbort(thrown) ? thrown : unreachable(thrown);
  }
  return text === '' ? undefined : JSON.parse(text);
}

/** Sends a request and gives its answer as soon as it begins; for what is read piece by piece. @throws CurfewError as `call` */
export async function open(
  path: string,
  { method, headers = {}, body }: Sent,
  { signal, quiet = false }: CallOptions = {},
): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers: {
        accept: 'application/json',
        'curfew-face': 'console',
        ...(quiet ? { 'curfew-quiet': '1' } : {}),
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
      cache: 'no-store',
      credentials: 'same-origin',
    });
  } catch (thrown) {
    throw isAbort(thrown) ? thrown : unreachable(thrown);
  }
  if (answer.ok) return answer;
  const error = errorOfAnswer(
    answer.status,
    await problemOf(answer),
    path,
    answer.headers.get('retry-after'),
  );
  if (path.startsWith('/v1/') && (error.code === 'unauthenticated' || error.code === 'forbidden'))
    whenRefused(error.code, reasonOf(error));
  throw error;
}

/** Whether something was given up on purpose, which nobody needs to be told of. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'AbortError';
}

/** Any thrown value as an error whose message is for people. */
export function toError(thrown: unknown): CurfewError {
  if (thrown instanceof CurfewError) return thrown;
  return new CurfewError('internal', strings.failure.unexpected, {}, { cause: thrown });
}

type Refusal = (code: 'unauthenticated' | 'forbidden', reason: string) => void;

let whenRefused: Refusal = () => {};

/** Has something happen when a call is refused. The reason is that of the check, such as `revoked`, or `missing`. */
export function onRefused(happen: Refusal): void {
  whenRefused = happen;
}

function reasonOf({ details }: CurfewError): string {
  return String(details.facts?.reason ?? 'missing');
}

function unreachable(cause: unknown): CurfewError {
  return new CurfewError('unreachable', strings.failure.unreachable, {}, { cause });
}

async function problemOf(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch {
    return undefined;
  }
}
