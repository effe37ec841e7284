import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../access/caller.ts';
import { admit, call } from '../../operations/call.ts';
import type { Operation } from '../../operations/operation.ts';
import type { FaceName } from '../../session/revocation.ts';
import type { Authenticate } from './authenticate.ts';
import { inputReader } from './input.ts';
import { bodyLimit, type HttpFaceOptions, importBodyLimit } from './options.ts';

/** Makes one route of every operation of the table. */
export function bindOperations(
  app: FastifyInstance,
  options: HttpFaceOptions,
  authenticate: Authenticate,
): void {
  for (const operation of options.operations) bind(app, operation, options, authenticate);
}

function bind(
  app: FastifyInstance,
  operation: Operation,
  { services, addressOf }: HttpFaceOptions,
  authenticate: Authenticate,
): void {
  const { http } = operation;
  const read = inputReader(operation);
  const status = http.status ?? 200;
  app.route({
    method: http.method,
    url: http.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    bodyLimit: operation.permission === 'sessions.import' ? importBodyLimit : bodyLimit,
    // Whoever may not call is told before a large body is read.
    onRequest: async (request) => {
      callers.set(request, admit(operation, await authenticate(request, operation)));
    },
    handler: async (request, reply) => {
      const { raw } = request;
      const url = raw.url ?? '';
      const question = url.indexOf('?');
      const input = read({
        path: request.params as Record<string, string>,
        query: question < 0 ? '' : url.slice(question + 1),
        headers: raw.headers,
        body: request.body,
      });
      const answer = await call(operation, input, {
        caller: callers.get(request),
        face: faceOf(raw),
        from: addressOf(raw),
        services,
      });
      reply.code(status).header('cache-control', 'no-store');
      return status === 204 ? reply.send() : sendJson(reply, answer);
    },
  });
}

/**
 * The face that the record names. Curfew's own clients speak this protocol too and say which they are; whoever else says
 * so has authenticated all the same, and only changes one word about themselves.
 */
function faceOf({ headers }: IncomingMessage): FaceName {
  const told = headers['curfew-face'];
  return told === 'cli' || told === 'console' ? told : 'http';
}

const callers = new WeakMap<FastifyRequest, Caller | undefined>();

function sendJson(reply: FastifyReply, answer: unknown): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer));
}
