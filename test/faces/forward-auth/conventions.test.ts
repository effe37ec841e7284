import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { browser, cookieOf, type GuardedServer, type Headers, startGuarded } from './guarded.ts';

const rules = [
  { host: 'app.example.com', path: '/public', allow: 'public' },
  { host: 'app.example.com', path: '/admin', allow: { anyGroup: ['admins'] } },
  { host: 'app.example.com', allow: 'signed-in' },
];

/** One request as a proxy sends it, and what came back. */
async function exchange({ send }: GuardedServer, lines: readonly string[]) {
  const answer = await send(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const [status = '', ...fields] = head.split('\r\n');
  const headers = new Map(
    fields.map((field) => [field.split(':', 1)[0] ?? '', field.replace(/^[^:]*: ?/, '')]),
  );
  return { status: Number(status.split(' ')[1]), headers, body };
}

describe('Traefik', () => {
  /** What `forwardAuth` sends with `trustForwardHeader: false`: the client's headers and seven of its own. */
  const request = (uri: string, own: readonly string[] = [], method = 'GET') => [
    'GET /forward-auth/traefik HTTP/1.1',
    'Host: 127.0.0.1:2200',
    'User-Agent: curl/7.88.1',
    ...own,
    'X-Forwarded-For: 192.0.2.7',
    'X-Forwarded-Host: app.example.com',
    `X-Forwarded-Method: ${method}`,
    'X-Forwarded-Port: 443',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Server: edge-1',
    `X-Forwarded-Uri: ${uri}`,
    'X-Real-Ip: 192.0.2.7',
    'Accept-Encoding: gzip',
  ];

  test('gets the identity, and the credentials of the application without the token', async (t) => {
    const server = await startGuarded(t, { rules });
    const { token, session } = await server.register({ accessGroups: ['admins'] });
    const { status, headers, body } = await exchange(
      server,
      request('/admin?x=1', [`Cookie: a=1; curfew_session=${token}; b=2`, 'Authorization: Basic YTpi']),
    );
    assert.equal(status, 200);
    assert.equal(body, '');
    assert.equal(headers.get('Remote-User'), 'ann');
    assert.equal(headers.get('Session-Id'), session.id);
    assert.equal(headers.get('Cookie'), 'a=1; b=2');
    assert.equal(headers.get('Authorization'), 'Basic YTpi');
    // Traefik deletes what the answer does not name.
    const bare = await exchange(server, request('/', [`Authorization: Bearer ${token}`]));
    assert.equal(bare.status, 200);
    assert.equal(bare.headers.has('Cookie'), false);
    assert.equal(bare.headers.has('Authorization'), false);
  });

  test('hands on a redirect, 401 and 403 as they are', async (t) => {
    const server = await startGuarded(t, { rules });
    const led = await exchange(server, request('/page', [`Accept: ${browser.accept}`]));
    assert.equal(led.status, 302);
    assert.match(led.headers.get('Location') ?? '', /return=https%3A%2F%2Fapp\.example\.com%2Fpage$/);
    assert.equal((await exchange(server, request('/page'))).status, 401);
    const { token } = await server.register();
    assert.equal(
      (await exchange(server, request('/admin', [`Cookie: curfew_session=${token}`]))).status,
      403,
    );
  });

  test('asks about a WebSocket with the scheme of the WebSocket', async (t) => {
    const server = await startGuarded(t, { rules });
    const { token } = await server.register();
    const lines = request('/socket', [`Cookie: curfew_session=${token}`, 'Sec-Websocket-Version: 13']).map(
      (line) => (line === 'X-Forwarded-Proto: https' ? 'X-Forwarded-Proto: wss' : line),
    );
    assert.equal((await exchange(server, lines)).status, 200);
  });
});

describe('Caddy', () => {
  test('asks with the method rewritten, and with the upgrade of a WebSocket', async (t) => {
    const server = await startGuarded(t, { rules });
    const { token } = await server.register();
    const { status, headers } = await exchange(server, [
      'GET /forward-auth/caddy HTTP/1.1',
      'Host: 127.0.0.1:2200',
      'User-Agent: Go-http-client/1.1',
      'Upgrade: websocket',
      `Cookie: curfew_session=${token}`,
      'X-Forwarded-For: 192.0.2.7',
      'X-Forwarded-Host: app.example.com',
      'X-Forwarded-Method: GET',
      'X-Forwarded-Proto: http',
      'X-Forwarded-Uri: /socket',
    ]);
    assert.equal(status, 200);
    assert.equal(headers.get('Remote-User'), 'ann');
    assert.equal(headers.has('Cookie'), false);
  });
});

describe('Envoy over HTTP', () => {
  /** The request itself, its path behind the prefix, without a body, and with the headers that are allowed. */
  const request = (path: string, own: readonly string[] = [], method = 'GET') => [
    `${method} /forward-auth/envoy${path} HTTP/1.1`,
    'host: app.example.com',
    'content-length: 0',
    'x-forwarded-proto: https',
    'x-forwarded-for: 192.0.2.7',
    ...own,
    'x-envoy-internal: true',
    'x-envoy-expected-rq-timeout-ms: 5000',
  ];

  test('gets what replaces the headers of the client, and the names of those to take out', async (t) => {
    const server = await startGuarded(t, { rules });
    const { token } = await server.register({ accessGroups: ['admins'] });
    const cookie = `cookie: curfew_session=${token}; b=2`;
    const { status, headers } = await exchange(server, request('/admin/users?x=%20', [cookie], 'POST'));
    assert.equal(status, 200);
    assert.equal(headers.get('Remote-User'), 'ann');
    assert.equal(headers.get('Remote-Email'), '');
    assert.equal(headers.get('Cookie'), 'b=2');
    const removed = headers.get('X-Envoy-Auth-Headers-To-Remove')?.split(',') ?? [];
    for (const name of ['remote-email', 'x-auth-request-user', 'authorization'])
      assert.ok(removed.includes(name), name);
    for (const name of ['remote-user', 'cookie']) assert.ok(!removed.includes(name), name);
  });

  test('is asked about the path behind the prefix, whatever it looks like', async (t) => {
    const server = await startGuarded(t, { rules });
    const { token } = await server.register();
    const cookie = `cookie: curfew_session=${token}`;
    assert.equal((await exchange(server, request('/public'))).status, 200);
    assert.equal((await exchange(server, request('/', [cookie]))).status, 200);
    for (const path of ['//admin', '/../public', '/%2e%2e/public', '/forward-auth/envoy/../../public'])
      assert.equal((await exchange(server, request(path, [cookie]))).status, 403, path);
    assert.equal((await exchange(server, request('/forward-auth/envoy/public', [cookie]))).status, 200);
    assert.equal((await exchange(server, request(''))).status, 404);
    assert.equal((await exchange(server, request('x/public'))).status, 404);
  });

  test('hands on a redirect and a refusal, with their bodies', async (t) => {
    const server = await startGuarded(t, { rules });
    const led = await exchange(server, request('/page?x=1', [`accept: ${browser.accept}`]));
    assert.equal(led.status, 302);
    assert.match(led.headers.get('Location') ?? '', /return=https%3A%2F%2Fapp\.example\.com%2Fpage%3Fx%3D1$/);
    const told = await exchange(server, request('/page'));
    assert.equal(told.status, 401);
    assert.match(told.body, /"code":"unauthenticated"/);
    assert.equal(told.headers.has('X-Envoy-Auth-Headers-To-Remove'), false);
  });
});

describe('nginx', () => {
  const about = (url: string, more: Headers = {}) => ({
    'x-original-url': url,
    'x-original-method': 'GET',
    ...more,
  });
  const path = '/forward-auth/nginx';

  test('gets 200, 401 and 403 only, the way to the sign-in page with a 401', async (t) => {
    const { query, register } = await startGuarded(t, { rules });
    const { token } = await register();
    const page = 'https://app.example.com:443/page?x=1';
    assert.equal((await query(path, about(page, cookieOf(token)))).status, 200);
    const led = await query(path, about(page, browser));
    assert.equal(led.status, 401);
    assert.match(led.headers.location ?? '', /return=https%3A%2F%2Fapp\.example\.com%2Fpage%3Fx%3D1$/);
    const told = await query(path, about(page));
    assert.equal(told.status, 401);
    assert.equal(told.headers.location, undefined);
    const admin = 'https://app.example.com/admin';
    assert.equal((await query(path, about(admin, cookieOf(token)))).status, 403);
  });

  test('tells the whole address, or nobody passes', async (t) => {
    const { query, register } = await startGuarded(t, { rules });
    const session = cookieOf((await register()).token);
    for (const url of [
      '/page',
      'app.example.com/page',
      'ftp://app.example.com/page',
      'https:///page',
      'https://app.example.com',
      'https://app.example.com?x=/page',
      'https://app.example.com\\@other.example.com/page',
      'https://user@app.example.com/page',
      'https://other.example.com#app.example.com/page',
    ])
      assert.equal((await query(path, about(url, session))).status, 403, url);
    assert.equal((await query(path, { ...session, 'x-original-method': 'GET' })).status, 403);
    assert.equal(
      (await query(path, { ...session, 'x-original-url': 'http://app.example.com/' })).status,
      403,
    );
  });
});

test('below /forward-auth/ there is nothing else', async (t) => {
  const { query } = await startGuarded(t, { rules });
  const { status, problem } = await query('/forward-auth/other', {});
  assert.equal(status, 404);
  assert.match(String(problem.detail), /\/forward-auth\/nginx, /);
  assert.equal((await query('/forward-auth/nginxx', {})).status, 404);
});
