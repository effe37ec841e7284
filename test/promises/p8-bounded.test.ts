import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { it } from 'node:test';
import { systemClock } from '../../src/core/clock.ts';
import { operations } from '../../src/operations/table.ts';
import { Registry } from '../../src/session/registry.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { aRegistration } from '../support/sessions.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { atEnd } from './at-end.ts';
import { startTestServer, type TestServer } from './running-server.ts';
import { checkOver, type ServerProcess, startProcess } from './server-process.ts';

const provider = { type: 'basic', name: 'main' };
const mebibyte = 1024 * 1024;
const id = '00000000-0000-4000-8000-000000000000';

it('P8: every list, batch and text has a largest size, beyond which a request is refused with its reason', async (t) => {
  const { client } = await startTestServer(t);
  const many = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
  const imported = { username: 'ann', provider, createdAt: new Date().toISOString() };
  const reason = 'a test';
  const tooMuch: [string, () => Promise<unknown>][] = [
    ['limit', () => client.sessions.list({ limit: 1001 })],
    ['limit', () => client.sessions.list({ limit: 0 })],
    ['limit', () => client.revocations.list({ limit: 1001 })],
    ['limit', () => client.journal.list({ limit: 1001 })],
    ['limit', () => client.sessions.search({ pattern: 'a*', limit: 10_001 })],
    ['tokens', () => client.sessions.check({ tokens: many(1001, 'x') })],
    ['sessions', () => client.sessions.import({ sessions: many(1001, imported) })],
    ['selector.sessionIds', () => client.revocations.preview({ selector: { sessionIds: many(1001, id) } })],
    [
      'selector.except',
      () => client.revocations.create({ selector: { all: true, except: many(1001, id) }, reason }),
    ],
    ['reason', () => client.revocations.create({ selector: { username: 'ann' }, reason: 'x'.repeat(1001) })],
    ['username', () => client.sessions.register({ username: 'x'.repeat(1025), provider })],
    [
      'attributes',
      () =>
        client.sessions.register({
          username: 'ann',
          provider,
          attributes: Object.fromEntries(many(101, '').map((_, n) => [`a${n}`, ''])),
        }),
    ],
    [
      'attributes.a',
      () => client.sessions.register({ username: 'ann', provider, attributes: { a: 'x'.repeat(4097) } }),
    ],
    [
      'accessGroups',
      () => client.sessions.register({ username: 'ann', provider, accessGroups: many(1001, 'x') }),
    ],
  ];
  for (const [path, call] of tooMuch) {
    await assert.rejects(call(), (error: { code: string; details: { faults?: { path: string }[] } }) => {
      assert.deepEqual([error.code, error.details.faults?.[0]?.path], ['invalid_input', path]);
      return true;
    });
  }
  await client.sessions.check({ tokens: many(1000, 'x') });
});

it('P8: every list that may grow without end comes in pages', () => {
  const lists = operations.filter(
    ({ http, name }) => http.method === 'GET' && /^(me\.)?(sessions|revocations|journal)\.list$/.test(name),
  );
  assert.ok(lists.length >= 4);
  for (const { name, input } of lists) {
    const parsed = input.parse({}) as { limit: number };
    assert.ok(parsed.limit <= 100, `${name} gives at most 100 unless asked for more`);
  }
});

it('P8: a body, a head or a nesting that is too large is refused before it is taken in', async (t) => {
  const server = await startTestServer(t);
  const { secret } = await server.client.keys.create({ name: 'shop', scopes: ['register', 'check'] });
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
  const post = (path: string, body: string) =>
    fetch(`${server.url}${path}`, { method: 'POST', headers, body });
  const large = JSON.stringify({ tokens: ['x'.repeat(mebibyte)] });
  assert.equal((await post('/v1/sessions/check', large)).status, 413);
  const deep = '['.repeat(5000) + ']'.repeat(5000);
  assert.equal((await post('/v1/sessions/check', `{"tokens":${deep}}`)).status, 400);
  const wide = await fetch(`${server.url}/v1/check`, { headers: { cookie: `a=${'x'.repeat(20_000)}` } });
  assert.equal(wide.status, 431);
  // Whoever may not call is refused before the body comes at all.
  const socket = await opened(server);
  socket.write(
    `POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${mebibyte}\r\n\r\n{`,
  );
  assert.match(await firstOf(socket), /^HTTP\/1\.1 401 /);
  socket.destroy();
});

it('P8: whoever shows no valid credentials is held back, and those who do are not', async (t) => {
  const server = await startTestServer(t, { flags: { 'limits-failures-per-minute': '20' } });
  const { secret } = await server.client.keys.create({ name: 'shop', scopes: ['register', 'check'] });
  const { token } = await server.client.sessions.register({ username: 'ann', provider });
  const guess = () =>
    fetch(`${server.url}/v1/sessions`, { headers: { authorization: `Bearer cfk_${'a'.repeat(43)}` } });
  const statuses: number[] = [];
  for (let count = 0; count < 25; count++) statuses.push((await guess()).status);
  assert.deepEqual([statuses[0], statuses.at(-1)], [401, 429]);
  assert.ok(Number((await guess()).headers.get('retry-after')) > 0);
  const shop = server.as({ bearer: secret });
  for (let count = 0; count < 30; count++) await shop.sessions.register({ username: 'bob', provider });
  for (let count = 0; count < 30; count++) assert.equal((await checkOver(server, token)).status, 200);
});

it('P8: clients that send their head byte by byte are cut off, and hold up nobody', {
  timeout: 60_000,
}, async (t) => {
  const server = await startTestServer(t);
  const { token } = await server.client.sessions.register({ username: 'ann', provider });
  const slow = await Promise.all(Array.from({ length: 200 }, () => opened(server)));
  for (const socket of slow) socket.write('GET /v1/check HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  const dripping = setInterval(() => {
    for (const socket of slow) if (socket.writable) socket.write('x');
  }, 500);
  atEnd(t, () => clearInterval(dripping));
  const answers = slow.map(firstOf);
  for (let count = 0; count < 50; count++) assert.equal((await checkOver(server, token)).status, 200);
  for (const answer of await Promise.all(answers)) assert.match(answer, /^HTTP\/1\.1 408 |^$/);
  await Promise.all(slow.map((socket) => (socket.closed ? undefined : once(socket, 'close'))));
});

it('P8: 50,000 sessions are listed and ended page by page, without the memory for all of them', {
  timeout: 240_000,
}, async (t) => {
  const count = 50_000;
  const folder = makeTemporaryDirectory();
  atEnd(t, () => folder.remove());
  const data = join(folder.path, 'data');
  await populate(data, count);
  const server = await startProcess(t, { data });
  await server.client.sessions.list({ limit: 1000 });
  const before = await memory(server);
  for (const limit of [1000, 997]) {
    const seen = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await server.client.sessions.list({ limit, ...(cursor === undefined ? {} : { cursor }) });
      assert.ok(page.sessions.length <= limit);
      for (const session of page.sessions) seen.add(session.id);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    assert.equal(seen.size, count, 'each once');
  }
  const cut = await server.client.revocations.create({ selector: { all: true }, reason: 'a drill' });
  assert.deepEqual([cut.matched, cut.sessions.length], [count, 1000]);
  const grown = (await memory(server)) - before;
  // All of them as objects would be many times as much.
  assert.ok(grown < 120 * mebibyte, `it grew by ${Math.round(grown / mebibyte)} MiB`);
});

async function populate(directory: string, count: number): Promise<void> {
  const store = await openSqliteStore({ directory });
  const registry = await Registry.open({ store, clock: systemClock() });
  const batch = 5000;
  for (let done = 0; done < count; done += batch) {
    const attributes = { note: 'x'.repeat(500) };
    await Promise.all(
      Array.from({ length: batch }, (_, n) =>
        registry.register(aRegistration({ username: `user ${done + n}`, attributes })),
      ),
    );
  }
  await store.close();
}

/** The resident memory of a server, in bytes. */
async function memory({ url }: ServerProcess): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
}

function opened({ url }: TestServer): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
  });
}

/** What comes first over a connection; empty when it is closed without a word. */
function firstOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('data', (text: Buffer) => resolve(text.toString()));
    socket.once('close', () => resolve(''));
  });
}
