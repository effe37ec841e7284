import assert from 'node:assert/strict';
import { readdirSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { atEnd } from './at-end.ts';
import { startTestServer, type TestServer } from './running-server.ts';
import { checkOver } from './server-process.ts';

const provider = { type: 'basic', name: 'main' };

/** The threads that stores start from now on, so that a test can end one as a fault would. */
function recordThreads(t: TestContext): Worker[] {
  const threads = createRequire(import.meta.url)('node:worker_threads') as { Worker: typeof Worker };
  const original = threads.Worker;
  const started: Worker[] = [];
  threads.Worker = class extends original {
    constructor(...args: ConstructorParameters<typeof original>) {
      super(...args);
      started.push(this);
    }
  };
  syncBuiltinESMExports();
  atEnd(t, () => {
    threads.Worker = original;
    syncBuiltinESMExports();
  });
  return started;
}

async function signIn({ client }: TestServer, count: number): Promise<string[]> {
  const made = Array.from({ length: count }, () => client.sessions.register({ username: 'ann', provider }));
  return (await Promise.all(made)).map(({ token }) => token);
}

/** Everything that asks whether a session is live, or lets somebody in: none may say yes. */
async function assertNobodyPasses(server: TestServer, tokens: readonly string[]): Promise<void> {
  for (const token of tokens) {
    assert.equal((await checkOver(server, token)).status, 503);
    const own = await fetch(`${server.url}/v1/me/sessions`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.ok(own.status >= 500, `own sessions: ${own.status}`);
  }
  await assert.rejects(server.client.sessions.check({ tokens: [...tokens] }), (error: { code: string }) =>
    ['store_unavailable', 'internal'].includes(error.code),
  );
}

async function readiness(server: TestServer): Promise<number> {
  const answer = await fetch(`${server.url}/readyz`);
  await answer.arrayBuffer();
  return answer.status;
}

/** Restarts, so that nothing is left in a cache, then spoils the database under the running server. */
async function spoiled(
  t: TestContext,
  spoil: (file: string) => void,
): Promise<{ server: TestServer; tokens: string[] }> {
  const folder = makeTemporaryDirectory();
  atEnd(t, () => folder.remove());
  const data = join(folder.path, 'data');
  const first = await startTestServer(t, { data });
  const tokens = await signIn(first, 300);
  await first.close();
  const server = await startTestServer(t, { data });
  spoil(join(data, 'curfew.db'));
  return { server, tokens: tokens.slice(0, 5) };
}

it('P5: a database overwritten with nonsense under the running server lets nobody pass', async (t) => {
  const { server, tokens } = await spoiled(t, (file) =>
    writeFileSync(file, Buffer.alloc(statSync(file).size, 0x5a), { flag: 'r+' }),
  );
  await assertNobodyPasses(server, tokens);
  assert.equal(await readiness(server), 503);
  // Whatever broke, the process is still there to say so.
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
});

it('P5: a cut of sessions in use, on a database overwritten under them, is refused or final', async (t) => {
  const server = await startTestServer(t);
  const tokens = (await signIn(server, 300)).slice(0, 5);
  // What is asked for again and again is kept in memory.
  for (let round = 0; round < 4; round++) {
    for (const token of tokens) assert.equal((await checkOver(server, token)).status, 200);
  }
  const file = join(server.data, 'curfew.db');
  writeFileSync(file, Buffer.alloc(statSync(file).size, 0x5a), { flag: 'r+' });
  const order = { selector: { username: 'ann' }, reason: 'a test' };
  const isAcknowledged = await server.client.revocations.create(order).then(
    () => true,
    (error: { code: string }) => {
      assert.match(error.code, /^store_/);
      return false;
    },
  );
  // A cut that was refused leaves them as they are, as far as that is still known; one that was not leaves none alive.
  const allowed = isAcknowledged ? [401, 503] : [200, 503];
  for (const token of tokens) assert.ok(allowed.includes((await checkOver(server, token)).status));
});

it('P5: a database cut short under the running server lets nobody pass', async (t) => {
  const { server, tokens } = await spoiled(t, (file) => truncateSync(file, 0));
  await assertNobodyPasses(server, tokens);
  assert.equal(await readiness(server), 503);
});

for (const [place, name] of ['writes', 'answers longer questions'].entries()) {
  it(`P5: when the thread that ${name} has died, the server is not ready and lets nobody pass unknown`, async (t) => {
    const threads = recordThreads(t);
    const server = await startTestServer(t);
    const [token = ''] = await signIn(server, 1);
    await threads[place]?.terminate();
    const { status } = await checkOver(server, token);
    // Without the writer no revocation can be known; without the reader the look-up and the ledger are still whole.
    assert.equal(status, place === 0 ? 503 : 200);
    assert.equal(await readiness(server), 503);
    const listed = await server.client.sessions.list({}).then(
      () => 'answered',
      (error: { code: string }) => error.code,
    );
    assert.equal(listed, place === 0 ? 'answered' : 'store_unavailable');
    if (place === 0) {
      await assert.rejects(signIn(server, 1), { code: 'store_unavailable' });
      const cut = server.client.revocations.create({ selector: { username: 'ann' }, reason: 'a test' });
      await assert.rejects(cut, { code: 'store_unavailable' });
    }
    assert.match(server.log(), /the store has failed/);
  });
}

it('P5: when the data folder is gone nothing is acknowledged any more, and what was is still answered', async (t) => {
  const server = await startTestServer(t);
  const [live = '', dead = ''] = await signIn(server, 2);
  await server.as({ bearer: dead }).sessions.logout();
  assert.equal(await readiness(server), 200);
  const aside = `${server.data}-aside`;
  renameSync(server.data, aside);
  atEnd(t, () => rmSync(aside, { recursive: true, force: true }));
  await assert.rejects(signIn(server, 1), { code: 'store_unavailable' });
  const cut = { selector: { username: 'ann' }, reason: 'a test' };
  await assert.rejects(server.client.revocations.create(cut), {
    code: 'store_unavailable',
    message: /moved|gone|deleted/,
  });
  // Nothing was written since, so what the open file says is all there is to know.
  assert.equal((await checkOver(server, live)).status, 200);
  assert.equal((await checkOver(server, dead)).status, 401);
  assert.notEqual(await readinessAfresh(server), 200);
  renameSync(aside, server.data);
  await server.client.revocations.create(cut);
  assert.equal((await checkOver(server, live)).status, 401);
  assert.equal(await readinessAfresh(server), 200);
  assert.ok(readdirSync(server.data).includes('curfew.db'));
});

/** Readiness is remembered for a second, so it is asked of the store itself. */
async function readinessAfresh({ services }: TestServer): Promise<number> {
  return services.store.ping().then(
    () => 200,
    () => 503,
  );
}
