import type { IncomingMessage } from 'node:http';
import type { Face } from '../face.ts';
import { type Answer, answerOf, Refusal, send } from './answer.ts';
import { readPayload } from './body.ts';
import { authenticate, type KibanaCaller } from './credentials.ts';
import { invalidate } from './invalidate.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { me } from './me.ts';
import type { KibanaParts, Route } from './routes.ts';
import { extendSession, sessionInfo } from './session-info.ts';
import { status } from './status.ts';

/** Every route of the face. */
export const kibanaRoutes: readonly Route[] = [
  invalidate,
  login,
  me,
  sessionInfo,
  extendSession,
  logout,
  status,
];

/** Makes the face: Kibana's session routes, for clients that know nothing of Curfew. */
export async function createKibanaFace(parts: KibanaParts): Promise<Face> {
  const paths = new Set(kibanaRoutes.map((route) => route.path));
  return {
    owns: (path) => paths.has(withoutSpace(path)),
    handle(request, response) {
      answer(request, parts)
        .then((result) => send(response, result))
        // The client has gone; there is nobody to answer.
        .catch(() => response.destroy());
    },
    close: async () => {},
  };
}

async function answer(request: IncomingMessage, parts: KibanaParts): Promise<Answer> {
  try {
    return await respond(request, parts);
  } catch (thrown) {
    const { answer: refusal, unexpected } = answerOf(thrown);
    if (unexpected) parts.log.error({ err: thrown, face: 'kibana' }, 'a request could not be answered');
    // What was not read yet would be taken for the next request of the connection.
    request.resume();
    return refusal;
  }
}

/** The order of these checks is part of the protocol: clients see which one refused them. */
async function respond(request: IncomingMessage, parts: KibanaParts): Promise<Answer> {
  const path = withoutSpace((request.url ?? '').split('?')[0] ?? '');
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const route = kibanaRoutes.find((candidate) => candidate.path === path && candidate.method === method);
  if (route === undefined) throw new Refusal(404, 'Not Found');
  const from = parts.addressOf(request);
  const caller = await callerFor(route, request, parts, from);
  const payload = await readPayload(request);
  if (method !== 'GET') demandXsrfHeader(request);
  demandVersion(request, parts.version);
  if (caller !== undefined) route.authorize?.(caller, parts.realm);
  return route.run({ parts, request, payload, caller, from });
}

async function callerFor(
  route: Route,
  request: IncomingMessage,
  parts: KibanaParts,
  from: string | undefined,
): Promise<KibanaCaller | undefined> {
  if (route.authentication === 'none') return undefined;
  try {
    return await authenticate(request, parts, from);
  } catch (error) {
    if (route.authentication === 'optional' && error instanceof Refusal) return undefined;
    throw error;
  }
}

function demandXsrfHeader({ headers }: IncomingMessage): void {
  if (headers['kbn-xsrf'] !== undefined || headers['kbn-version'] !== undefined) return;
  throw new Refusal(400, 'Request must contain a kbn-xsrf header.');
}

function demandVersion({ headers }: IncomingMessage, expected: string): void {
  const got = headers['kbn-version'];
  if (got === undefined || got === expected) return;
  const message = `Browser client is out of date, please refresh the page ("kbn-version" header was "${got}" but should be "${expected}")`;
  throw new Refusal(400, message, { body: { attributes: { expected, got } } });
}

/** Kibana reaches its routes below `/s/<space>` too. */
function withoutSpace(path: string): string {
  return path.replace(/^\/s\/[a-z0-9_-]+(?=\/)/, '');
}
