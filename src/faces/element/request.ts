import type { IncomingMessage } from 'node:http';
import { CurfewError } from '../../core/errors.ts';
import { readJson } from '../http/json-body.ts';
import { ElementError } from './element-error.ts';

/** As much as a request may hold: the metadata of an identity provider is the largest thing there is. */
const bodyLimit = 1024 * 1024;

export type RequestId = string | number | null;

/** A request as it is written, before its method is looked at. */
export interface RpcRequest {
  readonly id: RequestId;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Whether the parameters are texts of a query, which say nothing of their type. */
  readonly isQuery: boolean;
}

/** Told as soon as it is known, so that an error in the rest of the request goes under it. */
export type NoteId = (id: RequestId) => void;

/** Members of a request that are no parameters; the last two name a version and are ignored. */
const envelope: ReadonlySet<string> = new Set(['id', 'method', 'params', 'jsonrpc', 'json-rpc']);

/**
 * Reads a request from the body, as JSON whatever type it claims to have, or without a body from the query.
 * @throws ElementError, CurfewError `invalid_input` or `too_large`
 */
export async function readRequest(request: IncomingMessage, noteId: NoteId): Promise<RpcRequest> {
  const body = await readBody(request);
  if (body.length === 0) return fromQuery(request.url ?? '', noteId);
  return fromBody(readJson(body), noteId);
}

/** The body as bytes. @throws CurfewError `too_large` */
export async function readBody(request: IncomingMessage, limit = bodyLimit): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    // The rest is read and dropped, so that the client gets to read the answer.
    if (length <= limit) parts.push(part);
  }
  if (length > limit) throw new CurfewError('too_large', `The body is larger than ${limit} bytes.`);
  return Buffer.concat(parts);
}

function fromBody(body: unknown, noteId: NoteId): RpcRequest {
  if (Array.isArray(body)) {
    throw new ElementError(
      'xInvalidParameter',
      'Several requests in one are not supported; send one at a time.',
    );
  }
  if (!isObject(body)) throw new ElementError('xInvalidParameter', 'The body must be a JSON object.');
  const id = idOf(body.id);
  noteId(id);
  if (body.method === undefined) throw new ElementError('xMissingParameter', 'Missing member=[method]');
  if (typeof body.method !== 'string') {
    throw new ElementError('xInvalidParameterType', 'method: expected a string');
  }
  // One page of the documentation calls it so. Ignored, a termination of others would become one of the caller's own.
  if (Object.hasOwn(body, 'parameters')) {
    throw new ElementError('xInvalidParameter', 'The parameters belong in the member params.');
  }
  return { id, method: body.method, params: paramsOf(body), isQuery: false };
}

function idOf(id: unknown): RequestId {
  if (id === undefined || id === null) return null;
  // Beyond these a number cannot be given back as it came.
  if (typeof id === 'string' || Number.isSafeInteger(id)) return id as RequestId;
  throw new ElementError('xInvalidParameterType', 'id: expected a string or an integer');
}

/** Those of `params`, and as a courtesy those that two pages of the documentation put beside it. */
function paramsOf(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = body.params ?? {};
  if (!isObject(given)) {
    throw new ElementError('xInvalidParameterType', 'params: expected an object; parameters have names here');
  }
  const params: Record<string, unknown> = { ...given };
  for (const [name, value] of Object.entries(body)) {
    if (envelope.has(name)) continue;
    if (Object.hasOwn(params, name)) {
      throw new ElementError('xInvalidParameter', `${name}: is given in params and beside it`);
    }
    params[name] = value;
  }
  return params;
}

function fromQuery(url: string, noteId: NoteId): RpcRequest {
  const question = url.indexOf('?');
  const texts: Record<string, string> = {};
  for (const pair of question < 0 ? [] : url.slice(question + 1).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (Object.hasOwn(texts, name) || name === '__proto__') {
      throw new ElementError('xInvalidParameter', `${name}: is given twice, or is no name`);
    }
    texts[name] = equals < 0 ? '' : decode(pair.slice(equals + 1));
  }
  const { id: idText, method, ...params } = texts;
  const id = idText === undefined ? null : /^-?\d{1,15}$/.test(idText) ? Number(idText) : idText;
  noteId(id);
  if (method === undefined) throw new ElementError('xMissingParameter', 'Missing member=[method]');
  return { id, method, params, isQuery: true };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new ElementError('xInvalidParameter', 'The query holds an escape that is no UTF-8.');
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
