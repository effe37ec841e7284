import type { ServerResponse } from 'node:http';
import { canonicalJson } from '../../session/revocation.ts';
import type { ElementError } from './element-error.ts';
import type { Result } from './method.ts';
import type { RequestId } from './request.ts';

/** What HTTP itself answers, as a page of HTML: clients tell it from an answer of the API by that. */
export interface HttpRefusal {
  readonly status: number;
  /** Such as `401 Unauthorized.`; one client looks for this very text. */
  readonly title: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const jsonHeaders = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

/** Answers an error of the API. Its status is 200: clients drop the body of any other. */
export function sendError(response: ServerResponse, id: RequestId, { name, message }: ElementError): void {
  sendJson(response, 200, { error: { code: 500, message, name }, id });
}

/** Sends JSON without blanks and with sorted members, as some clients compare texts. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = canonicalJson(body);
  response.writeHead(status, { ...jsonHeaders, 'content-length': Buffer.byteLength(text), ...headers });
  response.end(text);
}

/** Answers with a page of HTML. */
export function sendHttpRefusal(response: ServerResponse, refusal: HttpRefusal): void {
  const { status, title, detail, headers } = refusal;
  const text = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><p>${detail}</p></body></html>\n`;
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(text);
}

/** Answers a result. Sessions go out page by page, no faster than the client reads. */
export async function sendResult(
  response: ServerResponse,
  id: RequestId,
  result: Result,
  unused: Readonly<Record<string, unknown>>,
): Promise<void> {
  const warning = Object.keys(unused).length === 0 ? {} : { unusedParameters: unused };
  if ('object' in result) {
    sendJson(response, 200, { id, result: result.object, ...warning });
    return;
  }
  const pages = result.sessions[Symbol.asyncIterator]();
  // The first page is read before anything is sent, so that what fails at once is answered as an error.
  let page = await pages.next();
  response.writeHead(200, jsonHeaders);
  response.write(`{"id":${JSON.stringify(id)},"result":{"sessions":[`);
  let isFirst = true;
  while (page.done !== true) {
    const text = page.value.map(canonicalJson).join(',');
    if (text !== '') {
      const isRoom = response.write(isFirst ? text : `,${text}`);
      isFirst = false;
      if (!isRoom) await roomIn(response);
    }
    if (response.destroyed) {
      await pages.return?.();
      return;
    }
    page = await pages.next();
  }
  const end = canonicalJson(warning).slice(1);
  response.end(end === '}' ? ']}}' : `]},${end}`);
}

/** Waits until the client has read enough, or has gone. */
function roomIn(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
    if (response.destroyed) done();
  });
}
