import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { it, type TestContext } from 'node:test';
import { EventParser } from '../../../src/client/event-parser.ts';
import { EventStream } from '../../../src/faces/http/event-stream.ts';
import { freePort } from '../../support/ports.ts';

/** A stream, and the socket at its other end, which has read the head only. */
async function stage(
  t: TestContext,
): Promise<{ stream: EventStream; response: ServerResponse; reader: Socket }> {
  const server = createServer();
  server.listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  const asked = once(server, 'request');
  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1');
  reader.on('error', () => undefined);
  t.after(() => {
    reader.destroy();
    server.closeAllConnections();
    server.close();
  });
  reader.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [, response] = (await asked) as [unknown, ServerResponse];
  return { stream: new EventStream(response), response, reader };
}

it('A reader that does not read is dropped, and never does more than a bound wait for it', async (t) => {
  const { stream, response, reader } = await stage(t);
  reader.pause();
  const ended = new Promise<void>((resolve) => stream.onEnd(resolve));
  const data = 'x'.repeat(10_000);
  let most = 0;
  // What the system keeps for the connection fills first; a turn between two events lets it take some.
  for (let sent = 0; stream.isOpen; sent += data.length) {
    assert.ok(sent < 100_000_000, 'it is dropped at some time');
    stream.send('test', data);
    most = Math.max(most, response.writableLength);
    if (sent % 1_000_000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await ended;
  assert.ok(most < 600_000, `${most} bytes waited`);
  assert.equal(await stream.ready(), false);
  // Nothing that comes later does any harm.
  stream.send('test', data);
  stream.beat();
  stream.end('bye', '{}');
});

it('A reader that reads gets everything, however much it is', async (t) => {
  const { stream, reader } = await stage(t);
  const parser = new EventParser();
  const got: string[] = [];
  reader.setEncoding('utf8').on('data', (text: string) => {
    // The head and the sizes of the pieces are no fields of the format, so the parser passes over them.
    for (const { id } of parser.take(text)) if (id !== undefined) got.push(id);
  });
  for (let n = 0; n < 2000; n++) {
    stream.send('test', 'y'.repeat(1000), String(n));
    assert.equal(await stream.ready(), true);
  }
  stream.end('bye', '{}');
  await once(reader, 'end');
  assert.deepEqual(new Set(got).size, 2000);
});
