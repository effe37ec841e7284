import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it, type TestContext } from 'node:test';
import { type ConnectionState, followEvents, type ServerEvent } from '../../src/client/events.ts';
import { CurfewError } from '../../src/core/errors.ts';
import { problemOf } from '../../src/faces/http/problem.ts';
import { freePort } from '../support/ports.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const hello =
  'id: 7.9\nevent: hello\ndata: {"node":"a","version":"1","head":7,"at":"2031-01-01T00:00:00Z"}\n\n';

/** Streams a text, then ends. */
const stream =
  (text: string): Answer =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(text);
  };

const refuse =
  (error: CurfewError): Answer =>
  (_request, response) => {
    const { status, headers, body } = problemOf(error);
    response.writeHead(status, { 'content-type': 'application/problem+json', ...headers });
    response.end(JSON.stringify(body));
  };

/** Follows a server that gives these answers, one for each attempt, the last of which ends it. */
async function followed(t: TestContext, answers: readonly Answer[]) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers['last-event-id'] as string | undefined);
    answers[asked.length - 1]?.(request, response);
  });
  server.listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const pauses: number[] = [];
  const states: ConnectionState[] = [];
  const events: ServerEvent['type'][] = [];
  const end = await followEvents({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { bearer: 'cfk_test' },
    pause: async (ms) => void pauses.push(ms),
    onState: (state) => void states.push(state),
    onEvent: ({ type }) => void events.push(type),
  }).then(
    () => undefined,
    (error: unknown) => error as CurfewError,
  );
  return { asked, pauses, states, events, end };
}

const signedOut = refuse(new CurfewError('unauthenticated', 'Who are you?'));

it('A lost stream is taken up where it was, and the pauses begin anew once it is there again', async (t) => {
  const away = refuse(new CurfewError('store_unavailable', 'Away.'));
  const { asked, pauses, states, events, end } = await followed(t, [
    away,
    away,
    away,
    stream(`${hello}id: 8.9\nevent: pulse\ndata: {"live":1}\n\nevent: unheard-of\ndata: 1\n\n`),
    stream(hello),
    signedOut,
  ]);
  assert.deepEqual(asked, [undefined, undefined, undefined, undefined, '8.9', '7.9']);
  assert.deepEqual(events, ['hello', 'pulse', 'hello']);
  assert.deepEqual(states, ['connecting', 'lost', 'lost', 'lost', 'live', 'lost', 'live', 'lost']);
  assert.equal(end?.code, 'unauthenticated');
  for (const [index, meant] of [500, 1000, 2000, 500, 500].entries()) {
    const pause = pauses[index] ?? 0;
    assert.ok(pause >= meant / 2 && pause <= meant * 1.5, `pause ${index} is ${pause} ms`);
  }
});

it('The pauses grow to 15 seconds, and are never shorter than the server asks for', async (t) => {
  const busy = refuse(new CurfewError('rate_limited', 'Later.', { retryAfterSeconds: 60 }));
  const away = refuse(new CurfewError('store_unavailable', 'Away.'));
  const { pauses } = await followed(t, [...Array<Answer>(12).fill(away), busy, signedOut]);
  assert.ok(Math.max(...pauses.slice(0, 12)) <= 22_500);
  assert.ok(Math.min(...pauses.slice(6, 12)) >= 7_500);
  assert.equal(pauses[12], 60_000);
});

it('A stream that says goodbye is followed again, unless the session has ended', async (t) => {
  const bye = (reason: string): Answer =>
    stream(`${hello}event: bye\ndata: ${JSON.stringify({ reason })}\n\n`);
  const { asked, end } = await followed(t, [
    bye('stopping'),
    bye('rights_changed'),
    bye('store_unavailable'),
    bye('session_ended'),
  ]);
  assert.equal(asked.length, 4);
  assert.equal(end?.code, 'unauthenticated');
});

it('What is no stream of events is not taken for one', async (t) => {
  const page: Answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<p>Welcome');
  };
  const { states, events } = await followed(t, [page, signedOut]);
  assert.deepEqual([states, events], [['connecting', 'lost'], []]);
});

it('Where there is no room, it is asked again slowly from the first time on', async (t) => {
  const full = refuse(new CurfewError('rate_limited', 'Full.', { retryAfterSeconds: 5 }));
  const { pauses, states, end } = await followed(t, [full, full, full, stream(hello), signedOut]);
  for (const pause of pauses.slice(0, 3)) assert.ok(pause >= 7_500 && pause <= 22_500, `${pause} ms`);
  assert.deepEqual(states, ['connecting', 'lost', 'lost', 'lost', 'live', 'lost']);
  assert.equal(end?.code, 'unauthenticated');
});
