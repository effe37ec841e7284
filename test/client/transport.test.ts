import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { after, before, test } from 'node:test';
import { items } from '../../src/client/pages.ts';
import { createTransport, type TransportOptions } from '../../src/client/transport.ts';
import { CurfewError } from '../../src/core/errors.ts';
import { freePort } from '../support/ports.ts';

let server: Server;
let url = '';
const secret = 'p4ss-w0rd-that-must-not-show';
const answers: Record<string, (response: ServerResponse) => void> = {
  '/problem': (response) =>
    json(response, 412, {
      code: 'expectation_failed',
      detail: '5 match',
      facts: { matched: 5 },
      faults: [{ path: 'a', message: 'b' }],
    }),
  '/html': (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>'),
  '/made-up': (response) => json(response, 400, { code: 'constructor', detail: 'x' }),
  '/limited': (response) =>
    json(response.setHeader('retry-after', '7'), 429, { code: 'rate_limited', detail: 'slow down' }),
  '/moved': (response) => response.writeHead(302, { location: '/ok' }).end(),
  '/ok': (response) => json(response, 200, { fine: true }),
  '/silent': () => undefined,
};

before(async () => {
  const port = await freePort();
  server = createServer(({ url: path = '' }, response) => {
    const answer = answers[path];
    if (answer === undefined) response.writeHead(404).end();
    else answer(response);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

test('a problem document becomes the error it names, with its details', async () => {
  const error = await failureOf('/problem');
  assert.equal(error.code, 'expectation_failed');
  assert.equal(error.message, '5 match');
  assert.deepEqual(error.details, { facts: { matched: 5 }, faults: [{ path: 'a', message: 'b' }] });
});

test('how long to wait comes from the header', async () => {
  assert.equal((await failureOf('/limited')).details.retryAfterSeconds, 7);
});

test('an answer that is not a problem of Curfew is said to come from something else', async () => {
  for (const path of ['/html', '/made-up', '/nowhere']) {
    const error = await failureOf(path);
    assert.equal(error.code, 'unreachable');
    assert.match(error.message, /something other than Curfew/);
  }
});

test('a redirection is not followed, so that credentials stay with the server they were meant for', async () => {
  assert.match((await failureOf('/moved')).message, /redirection/);
});

test('nothing listening is told with the address and how to start a server', async () => {
  const closed = `http://127.0.0.1:${await freePort()}`;
  const error = await failureOf('/ok', { url: closed });
  assert.equal(error.code, 'unreachable');
  assert.ok(error.message.includes(closed));
  assert.match(error.message, /npm start/);
});

test('a server that never answers is given up after the time allowed', async () => {
  const error = await failureOf('/silent', { timeoutMs: 50 });
  assert.equal(error.code, 'unreachable');
  assert.match(error.message, /did not answer within 0.05 seconds/);
});

test('an abort by the caller is passed on as such, not as a failure of the server', async () => {
  const controller = new AbortController();
  const pending = createTransport({ url, signal: controller.signal })({ method: 'GET', path: '/silent' });
  controller.abort();
  await assert.rejects(pending, { name: 'AbortError' });
});

test('no error shows a password, wherever it was put', async () => {
  const withSecret = url.replace('//', `//admin:${secret}@`);
  const tries: (() => Promise<unknown>)[] = [
    () => failureOf('/problem', { credentials: { basic: { username: 'admin', password: secret } } }),
    () => failureOf('/ok', { url: withSecret }),
    () => failureOf('/ok', { url: `nonsense ${secret}` }),
    () => failureOf('/ok', { credentials: { bearer: `${secret}\n` } }),
    () => failureOf('/ok', { credentials: { basic: { username: `a:${secret}`, password: secret } } }),
  ];
  for (const attempt of tries) {
    const error = (await attempt()) as CurfewError;
    assert.ok(
      !`${error.message} ${JSON.stringify(error.details)} ${error.stack}`.includes(secret),
      error.message,
    );
  }
});

test('a list is read page by page, and only as far as it is taken', async () => {
  const asked: (string | undefined)[] = [];
  const read = async (cursor: string | undefined) => {
    asked.push(cursor);
    const start = Number(cursor ?? 0);
    return { list: [start, start + 1], ...(start < 4 ? { nextCursor: String(start + 2) } : {}) };
  };
  const all: number[] = [];
  for await (const item of items(read, (page) => page.list)) all.push(item);
  assert.deepEqual(all, [0, 1, 2, 3, 4, 5]);
  asked.length = 0;
  for await (const item of items(read, (page) => page.list)) if (item === 1) break;
  assert.deepEqual(asked, [undefined]);
});

async function failureOf(path: string, options: Partial<TransportOptions> = {}): Promise<CurfewError> {
  try {
    await createTransport({ url, ...options })({ method: 'GET', path });
  } catch (error) {
    assert.ok(error instanceof CurfewError, String(error));
    return error;
  }
  return assert.fail(`${path} was answered with success`);
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body));
}
