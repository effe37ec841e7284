import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from '../../access/caller.ts';
import { CurfewError } from '../../core/errors.ts';
import type { Operation } from '../../operations/operation.ts';
import { callerWith, credentialsOf, demandSameOrigin, isFromConsole } from './credentials.ts';
import type { HttpFaceOptions } from './options.ts';

/** Finds out who calls an operation; undefined when the request shows no credentials. */
export type Authenticate = (
  request: FastifyRequest,
  operation: Pick<Operation, 'permission'>,
) => Promise<Caller | undefined>;

/** Sent with what a page asks by itself; see `Presented.touch`. */
const quietHeader = 'curfew-quiet';

/**
 * Finds out who calls. Requests without valid credentials are counted per address; beyond the limit they are refused
 * unread, so that guessing stays slow. A caller with a good bearer token never meets the limit.
 */
export function authenticator(
  app: FastifyInstance,
  { services, addressOf, readToken, readConsoleToken, failuresPerMinute }: HttpFaceOptions,
): Authenticate {
  const failures = app.createRateLimit({ max: failuresPerMinute, timeWindow: 60_000 });
  const demandRoom = async (request: FastifyRequest, increment: boolean): Promise<void> => {
    const limit = await failures(request, { increment });
    if (limit.isAllowed || !limit.isExceeded) return;
    throw new CurfewError(
      'rate_limited',
      'Too many requests without valid credentials came from this address.',
      {
        retryAfterSeconds: Math.max(1, limit.ttlInSeconds),
      },
    );
  };
  return async (request, operation) => {
    const { raw } = request;
    try {
      const credentials = credentialsOf(raw, {
        console: readConsoleToken,
        // The console asks whether it is signed in itself; whoever else is in this browser it goes on as when told to.
        signIn: operation.permission === 'own' && !isFromConsole(raw) ? readToken : undefined,
      });
      if (credentials.kind === 'cookie') demandSameOrigin(raw, credentials.of);
      if (credentials.kind === 'none') await demandRoom(request, true);
      if (credentials.kind === 'basic') await demandRoom(request, false);
      // The console keeps itself up to date; that alone must not keep a session alive whose user has left the desk.
      const touch = !(credentials.kind === 'cookie' && raw.headers[quietHeader] !== undefined);
      const caller = await callerWith(credentials, services.access, { ip: addressOf(raw), touch });
      if (caller !== undefined) return caller;
    } catch (error) {
      if (error instanceof CurfewError && error.code === 'unauthenticated') await demandRoom(request, true);
      throw error;
    }
    return undefined;
  };
}
