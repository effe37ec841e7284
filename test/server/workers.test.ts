import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createClient } from '../../src/client/client.ts';
import { adminPassword, type ServerProcess, startProcess } from '../promises/server-process.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const workers = 4;

async function start(t: TestContext, flags: readonly string[] = []): Promise<ServerProcess> {
  const temporary = makeTemporaryDirectory();
  t.after(() => temporary.remove());
  return startProcess(t, {
    data: join(temporary.path, 'data'),
    flags: ['--workers', String(workers), '--node-name', 'test', ...flags],
  });
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A connection of its own, which stays with the worker that took it. */
class Line {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #url: string;
  worker = '';

  constructor({ url }: ServerProcess) {
    this.#url = url;
  }

  ask(path: string, authorization: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = get(
        `${this.#url}${path}`,
        { agent: this.#agent, headers: { authorization } },
        (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (text: string) => {
            body += text;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        },
      );
      request.on('error', reject);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

const basic = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;

/** One line to each worker. */
async function linesTo(t: TestContext, server: ServerProcess): Promise<Line[]> {
  const found = new Map<string, Line>();
  // One that was killed takes its time to start again.
  while (found.size < workers) {
    const line = new Line(server);
    t.after(() => line.close());
    const { body } = await line.ask('/v1/nodes', basic);
    line.worker = (JSON.parse(body) as { node: string }).node;
    if (!found.has(line.worker)) found.set(line.worker, line);
    else {
      line.close();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  assert.deepEqual([...found.keys()].sort(), ['test/1', 'test/2', 'test/3', 'test/4']);
  return [...found.values()];
}

const provider = { type: 'basic', name: 'demo' };

test('several workers on one SQLite', async (t) => {
  const server = await start(t);
  const lines = await linesTo(t, server);

  await t.test('refuse, each at its very next answer, what one has cut', async () => {
    let late = 0;
    for (let round = 0; round < 200; round++) {
      const username = `user ${round}`;
      const { token } = await server.client.sessions.register({ username, provider });
      const bystander = await server.client.sessions.register({ username: `other ${round}`, provider });
      const ask = (one: string) => Promise.all(lines.map((line) => line.ask('/v1/check', `Bearer ${one}`)));
      // Twice, so that each worker has reason to keep it.
      for (const { status } of [...(await ask(token)), ...(await ask(token))]) assert.equal(status, 200);
      await server.client.revocations.create({ selector: { username }, reason: 'a test' });
      late += (await ask(token)).filter(({ status }) => status !== 401).length;
      for (const { status } of await ask(bystander.token)) assert.equal(status, 200, 'nobody else is ended');
    }
    assert.equal(late, 0);
  });

  await t.test('refuse a key that was revoked, all at once', async () => {
    for (let round = 0; round < 20; round++) {
      const { key, secret } = await server.client.keys.create({ name: `key ${round}`, scopes: ['list'] });
      const ask = async () =>
        (await Promise.all(lines.map((line) => line.ask('/v1/sessions', `Bearer ${secret}`)))).map(
          ({ status }) => status,
        );
      assert.deepEqual(await ask(), [200, 200, 200, 200]);
      await server.client.keys.delete({ id: key.id });
      assert.deepEqual(await ask(), [401, 401, 401, 401]);
    }
  });

  await t.test(
    'go on when one is killed in the midst of cuts, with every cut that was acknowledged',
    async (t) => {
      const victims: { token: string; username: string }[] = [];
      for (let n = 0; n < 60; n++) {
        const { token } = await server.client.sessions.register({ username: `user ${n}`, provider });
        victims.push({ token, username: `user ${n}` });
      }
      // What was handed to the worker in the instant of its death gets no answer from anybody.
      const credentials = { basic: { username: 'admin', password: adminPassword } };
      const hurried = createClient({ url: server.url, credentials, timeoutMs: 3000 });
      const cuts = victims.map(async ({ token, username }, n) => {
        if (n === 20) process.kill(await workerProcess(server), 'SIGKILL');
        const isCut = await hurried.revocations.create({ selector: { username }, reason: 'a test' }).then(
          () => true,
          () => false,
        );
        return { token, isCut };
      });
      const outcomes = await Promise.all(cuts);
      assert.ok(outcomes.filter(({ isCut }) => isCut).length > 20, 'the others went on');
      const again = await linesTo(t, server);
      for (const { token, isCut } of outcomes) {
        if (!isCut) continue;
        for (const line of again) assert.equal((await line.ask('/v1/check', `Bearer ${token}`)).status, 401);
      }
      assert.match(server.output, /a worker has ended; it is started again/);
      assert.equal((await server.client.ledger.verify()).intact, true);
    },
  );

  await t.test('count together, whichever is asked', async () => {
    const { token } = await server.client.sessions.register({ username: 'counted', provider });
    const count = async (line: Line): Promise<number> => {
      const { body } = await line.ask('/metrics', basic);
      return Number(/curfew_checks_total\{verdict="live"\} (\d+)/.exec(body)?.[1] ?? Number.NaN);
    };
    const now = await linesTo(t, server);
    const before = await count(now[0] as Line);
    for (const line of now) await line.ask('/v1/check', `Bearer ${token}`);
    for (const line of now) assert.equal(await count(line), before + workers);
  });

  await t.test('say once where they listen, and stop in order', async () => {
    const { nodes } = await server.client.nodes.list();
    assert.deepEqual(
      nodes.map(({ name }) => name),
      lines.map(({ worker }) => worker).sort(),
    );
    await server.stop();
    assert.equal(server.output.match(/curfew listening on/g)?.length, 1);
    assert.doesNotMatch(server.output, /did not close as it should/);
  });
});

/** The process of a worker. */
async function workerProcess(server: ServerProcess): Promise<number> {
  const found = server.output.match(/"pid":(\d+)/);
  assert.ok(found, 'the log says which process a worker is');
  return Number(found[1]);
}
