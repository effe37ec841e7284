import type { z } from 'zod';
import type { Access } from '../access/access.ts';
import type { Caller } from '../access/caller.ts';
import type { Permission } from '../access/permissions.ts';
import type { ProviderCertificates } from '../access/provider-certificates.ts';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { Nodes } from '../session/nodes.ts';
import type { Registry } from '../session/registry.ts';
import type { Origin } from '../session/revocation.ts';
import type { Statistics } from '../session/statistics.ts';
import type { Store } from '../session/store.ts';
import type { SignIn } from '../sign-in/sign-in.ts';

/** The parts that operations work on, put together once in `server.ts`. */
export interface Services {
  readonly registry: Registry;
  readonly access: Access;
  readonly store: Store;
  readonly clock: Clock;
  /** The log of the process; only how much it takes is of interest here. */
  readonly log: Pick<Log, 'level'>;
  /** Where backups are written; the folder is made when it is needed. */
  readonly backupDirectory: string;
  /** The certificates of identity providers, with the folder of their private keys. */
  readonly certificates: ProviderCertificates;
  /** Providers, and what Curfew's own users change about themselves. */
  readonly signIn: SignIn;
  /** The processes that share the store, this one among them. */
  readonly nodes: Nodes;
  /** What happened over time, and who still uses ended sessions. */
  readonly statistics: Statistics;
  /** The version of Curfew, and when this server started (epoch milliseconds). */
  readonly version: string;
  readonly startedAt: number;
}

/** One call under way: who, through which face, from where. */
export interface CallContext extends Services {
  readonly caller: Caller;
  readonly origin: Origin;
}

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** How the native API reaches an operation. Path parameters, query and body are joined into one input object. */
export interface HttpBinding {
  readonly method: HttpMethod;
  /** Such as `/v1/sessions/{id}`; names in braces are fields of the input. */
  readonly path: string;
  /** Status of success; 200 unless said otherwise. 204 sends no body. */
  readonly status?: number;
  /** Request headers that are fields of the input, such as `{ 'idempotency-key': 'idempotencyKey' }`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One verb of the system: name, schema in, schema out, permission, function. */
export interface Operation<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  /** Such as `sessions.list`; also the operationId. */
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly http: HttpBinding;
  readonly permission: Permission;
  readonly input: Input;
  readonly output: Output;
  run(input: z.output<Input>, context: CallContext): Promise<z.input<Output>>;
}

/** Declares an operation; gives it back with its types inferred. */
export function operation<Input extends z.ZodType, Output extends z.ZodType>(
  definition: Operation<Input, Output>,
): Operation<Input, Output> {
  return definition;
}
