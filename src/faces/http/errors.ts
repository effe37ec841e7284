import type { FastifyInstance, FastifyReply } from 'fastify';
import { CurfewError, toCurfewError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Operation } from '../../operations/operation.ts';
import { isFromConsole } from './credentials.ts';
import { problemOf, problemType } from './problem.ts';

/** Answers everything thrown, and every request that no route is for, with a problem. */
export function answerErrors(
  app: FastifyInstance,
  operations: readonly Operation[],
  { log, hasConsole }: { readonly log: Log; readonly hasConsole: boolean },
): void {
  app.setErrorHandler((error, _request, reply) => sendProblem(error, reply, log));
  app.setNotFoundHandler((request, reply) => {
    const path = request.raw.url?.split('?')[0] ?? '';
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (path === '/' && isRead) {
      reply.header('vary', 'accept');
      // The start prints this address, and whoever opens it in a browser wants the console.
      if (hasConsole && /\btext\/html\b/i.test(request.headers.accept ?? '')) {
        return reply.code(303).header('location', '/console/').header('cache-control', 'no-store').send();
      }
      const pages = hasConsole
        ? '/docs tells of the API, and /console/ is the console'
        : '/docs tells of the API';
      return send(new CurfewError('not_found', `There is nothing at this path; ${pages}.`), reply);
    }
    const methods = methodsOf(path, operations);
    if (methods.length === 0) {
      return send(
        new CurfewError('not_found', 'There is nothing at this path; /docs shows what there is.'),
        reply,
      );
    }
    reply.header('allow', methods.join(', '));
    return send(new CurfewError('invalid_input', `This path takes ${methods.join(', ')}.`), reply, 405);
  });
}

/** Sends any error as a problem; what was not thrown on purpose goes into the log and is not shown. */
export function sendProblem(thrown: unknown, reply: FastifyReply, log: Log): FastifyReply {
  const { error, status } = asCurfewError(thrown);
  if (error.code === 'internal') log.error({ err: error.cause ?? error }, 'a request failed unexpectedly');
  return send(error, reply, status);
}

function send(error: CurfewError, reply: FastifyReply, status?: number): FastifyReply {
  const problem = problemOf(error, status, isFromConsole(reply.request) ? 'page' : 'program');
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .header('cache-control', 'no-store')
    .type(problemType)
    .send(JSON.stringify(problem.body));
}

/** The framework throws its own errors for requests that it cannot read. */
function asCurfewError(thrown: unknown): { error: CurfewError; status?: number } {
  const { statusCode, code } = thrown as { statusCode?: number; code?: string };
  if (thrown instanceof CurfewError || statusCode === undefined || statusCode >= 500) {
    return { error: toCurfewError(thrown) };
  }
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return { error: new CurfewError('too_large', 'The body is larger than this operation takes.') };
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return {
        error: new CurfewError('invalid_input', 'The body must be sent as application/json.'),
        status: 415,
      };
    case 'FST_ERR_BAD_URL':
      return {
        error: new CurfewError(
          'invalid_input',
          'The path holds a percent sign that is not followed by a character.',
        ),
      };
    default:
      return { error: new CurfewError('invalid_input', 'The request cannot be read.'), status: statusCode };
  }
}

function methodsOf(path: string, operations: readonly Operation[]): string[] {
  const found = operations
    .filter(({ http }) => patternOf(http.path).test(path))
    .map(({ http }) => http.method);
  return [...new Set(found)];
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
