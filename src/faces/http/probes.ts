import type { FastifyInstance, FastifyRequest } from 'fastify';
import { demand } from '../../access/permissions.ts';
import { CurfewError } from '../../core/errors.ts';
import type { Services } from '../../operations/operation.ts';
import type { Authenticate } from './authenticate.ts';
import { isLocal } from './client-address.ts';
import type { HttpFaceOptions } from './options.ts';

/** Readiness is asked often and by anybody, and the proof writes to the store, so one serves for a second. */
const readinessAgeMs = 1000;

/** `/healthz`: the process answers. `/readyz`: it can read and write its store. `/metrics`: for Prometheus. */
export function addProbes(
  app: FastifyInstance,
  { services, metrics, metricsAccess }: HttpFaceOptions,
  authenticate: Authenticate,
): void {
  const isReady = readiness(services);
  app.get('/healthz', async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
  app.get('/readyz', async (_request, reply) => {
    const warnings = await isReady();
    if (warnings instanceof CurfewError) throw warnings;
    return reply
      .header('cache-control', 'no-store')
      .send({ status: 'ready', ...(warnings.length === 0 ? {} : { warnings }) });
  });
  if (metricsAccess === 'off') return;
  app.get('/metrics', async (request: FastifyRequest, reply) => {
    if (metricsAccess === 'local' && !isLocal(request.raw)) {
      const caller = await authenticate(request, { permission: 'ledger.read' });
      if (caller === undefined) {
        throw new CurfewError(
          'unauthenticated',
          'Metrics are open to this machine only; send credentials, or set metrics to open in the configuration.',
        );
      }
      demand(caller, 'ledger.read');
    }
    return reply.type(metrics.registry.contentType).send(await metrics.text());
  });
}

type Readiness = CurfewError | readonly string[];

/** Ready is who can read and write the store and knows what others have committed there; else it is said what fails. */
function readiness({ store, registry }: Pick<Services, 'store' | 'registry'>): () => Promise<Readiness> {
  const ask = async (): Promise<readonly string[]> => {
    await Promise.all([store.ping(), registry.catchUp()]);
    return store.warnings();
  };
  let askedAt = Number.NEGATIVE_INFINITY;
  let answer: Promise<Readiness> = Promise.resolve([]);
  return () => {
    if (performance.now() - askedAt > readinessAgeMs) {
      askedAt = performance.now();
      answer = ask().catch((error: unknown) =>
        error instanceof CurfewError
          ? error
          : new CurfewError('store_unavailable', 'The store cannot be read or written.'),
      );
    }
    return answer;
  };
}
