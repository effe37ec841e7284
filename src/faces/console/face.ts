import type { IncomingMessage } from 'node:http';
import { CurfewError, toCurfewError } from '../../core/errors.ts';
import type { AttemptStore } from '../../session/attempt-store.ts';
import type { PublicPlace } from '../../sign-in/public-place.ts';
import type { Face, FaceParts } from '../face.ts';
import { demandSameOrigin } from '../http/credentials.ts';
import type { ReadToken } from '../http/presented-token.ts';
import { AttemptLimit } from '../sign-in/attempt-limit.ts';
import { readCookies } from '../sign-in/cookies.ts';
import { type Answer, asset, json, page, plain, problem, send } from './answer.ts';
import { type ConsoleFiles, readConsoleFiles } from './files.ts';
import { adopt, type ConsoleParts, leave, signIn, standing } from './session.ts';

export interface ConsoleFaceOptions extends FaceParts {
  readonly place: PublicPlace;
  /** Reads the token of the sign-in's cookie, whose session can be taken over. */
  readonly readToken: ReadToken;
  readonly readConsoleToken: ReadToken;
  readonly attemptsPerMinute: number;
  /** Where tries are counted together with other processes; absent for a process that is alone. */
  readonly attempts?: AttemptStore | undefined;
  /** What the build made; read from its folder unless given. */
  readonly files?: ConsoleFiles | undefined;
}

const assetsPath = '/console/assets/';
const sessionPath = '/console/session';

/** Makes the face: the files of the console, and how somebody signs in to it. Everything else it asks of the native API. */
export function createConsoleFace(options: ConsoleFaceOptions): Face {
  const files = options.files ?? readConsoleFiles();
  if (files === undefined)
    options.log.warn('the console was not built, so it is not served; run npm run build');
  const limit = new AttemptLimit({
    clock: options.services.clock,
    perMinute: options.attemptsPerMinute,
    name: 'console',
    store: options.attempts,
  });
  const parts: ConsoleParts = { ...options, limit };
  return {
    owns: (path) => path === '/console' || path.startsWith('/console/'),
    handle(request, response) {
      answer(request, parts, files)
        .catch((thrown: unknown) => failure(request, thrown, parts))
        .then((result) => send(response, result, request.method === 'HEAD'))
        // The client has gone; there is nobody to answer.
        .catch(() => response.destroy());
    },
    close: async () => {},
  };
}

async function answer(
  request: IncomingMessage,
  parts: ConsoleParts,
  files: ConsoleFiles | undefined,
): Promise<Answer> {
  const [path = ''] = (request.url ?? '').split('?');
  const { method } = request;
  if (path === sessionPath || path.startsWith(`${sessionPath}/`)) return sessionAnswer(request, path, parts);
  if (method !== 'GET' && method !== 'HEAD')
    return plain(405, 'This path takes GET and HEAD.', { allow: 'GET, HEAD' });
  if (path === '/console') return { status: 308, headers: { location: '/console/' }, body: '' };
  if (files === undefined)
    return plain(503, 'The console was not built. Run npm run build and start Curfew again.');
  if (path.startsWith(assetsPath)) {
    const file = files.assets.get(path.slice(assetsPath.length));
    if (file === undefined) return plain(404, 'There is no such file.');
    return asset(file, request.headers['accept-encoding']?.toString());
  }
  // Every view has a path of its own, and the page itself knows which there are.
  return page(files, readCookies(request.headers.cookie).get('curfew_console_theme'));
}

async function sessionAnswer(request: IncomingMessage, path: string, parts: ConsoleParts): Promise<Answer> {
  const route = `${request.method === 'HEAD' ? 'GET' : request.method} ${path}`;
  // Also the sign-in itself: another site must not sign somebody in as somebody else.
  demandSameOrigin(request, 'console');
  switch (route) {
    case `GET ${sessionPath}`:
      return json(await standing(request, parts));
    case `POST ${sessionPath}`:
      return signIn(request, parts);
    case `POST ${sessionPath}/adopt`:
      return adopt(request, parts);
    case `DELETE ${sessionPath}`:
      return leave(request, parts);
    default:
      throw new CurfewError('not_found', 'There is nothing at this path.');
  }
}

function failure(request: IncomingMessage, thrown: unknown, { log }: ConsoleParts): Answer {
  // What was not read yet would be taken for the next request of the connection.
  request.resume();
  const error = toCurfewError(thrown);
  if (error.code === 'internal')
    log.error({ err: error.cause ?? error, face: 'console' }, 'a request failed');
  return problem(error);
}
