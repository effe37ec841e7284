import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { CurfewError } from '../../core/errors.ts';
import type { Eventually } from '../../session/store.ts';
import type { Face } from '../face.ts';
import { problemOf, problemType } from '../http/problem.ts';
import type { Answer } from './answer.ts';
import { type Convention, conventions } from './conventions.ts';
import type { Gate } from './gate.ts';

const root = '/forward-auth/';

export interface ForwardAuthParts {
  readonly gate: Gate;
  /** The address of the client behind a request, as the trusted proxies tell it. */
  readonly addressOf: (request: IncomingMessage) => string | undefined;
  /** Whether the other end of a connection, by its address, is a proxy that the configuration trusts. */
  readonly isProxy: (address: string | undefined) => boolean;
}

/** The face that proxies ask over HTTP, one path for each convention. */
export function createForwardAuthFace({ gate, addressOf, isProxy }: ForwardAuthParts): Face {
  const trusted = new WeakMap<Socket, boolean>();
  /** A proxy keeps its connections, so each is judged once. */
  const isTrusted = ({ socket }: IncomingMessage): boolean => {
    const known = trusted.get(socket);
    if (known !== undefined) return known;
    const judged = isProxy(socket.remoteAddress);
    trusted.set(socket, judged);
    return judged;
  };
  return {
    owns: (path) => path.startsWith(root),
    handle(request, response) {
      const convention = conventionOf(request.url ?? '');
      if (convention === undefined) {
        send(response, unknownConvention);
        return;
      }
      const original = convention.read(request);
      const answered = gate.ask({
        original,
        headers: request.rawHeaders,
        isTrusted: isTrusted(request),
        address: () => addressOf(request),
      });
      const finish = (answer: Answer): void =>
        send(response, typeof original === 'string' ? answer : convention.shape(answer, original));
      whenSettled(answered, finish);
    },
    close: async () => undefined,
  };
}

function whenSettled(answered: Eventually<Answer>, finish: (answer: Answer) => void): void {
  if (answered instanceof Promise) void answered.then(finish);
  else finish(answered);
}

function conventionOf(url: string): Convention | undefined {
  return conventions.find(({ path, hasPathBehind }) => {
    if (!url.startsWith(path)) return false;
    const next = url[path.length];
    return hasPathBehind === true ? next === '/' : next === undefined || next === '?';
  });
}

function send(
  response: ServerResponse,
  { status, headers, body }: { status: number; headers: readonly string[]; body: string },
): void {
  response.writeHead(status, status === 200 ? [...headers, 'Content-Length', '0'] : [...headers]);
  response.end(body);
}

const unknownConvention = ((): { status: number; headers: string[]; body: string } => {
  const known = conventions.map(({ path }) => path).join(', ');
  const problem = problemOf(new CurfewError('not_found', `Proxies ask at ${known}.`));
  const body = JSON.stringify(problem.body);
  return {
    status: problem.status,
    headers: [
      'Cache-Control',
      'no-store',
      'Content-Type',
      problemType,
      'Content-Length',
      String(Buffer.byteLength(body)),
    ],
    body,
  };
})();
