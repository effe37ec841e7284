import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { atEnd } from '../promises/at-end.ts';
import { startProcess } from '../promises/server-process.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it('a worker that stands still is told of by the others, ended, and started again, and what was committed stays', {
  timeout: 120_000,
}, async (t) => {
  const folder = makeTemporaryDirectory();
  atEnd(t, () => folder.remove());
  const flags = ['--workers', '2', '--node-name', 'test'];
  const server = await startProcess(t, { data: join(folder.path, 'data'), flags });
  /** The process of a worker, as it says in its log; the latest of its number. */
  const processOf = (worker: number): number | undefined => {
    const lines = server.output.match(/^\{.*\}$/gm) ?? [];
    const started = lines
      .map((line) => JSON.parse(line) as { worker?: number; pid?: number })
      .filter((line) => line.worker === worker && line.pid !== undefined);
    return started.at(-1)?.pid;
  };
  // Each question has a connection of its own, and one that the stuck worker was handed gets no answer.
  const ask = async (path: string, authorization?: string) => {
    const headers = { connection: 'close', ...(authorization === undefined ? {} : { authorization }) };
    const options = { headers, signal: AbortSignal.timeout(2000) };
    const answer = await fetch(server.url + path, options).catch(() => undefined);
    const text = await answer?.text().catch(() => undefined);
    return { status: answer?.status ?? 0, body: text ?? '' };
  };
  const until = async (isSo: () => boolean | Promise<boolean>, what: string): Promise<void> => {
    const end = performance.now() + 60_000;
    while (!(await isSo())) {
      assert.ok(performance.now() < end, `${what}: ${server.output.slice(-3000)}`);
      await pause(100);
    }
  };

  const provider = { type: 'basic', name: 'main' };
  const { token } = await server.client.sessions.register({ username: 'ann', provider });
  const spared = await server.client.sessions.register({ username: 'eve', provider });
  await server.client.revocations.create({ selector: { username: 'ann' }, reason: 'a test' });
  const frozen = processOf(2);
  assert.ok(frozen !== undefined);
  process.kill(frozen, 'SIGSTOP');
  await until(
    async () => (await ask('/readyz')).body.includes('Worker 2 of this server does not answer'),
    'nobody tells of it',
  );
  assert.match(server.output, /"workers":\[2\].*workers do not answer/);
  await until(() => processOf(2) !== frozen, 'it is not started again');
  await until(async () => !(await ask('/readyz')).body.includes('Worker'), 'it is told of still');
  assert.match(server.output, /"worker":2.*has not answered for too long; it is ended/);
  for (let n = 0; n < 20; n++) {
    assert.equal((await ask('/v1/check', `Bearer ${token}`)).status, 401);
    assert.equal((await ask('/v1/check', `Bearer ${spared.token}`)).status, 200);
  }
});
