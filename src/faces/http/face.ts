import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Log } from '../../core/log.ts';
import { authenticator } from './authenticate.ts';
import { createCheckFace, isCheck } from './check.ts';
import type { ClientAddress } from './client-address.ts';
import { addDocuments } from './documents.ts';
import { answerErrors, sendProblem } from './errors.ts';
import { addEvents } from './events.ts';
import { readJson } from './json-body.ts';
import { addJwks } from './jwks.ts';
import { bodyLimit, type HttpFaceOptions } from './options.ts';
import { addProbes } from './probes.ts';
import { bindOperations } from './routes.ts';

/** The native API: everything below `/v1`, probes, metrics and documents. */
export interface HttpFace {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  close(): Promise<void>;
}

/** Makes the native API over the operations of the table. */
export async function createHttpFace(options: HttpFaceOptions): Promise<HttpFace> {
  const { services, log, addressOf, readToken, metrics } = options;
  const check = createCheckFace({
    registry: services.registry,
    addressOf,
    readToken,
    onFailure: failureLog(log),
  });
  metrics.observeChecks(check.counts);
  const app = Fastify({
    bodyLimit,
    logger: false,
    // The query is read by the schema of the operation, from the raw URL.
    routerOptions: { maxParamLength: 1024, querystringParser: () => ({}) },
    frameworkErrors: (error, _request, reply) => sendProblem(error, reply, log),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, readJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
      },
    },
    // It would bind every port of the host, also that of plain HTTP, which stays open for proxies on the same machine.
    strictTransportSecurity: false,
    xPoweredBy: false,
  });
  await app.register(rateLimit, {
    global: false,
    max: options.failuresPerMinute,
    timeWindow: 60_000,
    keyGenerator: (request) => addressOf(request.raw) ?? 'unknown',
  });
  answerErrors(app, options.operations, { log, hasConsole: options.hasConsole ?? false });
  logRequests(app, log, addressOf);
  const authenticate = authenticator(app, options);
  bindOperations(app, options, authenticate);
  addEvents(app, options, authenticate);
  addProbes(app, options, authenticate);
  addDocuments(app, options.operations, services.version);
  addJwks(app, services);
  await app.ready();
  return {
    handle(request, response) {
      if (isCheck(request.url ?? '')) check.handle(request, response);
      else app.routing(request, response);
    },
    close: () => app.close(),
  };
}

/** Routes instead of URLs are logged, since a query holds names of people. */
function logRequests(app: FastifyInstance, log: Log, addressOf: ClientAddress): void {
  app.addHook('onResponse', async (request, reply) => {
    // Asked anew each time: the level may be set while the server runs.
    if (!log.isLevelEnabled('debug')) return;
    log.debug(
      {
        method: request.method,
        route: request.routeOptions.url ?? '(none)',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        from: addressOf(request.raw),
      },
      'answered a request',
    );
  });
}

/** While the store is down every check fails; one line per ten seconds says so. */
function failureLog(log: Log): (error: unknown) => void {
  let silentUntil = 0;
  return (error) => {
    const now = performance.now();
    if (now < silentUntil) return;
    silentUntil = now + 10_000;
    log.error({ err: error }, 'a check could not be answered, so nobody was let in');
  };
}
