import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { it, type TestContext } from 'node:test';
import { startFaultProxy } from './fault-proxy.ts';
import { freePort } from './ports.ts';

/** A server that says everything back in capital letters, a proxy before it, and a connection through it. */
async function stage(t: TestContext) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => socket.write(bytes.toString().toUpperCase()));
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.after(() => server.close());
  const proxy = await startFaultProxy(port);
  t.after(() => proxy.close());
  const client: Socket = connect(proxy.port, '127.0.0.1').setEncoding('utf8');
  client.on('error', () => undefined);
  await once(client, 'connect');
  const say = async (text: string): Promise<string> => {
    client.write(text);
    return (await once(client, 'data'))[0];
  };
  return { proxy, client, say };
}

it('a fault proxy lets everything pass, holds each direction, and lets go of what it held', async (t) => {
  const { proxy, client, say } = await stage(t);
  assert.equal(await say('one'), 'ONE');
  for (const held of [{ toServer: 'held' }, { toClient: 'held' }] as const) {
    proxy.set(held);
    const answer = say('two');
    const first = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 50, 'nothing'))]);
    assert.equal(first, 'nothing');
    proxy.heal();
    assert.equal(await answer, 'TWO');
  }
  proxy.set({ toClient: { delayMs: 5 } });
  assert.equal(await say('slow'), 'SLOW');
  client.destroy();
});

it('a fault proxy breaks connections off, and refuses new ones', async (t) => {
  const { proxy, client } = await stage(t);
  const broken = closed(client);
  proxy.refuse();
  await broken;
  const next = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
  await closed(next);
  assert.equal(proxy.attempts, 2);
});

const closed = (socket: Socket): Promise<unknown> => new Promise((resolve) => socket.once('close', resolve));
