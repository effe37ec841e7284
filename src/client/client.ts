import type { Inputs, OperationName, Outputs } from './operations.ts';
import { type Route, requestFor } from './request.ts';
import { routes } from './routes.ts';
import { createTransport, type Transport, type TransportOptions } from './transport.ts';

/** The next part of the names of operations that begin with a prefix. */
type Part<Prefix extends string> = OperationName extends infer Name
  ? Name extends `${Prefix}${infer Rest}`
    ? Rest extends `${infer First}.${string}`
      ? First
      : Rest
    : never
  : never;

/** Calls one operation. @throws CurfewError with the code of the server, or `unreachable` */
export type Call<Name extends OperationName> =
  Record<string, never> extends Inputs[Name]
    ? (input?: Inputs[Name]) => Promise<Outputs[Name]>
    : (input: Inputs[Name]) => Promise<Outputs[Name]>;

type Methods<Prefix extends string> = {
  readonly [Name in Part<Prefix>]: `${Prefix}${Name}` extends OperationName
    ? Call<`${Prefix}${Name}`>
    : Methods<`${Prefix}${Name}.`>;
};

/** One method per operation, named as it: `client.sessions.list({ username: 'ann' })`. */
export type Client = Methods<''> & {
  /** Sends any other request, such as one for `/readyz`. */
  readonly transport: Transport;
};

export type ClientOptions = TransportOptions;

/**
 * A client of one server as one caller. Inputs and answers have the types of the operations' schemas.
 * @throws CurfewError `invalid_input` when the address is none
 */
export function createClient(options: ClientOptions): Client {
  const transport = createTransport(options);
  const client: Record<string, unknown> = { transport };
  for (const [name, route] of Object.entries(routes))
    place(client, name.split('.'), callOf(transport, route));
  return client as Client;
}

function callOf(transport: Transport, route: Route) {
  return async (input: Readonly<Record<string, unknown>> = {}): Promise<unknown> =>
    (await transport(requestFor(route, input))).body;
}

function place(tree: Record<string, unknown>, [first = '', ...rest]: readonly string[], call: unknown): void {
  if (rest.length === 0) {
    tree[first] = call;
    return;
  }
  tree[first] ??= {};
  place(tree[first] as Record<string, unknown>, rest, call);
}
