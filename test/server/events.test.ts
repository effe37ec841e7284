import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { atEnd } from '../promises/at-end.ts';
import { adminPassword, startProcess } from '../promises/server-process.ts';
import { serversOnOnePostgres } from '../promises/servers-on-one-postgres.ts';
import { type Follower, follow } from '../support/events.ts';
import { freePort } from '../support/ports.ts';
import { skipWithoutPostgres } from '../support/postgres.ts';
import { realPart } from '../support/real-parts.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const credentials = { basic: { username: 'admin', password: adminPassword } };
const provider = { type: 'basic', name: 'main' };
const nginx = realPart('nginx');

function folder(t: TestContext): string {
  const made = makeTemporaryDirectory();
  atEnd(t, () => made.remove());
  return made.path;
}

/** Cuts somebody, and waits until each follower is told; says how long that took. */
async function cutIsTold(
  t: TestContext,
  client: Awaited<ReturnType<typeof startProcess>>['client'],
  followers: readonly Follower[],
  username: string,
): Promise<void> {
  await client.sessions.register({ username, provider });
  const start = performance.now();
  await client.revocations.create({ selector: { username }, reason: 'a test' });
  await Promise.all(
    followers.map((told) => told.until('revocation', ({ selector }) => selector.username === username)),
  );
  t.diagnostic(`told everywhere ${Math.round(performance.now() - start)} ms after the order`);
}

describe('those who follow one server', () => {
  it('are told what another has done on the same PostgreSQL', { skip: skipWithoutPostgres() }, async (t) => {
    const { postgres, start } = await serversOnOnePostgres(t);
    const [one, other] = await Promise.all(['one', 'other'].map((name) => start(name)));
    assert.ok(one !== undefined && other !== undefined);
    const told = [one, other].map(({ url }) => follow(t, { url, credentials }));
    await Promise.all(told.map((each) => each.until('pulse')));
    for (let round = 0; round < 5; round++) await cutIsTold(t, one.client, told, `user ${round}`);
    await one.client.keys.create({ name: 'app', realm: 'default', scopes: ['list'] });
    for (const each of told) {
      await each.until('journal', ({ event }) => event === 'key.created');
      await each.until('sweep', ({ seq, sweptAt }) => seq === 5 && sweptAt !== null);
      await each.until('nodes', ({ nodes }) => nodes.length === 2);
    }
    // Nothing is known while the database is away, and that is said; what was missed is told afterwards.
    await postgres.kill('SIGSTOP');
    await Promise.all(told.map((each) => each.until('bye', ({ reason }) => reason === 'store_unavailable')));
    await postgres.kill('SIGCONT');
    const after = async (): Promise<void> => {
      await one.client.revocations.create({ selector: { username: 'after' }, reason: 'a test' }).catch(after);
    };
    await after();
    for (const each of told) await each.until('revocation', ({ selector }) => selector.username === 'after');
  });

  it('are told by each of its workers on SQLite, and it stops without waiting for them', async (t) => {
    const server = await startProcess(t, {
      data: join(folder(t), 'data'),
      flags: ['--workers', '2', '--node-name', 'test', '--drain', '10m'],
    });
    const told = new Map<string, Follower>();
    while (told.size < 2) {
      const one = follow(t, { url: server.url, credentials, once: true });
      const { node } = (await one.until('hello')).data;
      if (told.has(node)) await one.stop();
      else told.set(node, one);
    }
    const followers = [...told.values()];
    for (let round = 0; round < 5; round++) await cutIsTold(t, server.client, followers, `user ${round}`);
    await server.client.keys.create({ name: 'app', realm: 'default', scopes: ['list'] });
    await Promise.all(followers.map((one) => one.until('journal', ({ event }) => event === 'key.created')));
    await server.stop();
    for (const one of followers) {
      await one.end;
      assert.deepEqual(one.all('bye'), [{ reason: 'stopping' }]);
    }
  });

  it('are told at once behind nginx as it comes', { skip: nginx.skip }, async (t) => {
    const place = folder(t);
    const server = await startProcess(t, { data: join(place, 'data') });
    const port = await freePort();
    const conf = join(place, 'nginx.conf');
    writeFileSync(
      conf,
      `pid ${place}/nginx.pid; worker_processes 1; events {} error_log stderr;
       http { access_log off; client_body_temp_path ${place}/body; proxy_temp_path ${place}/proxy;
         fastcgi_temp_path ${place}/f; uwsgi_temp_path ${place}/u; scgi_temp_path ${place}/s;
         gzip on; gzip_types *;
         server { listen 127.0.0.1:${port}; location / { proxy_pass ${server.url}; } } }`,
    );
    const child = spawn(nginx.path, ['-p', place, '-c', conf, '-g', 'daemon off;'], { stdio: 'ignore' });
    const closed = once(child, 'close');
    atEnd(t, async () => {
      child.kill('SIGTERM');
      await closed;
    });
    const told = follow(t, { url: `http://127.0.0.1:${port}`, credentials });
    await told.until('hello');
    await cutIsTold(t, server.client, [told], 'ann');
    await told.until('sweep', ({ sweptAt }) => sweptAt !== null);
  });
});
