import type { IncomingMessage, ServerResponse } from 'node:http';
import { actorOf, type Caller } from '../../access/caller.ts';
import { CurfewError, toCurfewError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { admit } from '../../operations/call.ts';
import type { Face, FaceParts } from '../face.ts';
import { callerWith, credentialsOf } from '../http/credentials.ts';
import { callsOf } from './calls.ts';
import { answerOf, send } from './exchange.ts';
import { isOwn, readQuery, targetOf } from './paths.ts';
import { ReplicaSets } from './replica-sets.ts';
import { type Asked, methodsOf } from './routes.ts';
import type { ShellParts } from './shell.ts';
import { Trace } from './trace.ts';

export interface IbmFaceOptions extends FaceParts {
  /** Names that `server list` shows and tasks are given to. */
  readonly servers: readonly string[];
  /** Entries such as `set=realm`, for replica sets that are not named like their realm. */
  readonly replicaSets: readonly string[];
}

/**
 * Makes the face of IBM's session administration: the REST family of the distributed session cache, and the shells
 * pdadmin and dscadmin behind it.
 * @throws CurfewError `config_invalid` when two replica sets contradict each other
 */
export async function createIbmFace({
  services,
  log,
  realm,
  addressOf,
  ...names
}: IbmFaceOptions): Promise<Face> {
  const parts: ShellParts = {
    services,
    log,
    realm,
    servers: names.servers,
    replicaSets: new ReplicaSets(realm, names.replicaSets),
    trace: new Trace(),
  };
  return {
    owns: isOwn,
    handle(request, response) {
      answer(request, response, parts, addressOf(request)).catch((error: unknown) => {
        // Only a connection that broke brings it here.
        log.debug({ err: error }, 'an answer could not be sent');
        response.destroy();
      });
    },
    close: async () => {},
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  parts: ShellParts,
  from: string | undefined,
): Promise<void> {
  try {
    send(request, response, await carryOut(request, parts, from));
  } catch (thrown) {
    const error = toCurfewError(thrown);
    logInternal(error, parts.log);
    send(request, response, answerOf(error));
  }
}

async function carryOut(request: IncomingMessage, parts: ShellParts, from: string | undefined) {
  const { method = 'GET', url = '' } = request;
  // A caller is known before anything is said of what there is.
  const caller = await callerOf(request, parts, from);
  const mark = url.indexOf('?');
  const [path, query] = mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
  const target = targetOf(path);
  if (target === undefined) {
    throw new CurfewError(
      'not_found',
      'There is nothing at this path; see the page on IBM in the documents.',
    );
  }
  const methods = methodsOf(target);
  const handler = methods[method];
  if (handler === undefined) {
    const allow = Object.keys(methods).join(', ');
    const refused = answerOf(new CurfewError('invalid_input', `This path takes ${allow}.`));
    return { ...refused, status: 405, headers: { allow } };
  }
  // Only a search takes parameters; elsewhere a question mark is one that a client has not encoded in a name.
  if (target.kind !== 'sessions') readQuery(query, []);
  const asked: Asked = {
    request,
    parts,
    caller,
    from,
    name: actorOf(caller).name,
    query,
    calls: callsOf(parts.services, caller, from),
  };
  return handler(asked);
}

/** @throws CurfewError `unauthenticated`, `forbidden` for a caller without any right that this face serves */
async function callerOf(
  request: IncomingMessage,
  { services }: ShellParts,
  from: string | undefined,
): Promise<Caller> {
  const credentials = credentialsOf(request);
  const { access } = services;
  // Appliances take `admin@local` for `admin`, and scripts have it written down.
  const isLocal = credentials.kind === 'basic' && credentials.username.endsWith('@local');
  const known =
    isLocal && access.administrators.byName(credentials.username) === undefined
      ? { ...credentials, username: credentials.username.slice(0, -'@local'.length) }
      : credentials;
  const caller = await callerWith(known, access, { ip: from });
  return admit({ name: 'Session administration', permission: 'sessions.read' }, caller);
}

function logInternal(error: CurfewError, log: Log): void {
  if (error.code === 'internal') log.error({ err: error.cause ?? error }, 'a request failed unexpectedly');
}
