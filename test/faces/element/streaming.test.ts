import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { sendResult } from '../../../src/faces/element/answer.ts';
import { sessionInfo } from '../../../src/faces/element/session-info.ts';
import { basicAdmin, startTestServer, type TestServer } from '../../support/http-server.ts';
import { aRegistration } from '../../support/sessions.ts';
import { idsOf, result } from './client.ts';

const form = {
  id: '0d5c2f9e-6a3b-4b68-9a55-1f0a3c7d2e11',
  realm: 'default',
  username: 'ann',
  subject: 'ann',
  provider: { type: 'basic', name: 'main' },
  accessGroups: ['read'],
  adminIds: [1],
  attributes: {},
  client: {},
  createdAt: '2030-01-01T00:00:00.000Z',
  lastAccessAt: '2030-01-01T00:00:00.000Z',
  idleTimeoutMs: 1_800_000,
  expiresAt: '2030-01-04T00:00:00.000Z',
  epoch: 0,
  providerConfigVersion: 0,
};

/** A client that takes one chunk at a time, when it is told to. */
class SlowClient extends Writable {
  #release: (() => void) | undefined;
  received = 0;
  headersSent = false;

  writeHead(): this {
    this.headersSent = true;
    return this;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.received += chunk.length;
    this.#release = done;
  }

  /** Reads what lies there; the next chunk may come. */
  read(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }
}

test('of 200,000 sessions the next thousand are read only when the client has taken those before', async () => {
  const page = Array.from({ length: 1000 }, () => sessionInfo(form));
  let pages = 0;
  async function* source() {
    for (; pages < 200; ) {
      pages += 1;
      yield page;
    }
  }
  const client = new SlowClient({ highWaterMark: 16_384 });
  let finished = false;
  const sending = sendResult(client as unknown as ServerResponse, 1, { sessions: source() }, {}).then(() => {
    finished = true;
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  assert.equal(pages, 1);
  let most = 0;
  for (let reads = 0; !finished && reads < 1000; reads++) {
    const before = pages;
    client.read();
    await settle();
    most = Math.max(most, pages - before, client.writableLength / 1_000_000);
  }
  await sending;
  assert.equal(pages, 200);
  assert.ok(most <= 1, 'never more than a page, of less than a megabyte, at once');
  for (let reads = 0; client.writableLength > 0 && reads < 1000; reads++) {
    client.read();
    await settle();
  }
  assert.ok(client.received > 200_000 * 200, `${client.received} bytes`);
});

test('a client that goes away ends the reading', async () => {
  let closed = false;
  async function* source() {
    try {
      for (;;) yield [sessionInfo(form)];
    } finally {
      closed = true;
    }
  }
  const client = new SlowClient({ highWaterMark: 16 });
  const sending = sendResult(client as unknown as ServerResponse, 1, { sessions: source() }, {});
  await new Promise((resolve) => setImmediate(resolve));
  client.destroy();
  await sending;
  assert.ok(closed);
});

async function registerMany(server: TestServer, count: number, username: string): Promise<string[]> {
  const made = Array.from({ length: count }, () =>
    server.services.registry.register(aRegistration({ username })),
  );
  return (await Promise.all(made)).map(({ session }) => session.id).sort();
}

test('a list and a termination of more sessions than one page name every one of them, once', async (t) => {
  const server = await startTestServer(t);
  const ann = await registerMany(server, 3200, 'ann');
  const bob = await registerMany(server, 1100, 'bob');
  assert.deepEqual(idsOf(await result(server, 'ListActiveAuthSessions')), [...ann, ...bob].sort());
  const listed = await result(server, 'ListAuthSessionsByUsername', { username: 'ann', other: 1 });
  assert.deepEqual(idsOf(listed), ann);
  const deleted = await result(server, 'DeleteAuthSessionsByUsername', { username: 'ann' });
  assert.deepEqual(idsOf(deleted), ann);
  assert.deepEqual(idsOf(await result(server, 'ListActiveAuthSessions')), bob);
});

test('a termination of more own sessions than one page names every one of them', async (t) => {
  const server = await startTestServer(t);
  const own = await registerMany(server, 1500, 'admin');
  assert.deepEqual(idsOf(await result(server, 'DeleteAuthSessionsByUsername')), own);
});

test('what does not end while others come and go is in every list, and nothing that was ended is', async (t) => {
  const server = await startTestServer(t);
  const staying = await registerMany(server, 2500, 'ann');
  const gone = await registerMany(server, 300, 'bob');
  await result(server, 'DeleteAuthSessionsByUsername', { username: 'bob' });
  let stopped = false;
  const churn = async () => {
    while (!stopped) {
      await registerMany(server, 5, 'cid');
      await result(server, 'DeleteAuthSessionsByUsername', { username: 'cid' });
    }
  };
  const churning = churn();
  for (let round = 0; round < 5; round++) {
    const { status, body } = await server.ask('POST /json-rpc/12.3', {
      auth: basicAdmin,
      body: { method: 'ListActiveAuthSessions' },
    });
    assert.equal(status, 200);
    const found = idsOf(body.result);
    assert.equal(new Set(found).size, found.length);
    const ids = new Set(found);
    assert.ok(staying.every((id) => ids.has(id)));
    assert.ok(!gone.some((id) => ids.has(id)));
  }
  stopped = true;
  await churning;
});

test('two terminations of the same sessions at once name each session in one of them', async (t) => {
  const server = await startTestServer(t);
  const all = await registerMany(server, 400, 'ann');
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => result(server, 'DeleteAuthSessionsByUsername', { username: 'ann' })),
  );
  assert.deepEqual(answers.flatMap(idsOf).sort(), all);
});
