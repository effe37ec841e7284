import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  type CommandLine,
  commandLine,
  type StartedServer,
  signIn,
  startServerProcess,
} from '../cli/command-line.ts';
import { type EchoUpstream, startEchoUpstream } from '../support/echo-upstream.ts';
import { freePort } from '../support/ports.ts';
import { sendOverWebSocket } from '../support/web-socket.ts';
import { type Ask, ask, type Example, exampleSettings, startExample } from './example.ts';

/** A proxy of examples/, and what sets it apart. */
export interface ProxyUnderTest {
  readonly name: 'nginx' | 'caddy' | 'haproxy';
  /** Its start script below examples/, with the flags that it needs. */
  readonly start: readonly string[];
  readonly skip: string | false;
  /** What it answers when Curfew is stopped, and when it hangs. */
  readonly unavailable: number;
  readonly hanging: number;
}

const host = 'app.curfew.localhost';
const html = 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8';
const navigation = { accept: html, 'sec-fetch-mode': 'navigate' } as const;

/** Everything that a proxy in front of an application owes: run for each with the configuration that users copy. */
export function forwardAuthSuite({ name, start, skip, unavailable, hanging }: ProxyUnderTest): void {
  describe(`behind ${name} with forward-auth`, { skip }, () => {
    let line: CommandLine;
    let curfew: StartedServer;
    let upstream: EchoUpstream;
    let proxy: Example;

    before(async () => {
      line = commandLine();
      upstream = await startEchoUpstream();
      const port = await freePort();
      const config = line.file('forward-auth.yaml', await exampleSettings(port));
      curfew = await startServerProcess(join(line.folder, 'data'), ['--config', config]);
      proxy = await startExample(start, port, ['--curfew', curfew.url, '--upstream', upstream.url]);
    });

    after(async () => {
      await proxy?.stop();
      await curfew?.stop();
      upstream?.close();
      line?.remove();
    });

    const tokenOf = async (username: string, more: Record<string, unknown> = {}): Promise<string> => {
      const [made] = await signIn(curfew.client, username, 1, more);
      return made?.token ?? '';
    };
    const get = ({ headers = {}, ...more }: Ask = {}) =>
      ask(proxy.port, { ...more, headers: { host: `${host}:${proxy.port}`, ...headers } });

    test('a public page is open to everybody', async () => {
      const { status, seen } = await get({ path: '/public/page?x=1' });
      assert.equal(status, 200);
      assert.equal(seen?.method, 'GET');
      // An empty header is as good as none.
      assert.equal(seen?.headers['remote-user'] ?? '', '');
    });

    test('a browser is led to the sign-in page, and would come back to the page', async () => {
      const { status, headers } = await get({ path: '/a%20page?x=1&y=%26', headers: navigation });
      assert.equal(status, 302);
      const url = new URL(String(headers.location));
      assert.equal(`${url.origin}${url.pathname}`, `http://sso.curfew.localhost:${proxy.port}/sign-in`);
      assert.equal(url.searchParams.get('return'), `http://${host}:${proxy.port}/a%20page?x=1&y=%26`);
      assert.match(String(headers['cache-control']), /no-store/);
    });

    test('a program without a session gets 401 with a problem and a challenge', async () => {
      for (const headers of [{}, { ...navigation, 'sec-fetch-mode': 'cors' }]) {
        const { status, headers: answered, text } = await get({ headers });
        assert.equal(status, 401);
        assert.match(String(answered['content-type']), /^application\/problem\+json/);
        assert.match(String(answered['www-authenticate']), /^Bearer /);
        assert.equal((JSON.parse(text) as { status: number }).status, 401);
      }
    });

    test('a signed-in user passes, and the application learns who it is, signed', async () => {
      const attributes = { name: 'Ann Ämter', email: 'ann@example.org' };
      const [made] = await signIn(curfew.client, 'ann', 1, { accessGroups: ['ops', 'a,b'], attributes });
      const { status, seen } = await get({ token: made?.token ?? '', path: '/page' });
      assert.equal(status, 200);
      const headers = seen?.headers ?? {};
      assert.equal(headers['remote-user'], 'ann');
      assert.equal(headers['remote-groups'], 'a%2Cb,ops');
      assert.equal(decodeURIComponent(headers['remote-name'] ?? ''), 'Ann Ämter');
      assert.equal(headers['remote-email'], 'ann@example.org');
      assert.equal(headers['remote-realm'], 'default');
      assert.equal(headers['remote-provider'], 'basic/main');
      assert.equal(headers['session-id'], made?.session.id);
      assert.match(headers['curfew-assertion'] ?? '', /^[\w-]+\.[\w-]+\.[\w-]+$/);
      assert.equal(headers.host, `${host}:${proxy.port}`);
    });

    test('a user without the group is refused, one with it passes', async () => {
      const without = await get({ token: await tokenOf('ann'), path: '/admin/users' });
      assert.equal(without.status, 403);
      const token = await tokenOf('ann', { accessGroups: ['admins'] });
      assert.equal((await get({ token, path: '/admin/users' })).status, 200);
    });

    test('a path that could be read as another one lets nobody past its rule', async () => {
      const token = await tokenOf('ann');
      const before = upstream.seen.requests;
      for (const path of [
        '//admin',
        '/ADMIN',
        '/%61dmin',
        '/admin;x',
        '/x%2f..%2fadmin',
        '/public%2f..%2fadmin',
      ]) {
        const { status } = await get({ token, path });
        assert.ok(status === 403 || status === 400, `${path}: ${status}`);
      }
      assert.equal(upstream.seen.requests, before);
    });

    test('a host that no rule names is refused, to signed-in users too', async () => {
      const token = await tokenOf('ann');
      const { status } = await get({ token, headers: { host: 'other.curfew.localhost' } });
      assert.equal(status, 403);
    });

    test('a whole address in the request line does not choose another rule than its host', async () => {
      const before = upstream.seen.requests;
      for (const [target, header] of [
        [`http://other.curfew.localhost/public`, host],
        [`http://${host}/page`, 'other.curfew.localhost'],
        [`http://${host}/page`, host],
      ] as const) {
        const { status } = await get({ path: target, headers: { host: header } });
        assert.ok([400, 401, 403].includes(status), `${target} ${header}: ${status}`);
      }
      assert.equal(upstream.seen.requests, before);
    });

    test('a body goes to the application whole, and only with a session', async () => {
      const token = await tokenOf('ann');
      const body = 'x'.repeat(200_000);
      const { status, seen } = await get({ token, method: 'POST', body });
      assert.equal(status, 200);
      assert.equal(seen?.method, 'POST');
      assert.equal(seen?.bytes, body.length);
      assert.equal((await get({ method: 'POST', body: 'x' })).status, 401);
    });

    test('a WebSocket opens with a live session only, and works', async () => {
      const cookie = `curfew_session=${await tokenOf('frank')}`;
      const send = () => sendOverWebSocket(proxy.port, `${host}:${proxy.port}`, { Cookie: cookie }, 'hello');
      const { status, echo } = await send();
      assert.equal(status, 101);
      assert.equal(echo, 'hello');
      assert.equal(upstream.seen.headers['remote-user'], 'frank');
      await curfew.client.revocations.create({ selector: { username: 'frank' }, reason: 'test' });
      const { webSockets } = upstream.seen;
      assert.equal((await send()).status, 401);
      assert.equal(upstream.seen.webSockets, webSockets);
    });

    test('a session ended by an administrator is refused at its very next request, a browser led to sign in', async () => {
      const token = await tokenOf('bob');
      assert.equal((await get({ token })).status, 200);
      await curfew.client.revocations.create({ selector: { username: 'bob' }, reason: 'lost laptop' });
      assert.equal((await get({ token })).status, 401);
      assert.equal((await get({ token, headers: navigation })).status, 302);
    });

    test('identity headers that the client sends never reach the application, in no spelling', async () => {
      const forged: Record<string, string> = {
        'Remote-User': 'evil-1',
        'REMOTE-GROUPS': 'evil-2',
        'Remote-Email': 'evil-3',
        'X-Auth-Request-User': 'evil-4',
        'x-auth-request-groups': 'evil-5',
        'X-Auth-Request-Email': 'evil-6',
        'Session-Id': 'evil-7',
        'Curfew-Assertion': 'evil-8',
        'X-Forwarded-User': 'evil-17',
        'X-Forwarded-Host': 'evil-18',
        'X-Real-IP': 'evil-19',
        Forwarded: 'for=evil-20',
      };
      const spelled: Record<string, string> = {
        Remote_User: 'evil-9',
        remote_groups: 'evil-10',
        X_Auth_Request_User: 'evil-11',
        'X-Auth_Request-Groups': 'evil-12',
        'X-Auth-Request_Email': 'evil-13',
        'Remote-User_': 'evil-14',
        Curfew_Assertion: 'evil-15',
        Session_Id: 'evil-16',
      };
      const token = await tokenOf('ann');
      for (const path of ['/page', '/public']) {
        const { status, text } = await get({ token, path, headers: forged });
        assert.equal(status, 200);
        assert.doesNotMatch(text, /evil/);
      }
      // A proxy may as well refuse names that some read as others.
      const { status, text } = await get({ token, headers: spelled });
      assert.ok([200, 400, 403].includes(status), String(status));
      assert.doesNotMatch(text, /evil/);
      assert.equal((await get({ headers: forged })).status, 401);
    });

    test('what the client says of its own request is not believed', async () => {
      const headers = {
        'X-Forwarded-Uri': '/public',
        'X-Forwarded-Host': host,
        'X-Forwarded-Method': 'GET',
        'X-Original-URL': `http://${host}/public`,
        'X-Original-Method': 'GET',
      };
      assert.equal((await get({ path: '/page', headers })).status, 401);
      const token = await tokenOf('ann');
      assert.equal((await get({ token, path: '/admin', headers })).status, 403);
    });

    test('the token never reaches the application, other cookies and credentials do', async () => {
      const token = await tokenOf('ann');
      const cookies: [string, string | undefined][] = [
        [`curfew_session=${token}`, undefined],
        [`curfew_session=${token}; b=2; c=3`, 'b=2; c=3'],
        [`a=1; curfew_session=${token}; c=3`, 'a=1; c=3'],
        [`a=1;curfew_session=${token}`, 'a=1'],
        [`a=1; my_curfew_session=9; curfew_session=${token}`, 'a=1; my_curfew_session=9'],
      ];
      for (const [cookie, expected] of cookies) {
        const { status, text, seen } = await get({ headers: { cookie } });
        assert.equal(status, 200, cookie);
        assert.equal(seen?.headers.cookie ?? '', expected ?? '', cookie);
        assert.ok(!text.includes(token), cookie);
      }
      const twice = await get({ headers: { cookie: `curfew_session=${token}; curfew_session=${token}` } });
      assert.ok(!twice.text.includes(token));
      const bearer = await get({ headers: { authorization: `Bearer ${token}` } });
      assert.equal(bearer.status, 200);
      assert.ok(!bearer.text.includes(token));
      const own = await get({ token, headers: { authorization: 'Basic YTpi' } });
      assert.equal(own.seen?.headers.authorization, 'Basic YTpi');
    });

    test('the sign-in host leads to Curfew itself, but not to its answers for proxies', async () => {
      const sso = (path: string) => get({ path, headers: { host: `sso.curfew.localhost:${proxy.port}` } });
      assert.equal((await sso('/healthz')).status, 200);
      assert.equal((await sso(`/forward-auth/${name}`)).status, 404);
    });

    test('a Curfew that hangs lets nobody in, and all goes on when it answers again', async () => {
      const token = await tokenOf('ann');
      const before = upstream.seen.requests;
      const { pid } = JSON.parse(readFileSync(join(curfew.data, 'holder.json'), 'utf8')) as { pid: number };
      process.kill(pid, 'SIGSTOP');
      try {
        assert.equal((await get({ token })).status, hanging);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      assert.equal(upstream.seen.requests, before);
      assert.equal((await get({ token })).status, 200);
    });

    test('a Curfew that is stopped lets nobody in', async () => {
      const token = await tokenOf('ann');
      const before = upstream.seen.requests;
      await curfew.stop();
      for (const path of ['/page', '/public'])
        assert.equal((await get({ token, path, headers: navigation })).status, unavailable, path);
      assert.equal(upstream.seen.requests, before);
    });
  });
}
