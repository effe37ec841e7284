import type { IncomingMessage, ServerResponse } from 'node:http';
import { CurfewError, toCurfewError } from '../../core/errors.ts';
import { call } from '../../operations/call.ts';
import { registerSession } from '../../operations/sessions-register.ts';
import type { FaceParts } from '../face.ts';
import { sendJson } from './answer.ts';
import { localProvider } from './local-provider.ts';
import { readBody } from './request.ts';

/** Where automation exchanges a name and password for a bearer token. */
export const tokenPath = '/auth/connect/token';

const lifespanMs = 10 * 60_000;
const mostBytes = 64 * 1024;

/**
 * Answers a request for a token (RFC 6749 section 4.3, the password grant): the token is that of a session of ten minutes,
 * which is listed and ended like any other. The form may be urlencoded or multipart.
 */
export async function answerTokenRequest(
  request: IncomingMessage,
  response: ServerResponse,
  parts: FaceParts,
): Promise<void> {
  try {
    const form = await readForm(request);
    const grant = form.get('grant_type');
    if (grant !== 'password') {
      const error = grant === undefined ? 'invalid_request' : 'unsupported_grant_type';
      refuse(response, 400, error, 'Send grant_type=password with client_id, username and password.');
      return;
    }
    const username = form.get('username');
    const password = form.get('password');
    if (username === undefined || password === undefined || !form.has('client_id')) {
      refuse(response, 400, 'invalid_request', 'client_id, username and password are all needed.');
      return;
    }
    const token = await signIn(request, parts, username, password);
    // RFC 6749 section 5.1.
    sendJson(response, 200, { access_token: token, expires_in: lifespanMs / 1000, token_type: 'Bearer' });
  } catch (thrown) {
    const error = toCurfewError(thrown);
    if (error.code === 'internal') parts.log.error({ err: thrown, face: 'element' }, 'a token was not given');
    refuseFor(response, error);
  }
}

async function signIn(
  request: IncomingMessage,
  { services, realm, addressOf }: FaceParts,
  username: string,
  password: string,
): Promise<string> {
  const from = addressOf(request);
  // Taken before the password is looked at, so that a cut made meanwhile also ends this sign-in.
  await services.registry.catchUp();
  const epoch = services.registry.ledger.head;
  const administrator = await services.access.authenticateBasic(username, password, { ip: from, realm });
  const userAgent = request.headers['user-agent']?.slice(0, 1024);
  const { token } = await call(
    registerSession,
    {
      realm,
      username,
      provider: localProvider.Cluster,
      adminIds: [administrator.adminId],
      accessGroups: [...administrator.accessGroups],
      client: {
        ...(from === undefined ? {} : { ip: from }),
        ...(userAgent === undefined ? {} : { userAgent }),
      },
      app: 'element',
      epoch,
      lifespanMs,
    },
    { caller: { kind: 'system', name: 'sign-in' }, face: 'element', from, services },
  );
  return token;
}

/** The fields of a form. @throws CurfewError `invalid_input`, `too_large` */
async function readForm(request: IncomingMessage): Promise<Map<string, string>> {
  const body = await readBody(request, mostBytes);
  const type = request.headers['content-type'] ?? 'application/x-www-form-urlencoded';
  let entries: Iterable<[string, unknown]>;
  try {
    entries = await new Response(body, { headers: { 'content-type': type } }).formData();
  } catch {
    throw new CurfewError('invalid_input', 'The body must be a form, urlencoded or multipart.');
  }
  const form = new Map<string, string>();
  for (const [name, value] of entries) {
    if (form.has(name) || typeof value !== 'string') {
      throw new CurfewError('invalid_input', `The field ${name.slice(0, 64)} is given twice, or is a file.`);
    }
    form.set(name, value);
  }
  return form;
}

function refuseFor(response: ServerResponse, { code, message, details }: CurfewError): void {
  const { retryAfterSeconds } = details;
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterSeconds)) };
  switch (code) {
    case 'unauthenticated':
    case 'revoked_during_sign_in':
    case 'session_limit_reached':
      refuse(response, 400, 'invalid_grant', message);
      return;
    case 'locked_out':
    case 'rate_limited':
      refuse(response, 429, 'invalid_grant', message, headers);
      return;
    case 'invalid_input':
      refuse(response, 400, 'invalid_request', message);
      return;
    case 'too_large':
      refuse(response, 413, 'invalid_request', message);
      return;
    default:
      refuse(response, 503, 'temporarily_unavailable', message, headers);
  }
}

function refuse(
  response: ServerResponse,
  status: number,
  error: string,
  description: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendJson(response, status, { error, error_description: description }, headers);
}
