import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { CurfewError } from '../../src/core/errors.ts';
import { problemOf } from '../../src/faces/http/problem.ts';
import { freePort } from '../support/ports.ts';
import { hearing, objects, signIn, stageForAll } from './command-line.ts';

const stage = stageForAll();

/** A watch with `--json`, what it says, and its end by Ctrl-C. */
function watching(t: TestContext, args: readonly string[], url = stage().server.url) {
  const child: ChildProcess = stage().line.start(['sessions', 'watch', '--json', ...args], {
    ...stage().server.env,
    CURFEW_URL: url,
  });
  const closed = once(child, 'close');
  t.after(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  const heard = hearing(child.stdout);
  return {
    heard,
    said: hearing(child.stderr),
    /** Waits until a session of a user has started, ended or was removed; gives everything told so far, as `ann started`. */
    async told(username: string, event: string): Promise<string[]> {
      const text = await heard(new RegExp(`\\{"event":"${event}"[^\\n]*"username":"${username}"[^\\n]*\\n`));
      return objects(text)
        .filter((each) => each.session !== undefined)
        .map((each) => `${(each.session as { username: string }).username} ${each.event}`);
    },
    async end(): Promise<unknown> {
      child.kill('SIGINT');
      const [code] = await closed;
      return code;
    },
  };
}

async function signInAs(username: string): Promise<string> {
  const [made] = await signIn(stage().server.client, username);
  return made?.session.id ?? '';
}

describe('curfew sessions watch', { timeout: 120_000 }, () => {
  test('tells a session that starts and one that ends when the server says so, without looking by the clock', async (t) => {
    const { server } = stage();
    const id = await signInAs('there before');
    const watch = watching(t, ['--interval', '1h']);
    await watch.said(/Following 1 of 1/);
    const ann = await signInAs('ann');
    await watch.told('ann', 'started');
    await server.client.sessions.delete({ id });
    await watch.told('there before', 'ended');
    await server.client.sessions.delete({ id: ann });
    assert.deepEqual(await watch.told('ann', 'ended'), ['ann started', 'there before ended', 'ann ended']);
    assert.equal(await watch.end(), 0);
  });

  test('tells also a session that started and ended between two looks, once', async (t) => {
    const { server } = stage();
    const watch = watching(t, ['--interval', '1h']);
    await watch.said(/Following 0 of 0/);
    await signInAs('first');
    await watch.told('first', 'started');
    // It is not looked again for a second.
    const id = await signInAs('brief');
    await server.client.sessions.delete({ id });
    await watch.told('brief', 'ended');
    await server.client.revocations.create({ selector: { username: 'first' }, reason: 'a test' });
    assert.deepEqual(await watch.told('first', 'ended'), [
      'first started',
      'brief started',
      'brief ended',
      'first ended',
    ]);
  });

  test('says that samples were removed with their sessions, which end by no termination', async (t) => {
    const { server } = stage();
    await server.client.samples.load({});
    const watch = watching(t, ['--interval', '1h', '--limit', '1']);
    await watch.said(/Following 1 of \d+/);
    const [newest] = (await server.client.sessions.list({ limit: 1 })).sessions;
    await server.client.samples.remove({});
    await watch.told(newest?.username ?? '', 'removed');
  });

  test('tells every revocation with how many it ended, also of sessions that are not among the newest it follows', async (t) => {
    const { line, server } = stage();
    await signIn(server.client, 'far down', 3);
    await signIn(server.client, 'newest', 2);
    const starting = { ...server.env, CURFEW_URL: server.url };
    const text = line.start(['sessions', 'watch', '--interval', '1h', '--limit', '2'], starting);
    const ended = once(text, 'close');
    t.after(async () => {
      text.kill('SIGKILL');
      await ended;
    });
    const [heard, said] = [hearing(text.stdout), hearing(text.stderr)];
    const watch = watching(t, ['--interval', '1h', '--limit', '2']);
    for (const saying of [watch.said, said])
      await saying(/Following 2 of 5 live sessions;[^\n]*\nThese are the newest 2\. [^\n]*--realm/);
    // What is told of a session that starts shows that both are connected.
    await signInAs('after');
    await watch.told('after', 'started');
    await heard(/ after .* started/);
    const { revocation } = await server.client.revocations.create({
      selector: { username: 'far down' },
      reason: 'a laptop was\u001b[31m lost',
    });
    const { seq, at, by, reason } = revocation;
    const told = objects(await watch.heard(/"event":"revocation"[^\n]*\n/));
    assert.deepEqual(
      told.filter(({ event }) => event === 'revocation'),
      [{ event: 'revocation', seq, matched: 3, by, reason, at }],
    );
    const line3 = await heard(/! revocation[^\n]*\n/);
    assert.match(line3, new RegExp(`! revocation ${seq} ended 3 sessions at .*, by admin: a laptop was`));
    assert.ok(!line3.includes('\u001b'));
    await server.client.revocations.create({ selector: { username: 'nobody' }, reason: 'none' });
    await watch.heard(/"event":"revocation"[^\n]*"matched":0[^\n]*\n/);
    await server.client.revocations.create({ selector: { all: true }, reason: 'tidy up' });
    assert.ok(!(await watch.told('newest', 'ended')).some((event) => event.startsWith('far down')));
    assert.equal(await watch.end(), 0);
  });

  test('says when the connection is lost and when it is back, and then tells each change once', async (t) => {
    const { server } = stage();
    const first = await signInAs('one');
    const watch = watching(t, ['--interval', '1h']);
    await watch.said(/Following 1 of 1/);
    await signInAs('two');
    await watch.told('two', 'started');
    await server.stop();
    await watch.said(/Connection lost\./);
    const { client } = await stage().startAnother(server.data, server.port);
    await client.sessions.delete({ id: first });
    const three = await signInAs('three');
    await client.sessions.delete({ id: three });
    await signInAs('four');
    await watch.said(/Connected again\./);
    await watch.told('four', 'started');
    await client.revocations.create({ selector: { all: true }, reason: 'a test' });
    await watch.told('two', 'ended');
    const all = await watch.told('four', 'ended');
    assert.deepEqual(all.toSorted(), [
      'four ended',
      'four started',
      'one ended',
      'three ended',
      'three started',
      'two ended',
      'two started',
    ]);
    assert.equal(((await watch.said(/again\./)).match(/Connection lost\./g) ?? []).length, 1);
  });

  for (const [code, says] of [
    ['not_found', /This server does not tell what happens by itself; looking every 100ms\./],
    ['forbidden', /You may not\. Looking every 100ms instead\./],
    ['rate_limited', /No room\. Until there is room the list is asked for every 100ms\./],
  ] as const) {
    test(`looks by the clock, and says so, where events answer ${code}`, async (t) => {
      const url = await withoutEvents(
        t,
        new CurfewError(code, code === 'forbidden' ? 'You may not.' : 'No room.'),
      );
      const watch = watching(t, ['--interval', '100ms'], url);
      await watch.said(says);
      const id = await signInAs('bob');
      await watch.told('bob', 'started');
      await stage().server.client.sessions.delete({ id });
      assert.deepEqual(await watch.told('bob', 'ended'), ['bob started', 'bob ended']);
      assert.equal(await watch.end(), 0);
    });
  }

  test('ends with the exit code of a refusal when its caller is not known any more', async (t) => {
    const { line, server } = stage();
    const { key, secret } = await server.client.keys.create({
      name: 'watch',
      realm: 'shop',
      scopes: ['list'],
    });
    const child = line.start(['sessions', 'watch', '--key-file', line.file('key', secret)], {
      CURFEW_URL: server.url,
    });
    const closed = once(child, 'close');
    t.after(() => child.kill('SIGKILL'));
    await hearing(child.stderr)(/Following/);
    await server.client.keys.delete({ id: key.id });
    assert.equal((await closed)[0], 3);
  });
});

/** Stands before the server and answers for its events; all else is the server's. @returns its address */
async function withoutEvents(t: TestContext, error: CurfewError): Promise<string> {
  const front = createServer((request, response) => {
    if (request.url === '/v1/events') {
      const { status, headers, body } = problemOf(error);
      response.writeHead(status, { 'content-type': 'application/problem+json', ...headers });
      response.end(JSON.stringify(body));
      return;
    }
    const { method = 'GET', url = '/', headers } = request;
    const asked = forward(`${stage().server.url}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(asked);
  });
  front.listen(await freePort(), '127.0.0.1');
  await once(front, 'listening');
  t.after(() => {
    front.closeAllConnections();
    front.close();
  });
  return `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
}
