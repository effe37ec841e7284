import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  type CommandLine,
  commandLine,
  type StartedServer,
  signIn,
  startServerProcess,
} from '../cli/command-line.ts';
import { freePort } from '../support/ports.ts';
import { realPart } from '../support/real-parts.ts';
import { ask, type Example, startExample } from './example.ts';

const { skip } = realPart('nginx');
// Not all of loopback, since the client has an address there too.
const serverFlags = ['--trusted-proxies', '127.0.0.1'];

const start = async (curfew: string, ...more: readonly string[]): Promise<Example> =>
  startExample(['nginx/start.mjs'], await freePort(), ['--curfew', curfew, ...more]);

describe('behind nginx', { skip }, () => {
  let line: CommandLine;
  let curfew: StartedServer;
  let nginx: Example;

  before(async () => {
    line = commandLine();
    curfew = await startServerProcess(join(line.folder, 'data'), serverFlags);
    nginx = await start(curfew.url);
  });

  after(async () => {
    await nginx?.stop();
    await curfew?.stop();
    line?.remove();
  });

  const tokenOf = async (username: string, more: Record<string, unknown> = {}): Promise<string> => {
    const [made] = await signIn(curfew.client, username, 1, more);
    return made?.token ?? '';
  };

  test('a registered session passes, and the application learns whose it is', async () => {
    const [made] = await signIn(curfew.client, 'ann', 1, { accessGroups: ['ops', 'a,b'] });
    const { status, seen } = await ask(nginx.port, { token: made?.token ?? '' });
    assert.equal(status, 200);
    assert.equal(seen?.headers['remote-user'], 'ann');
    assert.equal(seen?.headers['remote-groups'], 'a%2Cb,ops');
    assert.equal(seen?.headers['remote-realm'], 'default');
    assert.equal(seen?.headers['remote-provider'], 'basic/main');
    assert.equal(seen?.headers['session-id'], made?.session.id);
    assert.ok(Date.parse(seen?.headers['session-expires'] ?? '') > Date.now());
  });

  test('a bearer token passes as the cookie does', async () => {
    const authorization = `Bearer ${await tokenOf('ann')}`;
    const { status, seen } = await ask(nginx.port, { headers: { authorization } });
    assert.equal(status, 200);
    assert.equal(seen?.headers['remote-user'], 'ann');
  });

  test('nobody passes without a session, and the page says why', async () => {
    const without = await ask(nginx.port);
    assert.equal(without.status, 401);
    assert.match(without.text, /not signed in \(missing\)/);
    assert.equal(without.headers['cache-control'], 'no-store');
    assert.match(String(without.headers['www-authenticate']), /^Bearer /);
    const wrong = await ask(nginx.port, { token: `cfs_${'A'.repeat(43)}` });
    assert.equal(wrong.status, 401);
    assert.match(wrong.text, /\(unknown\)/);
  });

  test('a session terminated over the API is refused at its very next request', async () => {
    const token = await tokenOf('bob');
    assert.equal((await ask(nginx.port, { token })).status, 200);
    await curfew.client.revocations.create({ selector: { username: 'bob' }, reason: 'lost laptop' });
    const { status, text } = await ask(nginx.port, { token });
    assert.equal(status, 401);
    assert.match(text, /\(revoked\)/);
  });

  test('a session terminated on the command line is refused at its very next request', async () => {
    const token = await tokenOf('carol');
    const spared = await tokenOf('dave');
    assert.equal((await ask(nginx.port, { token })).status, 200);
    const cut = await line.run(['terminate', '--username', 'carol', '--reason', 'left'], { env: curfew.env });
    assert.equal(cut.code, 0, cut.stderr);
    assert.equal((await ask(nginx.port, { token })).status, 401);
    assert.equal((await ask(nginx.port, { token: spared })).status, 200);
  });

  test('the refused use of an ended session is recorded with the address of the client, not of nginx', async () => {
    const [made] = await signIn(curfew.client, 'erin');
    const id = made?.session.id ?? '';
    await curfew.client.sessions.delete({ id });
    // nginx replaces this header, so nobody can have another address recorded for them.
    const headers = { 'x-forwarded-for': '192.0.2.9' };
    const asked = await ask(nginx.port, { token: made?.token ?? '', headers, localAddress: '127.0.0.9' });
    assert.equal(asked.status, 401);
    const { refusedUses } = await curfew.client.sessions.get({ id });
    assert.deepEqual(
      refusedUses.map(({ ip, count }) => ({ ip, count })),
      [{ ip: '127.0.0.9', count: 1 }],
    );
  });

  test('identity headers that the client sends never reach the application', async () => {
    const token = await tokenOf('ann');
    const forged = {
      'Remote-User': 'root',
      'REMOTE-GROUPS': 'administrator',
      'Remote-Realm': 'other',
      'remote-provider': 'saml/other',
      'Session-Id': '00000000-0000-4000-8000-000000000000',
      'Session-Expires': '2999-01-01T00:00:00Z',
      'Remote-Email': 'root@example.org',
      'Remote-Name': 'Root',
      Remote_User: 'root',
      remote_groups: 'administrator',
    };
    const { status, seen } = await ask(nginx.port, { token, headers: forged });
    assert.equal(status, 200);
    const headers = seen?.headers ?? {};
    assert.equal(headers['remote-user'], 'ann');
    // The session has no groups, so no value of Curfew takes the place of the forged one.
    assert.equal(headers['remote-groups'], undefined);
    const shown = JSON.stringify(headers);
    for (const value of Object.values(forged)) assert.ok(!shown.includes(value), `${value} came through`);
    assert.equal((await ask(nginx.port, { headers: forged })).status, 401);
  });

  test('the token never reaches the application, other cookies and credentials do', async () => {
    const token = await tokenOf('ann');
    const cookies: [string | string[], string | undefined][] = [
      [`curfew_session=${token}`, undefined],
      [`curfew_session=${token}; b=2; c=3`, 'b=2; c=3'],
      [`a=1; curfew_session=${token}; c=3`, 'a=1; c=3'],
      [`a=1;curfew_session=${token}`, 'a=1'],
      [[`a=1`, `curfew_session=${token}`], 'a=1'],
      [`a=1; my_curfew_session=9; curfew_session=${token}`, 'a=1; my_curfew_session=9'],
      // Sent twice, which no browser does unless another site planted one: then no cookie passes at all.
      [`a=1; curfew_session=${token}; curfew_session=${token}`, undefined],
    ];
    for (const [cookie, expected] of cookies) {
      const { status, text, seen } = await ask(nginx.port, { headers: { cookie } });
      assert.equal(status, 200, String(cookie));
      assert.equal(seen?.headers.cookie, expected, String(cookie));
      assert.ok(!text.includes(token), String(cookie));
    }
    for (const authorization of [`Bearer ${token}`, `bearer  ${token}`]) {
      const { status, text } = await ask(nginx.port, { headers: { authorization } });
      assert.equal(status, 200);
      assert.ok(!text.includes(token));
    }
    const own = await ask(nginx.port, { token, headers: { authorization: 'Basic YTpi' } });
    assert.equal(own.seen?.headers.authorization, 'Basic YTpi');
  });

  test('two different tokens in one request are nobody', async () => {
    const cookie = `curfew_session=${await tokenOf('ann')}; curfew_session=${await tokenOf('bob')}`;
    assert.equal((await ask(nginx.port, { headers: { cookie } })).status, 401);
  });

  test('names beyond ASCII, and those that would break a header, survive', async () => {
    for (const username of ['zoë', '李小龍', 'O’Neil, "Ann"', '100%25', ' ends with a space ', 'a/b;c=d']) {
      const { seen } = await ask(nginx.port, { token: await tokenOf(username) });
      assert.equal(decodeURIComponent(seen?.headers['remote-user'] ?? ''), username);
      assert.equal(seen?.hello, `Hello, ${username}`);
    }
  });

  test('a body goes to the application and not into the check', async () => {
    const token = await tokenOf('ann');
    const body = Buffer.alloc(500_000, 'x');
    const { status, seen } = await ask(nginx.port, { token, method: 'POST', body });
    assert.equal(status, 200);
    assert.equal(seen?.method, 'POST');
    assert.equal(seen?.bytes, body.length);
    assert.equal((await ask(nginx.port, { method: 'POST', body })).status, 401);
  });

  test('the check cannot be reached from outside', async () => {
    const token = await tokenOf('ann');
    assert.equal((await ask(nginx.port, { token, path: '/_curfew/check' })).status, 404);
  });

  test('a WebSocket opens with a live session only', async (t) => {
    const seen: (string | undefined)[] = [];
    const application = createServer().on('upgrade', ({ headers }, socket) => {
      seen.push(`${headers['remote-user']}`);
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    });
    const port = await freePort();
    application.listen(port, '127.0.0.1');
    await once(application, 'listening');
    const proxy = await start(curfew.url, '--upstream', `http://127.0.0.1:${port}`);
    t.after(async () => {
      await proxy.stop();
      application.closeAllConnections();
      application.close();
    });
    const open = (token: string) =>
      new Promise<number>((resolve, reject) => {
        const headers = {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'remote-user': 'root',
          cookie: `curfew_session=${token}`,
        };
        request({ host: '127.0.0.1', port: proxy.port, headers })
          .on('upgrade', ({ statusCode = 0 }, socket) => {
            socket.destroy();
            resolve(statusCode);
          })
          .on('response', (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          })
          .on('error', reject)
          .end();
      });
    const token = await tokenOf('frank');
    assert.equal(await open(token), 101);
    assert.deepEqual(seen, ['frank']);
    await curfew.client.revocations.create({ selector: { username: 'frank' }, reason: 'test' });
    assert.equal(await open(token), 401);
    assert.equal(seen.length, 1);
  });

  test('of many requests on open connections, none that starts after the acknowledgement passes', async () => {
    const provider = { type: 'saml', name: 'breached' };
    const cut = (await signIn(curfew.client, 'grace', 8, { provider })).map(({ token }) => token);
    const spared = (await signIn(curfew.client, 'grace', 2)).map(({ token }) => token);
    const tokens = [...cut, ...spared];
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const results: { cut: boolean; afterwards: boolean; status: number }[] = [];
    let acknowledged = false;
    const done = () => results.filter(({ afterwards }) => afterwards).length >= 400;
    const worker = async (index: number) => {
      for (let turn = index; !done(); turn++) {
        const token = tokens[turn % tokens.length] ?? '';
        const afterwards = acknowledged;
        const { status } = await ask(nginx.port, { token, agent });
        results.push({ cut: cut.includes(token), afterwards, status });
      }
    };
    const workers = Array.from({ length: 16 }, (_, index) => worker(index));
    const warm = async () => {
      while (results.length < 200) await new Promise((resolve) => setImmediate(resolve));
    };
    await Promise.race([warm(), Promise.all(workers)]);
    const { matched } = await curfew.client.revocations.create({ selector: { provider }, reason: 'breach' });
    acknowledged = true;
    await Promise.all(workers);
    agent.destroy();
    assert.equal(matched, 8);
    const statuses = (which: (one: (typeof results)[number]) => boolean) => [
      ...new Set(results.filter(which).map(({ status }) => status)),
    ];
    assert.deepEqual(
      statuses((one) => one.cut && one.afterwards),
      [401],
    );
    assert.deepEqual(
      statuses((one) => !one.cut),
      [200],
    );
    assert.ok(statuses((one) => one.cut && !one.afterwards).includes(200));
  });

  test('a Curfew that does not answer lets nobody in', async () => {
    const token = await tokenOf('ann');
    const { pid } = JSON.parse(readFileSync(join(curfew.data, 'holder.json'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGSTOP');
    try {
      assert.equal((await ask(nginx.port, { token })).status, 503);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    assert.equal((await ask(nginx.port, { token })).status, 200);
  });

  test('a stopped Curfew lets nobody in, and its sessions pass again when it is back', async () => {
    const token = await tokenOf('ann');
    await curfew.stop();
    const { status, text, headers } = await ask(nginx.port, { token });
    assert.equal(status, 503);
    assert.match(text, /cannot be known/);
    assert.equal(headers['retry-after'], '5');
    assert.equal((await ask(nginx.port)).status, 503);
    const restarted = await startServerProcess(curfew.data, [...serverFlags, '--port', String(curfew.port)]);
    curfew = { ...curfew, stop: restarted.stop };
    assert.equal((await ask(nginx.port, { token })).status, 200);
  });
});
