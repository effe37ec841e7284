import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from '../../access/caller.ts';
import { CurfewError } from '../../core/errors.ts';
import type { Operation } from '../../operations/operation.ts';
import { callerWith, credentialsOf, demandSameOrigin } from './credentials.ts';
import type { HttpFaceOptions } from './options.ts';

/** Finds out who calls an operation; undefined when the request shows no credentials. */
export type Authenticate = (
  request: FastifyRequest,
  operation: Pick<Operation, 'permission'>,
) => Promise<Caller | undefined>;

/**
 * Finds out who calls. Requests without valid credentials are counted per address; beyond the limit they are refused
 * unread, so that guessing stays slow. A caller with a good bearer token never meets the limit.
 */
export function authenticator(
  app: FastifyInstance,
  { services, addressOf, readToken, failuresPerMinute }: HttpFaceOptions,
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
      const credentials = credentialsOf(raw, operation.permission === 'own' ? readToken : undefined);
      if (credentials.kind === 'cookie') demandSameOrigin(raw);
      if (credentials.kind === 'none') await demandRoom(request, true);
      if (credentials.kind === 'basic') await demandRoom(request, false);
      const caller = await callerWith(credentials, services.access, addressOf(raw));
      if (caller !== undefined) return caller;
    } catch (error) {
      if (error instanceof CurfewError && error.code === 'unauthenticated') await demandRoom(request, true);
      throw error;
    }
    return undefined;
  };
}
