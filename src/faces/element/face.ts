import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../../access/caller.ts';
import { demand } from '../../access/permissions.ts';
import { toCurfewError } from '../../core/errors.ts';
import { call } from '../../operations/call.ts';
import type { Face, FaceParts } from '../face.ts';
import { sendError, sendHttpRefusal, sendResult } from './answer.ts';
import { authenticate, isFromAnotherSite, refusalOf } from './authenticate.ts';
import { ElementError, elementErrorOf, repeated } from './element-error.ts';
import type { MethodCall } from './method.ts';
import { methodByName } from './methods.ts';
import { readParams, valuesOf } from './params.ts';
import { type RequestId, type RpcRequest, readRequest } from './request.ts';
import { answerTokenRequest, tokenPath } from './token.ts';
import { isServed } from './versions.ts';

/** Makes the face: NetApp Element's API for sessions and what stands around them, for clients that know nothing of Curfew. */
export async function createElementFace(parts: FaceParts): Promise<Face> {
  return {
    owns: (path) => path === tokenPath || path === '/json-rpc' || path.startsWith('/json-rpc/'),
    handle(request, response) {
      answer(request, response, parts).catch((error: unknown) => {
        parts.log.error({ err: error, face: 'element' }, 'a request could not be answered to its end');
        // An answer that breaks off must not look complete.
        response.destroy();
      });
    },
    close: async () => {},
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, parts: FaceParts): Promise<void> {
  const [path = ''] = (request.url ?? '').split('?');
  const isToken = path === tokenPath;
  if (!isToken && !isServed(path)) {
    sendHttpRefusal(response, {
      status: 404,
      title: '404 Not Found',
      detail: 'There is no API of this version.',
    });
    return;
  }
  if (request.method !== 'POST' && (isToken || request.method !== 'GET')) {
    const allow = isToken ? 'POST' : 'GET, POST';
    const detail = `This path takes ${allow}.`;
    sendHttpRefusal(response, { status: 405, title: '405 Method Not Allowed', detail, headers: { allow } });
    return;
  }
  if (isFromAnotherSite(request)) {
    sendHttpRefusal(response, {
      status: 403,
      title: '403 Forbidden',
      detail: 'The request was made by another site.',
    });
    return;
  }
  if (isToken) await answerTokenRequest(request, response, parts);
  else await answerRpc(request, response, parts);
}

async function answerRpc(
  request: IncomingMessage,
  response: ServerResponse,
  parts: FaceParts,
): Promise<void> {
  let caller: Caller;
  try {
    caller = await authenticate(request, parts);
  } catch (thrown) {
    const refusal = refusalOf(toCurfewError(thrown));
    if (refusal === undefined) throw thrown;
    sendHttpRefusal(response, refusal);
    return;
  }
  let id: RequestId = null;
  try {
    const rpc = await readRequest(request, (known) => {
      id = known;
    });
    const { result, unused } = await run(rpc, methodCall(caller, request, parts));
    await sendResult(response, id, result, unused);
  } catch (thrown) {
    if (response.headersSent) throw thrown;
    const { error, unexpected } = elementErrorOf(thrown);
    if (unexpected) parts.log.error({ err: thrown, face: 'element' }, 'a request failed unexpectedly');
    sendError(response, id, error);
  }
}

async function run(rpc: RpcRequest, arrived: MethodCall) {
  const method = methodByName(rpc.method);
  if (method === undefined) {
    throw new ElementError('xUnknownAPIMethod', `xUnknownAPIMethod  method=${repeated(rpc.method)}`);
  }
  if (method.permission !== undefined) demand(arrived.caller, method.permission);
  const given = rpc.isQuery
    ? valuesOf(method.params, rpc.params as Readonly<Record<string, string>>)
    : rpc.params;
  const { params, unused } = readParams(method.params, given);
  return { result: await method.run(params, arrived), unused };
}

function methodCall(
  caller: Caller,
  request: IncomingMessage,
  { services, realm, addressOf }: FaceParts,
): MethodCall {
  const from = addressOf(request);
  const inRealm: Caller = caller.kind === 'administrator' ? { ...caller, realm } : caller;
  const { host = '' } = request.headers;
  return {
    caller,
    realm,
    services,
    host: /^[\w.:[\]-]+$/.test(host) ? host : 'localhost',
    ask: (operation, input, as = 'realm') =>
      call(operation, input, { caller: as === 'realm' ? inRealm : caller, face: 'element', from, services }),
  };
}
