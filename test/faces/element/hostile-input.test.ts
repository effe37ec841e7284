import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basicAdmin, startTestServer } from '../../support/http-server.ts';
import { bodyOf, errorName, result } from './client.ts';

const id = '0d5c2f9e-6a3b-4b68-9a55-1f0a3c7d2e11';
const deep = '['.repeat(5000) + ']'.repeat(5000);
const invalid = 'xInvalidParameter';
const wrongType = 'xInvalidParameterType';

/** Bodies that are no sound request, with the error and the id that it goes under. */
const bodies: readonly [body: string | Buffer, name: string, id: unknown][] = [
  ['', 'xMissingParameter', null],
  ['{', invalid, null],
  ['null', invalid, null],
  ['7', invalid, null],
  ['"GetAPI"', invalid, null],
  ['[{"method":"GetAPI","id":1}]', invalid, null],
  ['[]', invalid, null],
  ['{}', 'xMissingParameter', null],
  ['{"id":4}', 'xMissingParameter', 4],
  ['{"id":4,"method":7}', wrongType, 4],
  ['{"id":4,"method":null}', wrongType, 4],
  ['{"id":4,"method":""}', 'xUnknownAPIMethod', 4],
  ['{"id":4,"method":"getapi"}', 'xUnknownAPIMethod', 4],
  ['{"id":4,"method":"constructor"}', 'xUnknownAPIMethod', 4],
  ['{"id":4,"method":"GetAPI","params":[]}', wrongType, 4],
  ['{"id":4,"method":"GetAPI","params":"x"}', wrongType, 4],
  ['{"id":4,"method":"GetAPI","params":7}', wrongType, 4],
  ['{"id":1.5,"method":"GetAPI"}', wrongType, null],
  ['{"id":9007199254740993,"method":"GetAPI"}', wrongType, null],
  ['{"id":{},"method":"GetAPI"}', wrongType, null],
  ['{"id":true,"method":"GetAPI"}', wrongType, null],
  ['{"id":4,"id":5,"method":"GetAPI"}', invalid, null],
  ['{"id":4,"method":"GetAPI","method":"ListActiveAuthSessions"}', invalid, null],
  [
    '{"id":4,"method":"DeleteAuthSessionsByUsername","params":{"username":"a","username":"b"}}',
    invalid,
    null,
  ],
  ['{"id":4,"method":"DeleteAuthSessionsByUsername","params":{"username":"a"},"username":"b"}', invalid, 4],
  ['{"id":4,"method":"DeleteAuthSessionsByUsername","parameters":{"username":"a"}}', invalid, 4],
  ['{"id":4,"method":"GetAPI","params":{"__proto__":{"x":1}}}', invalid, null],
  [`{"id":4,"method":"GetAPI","params":{"x":${deep}}}`, invalid, null],
  [Buffer.from('{"id":4,"method":"GetAPI","params":{"x":"\xff"}}', 'latin1'), invalid, null],
  ['{"id":4,"method":"GetAPI"} and more', invalid, null],
];

test('what is no sound request is an error of the API, under its id as soon as that is known', async (t) => {
  const server = await startTestServer(t);
  for (const [body, name, expectedId] of bodies) {
    const bytes = Buffer.from(body);
    const head = `POST /json-rpc/12.3 HTTP/1.1\r\nHost: x\r\nAuthorization: ${basicAdmin}\r\nConnection: close\r\nContent-Length: ${bytes.length}\r\n\r\n`;
    const received = await server.send(Buffer.concat([Buffer.from(head), bytes]));
    const text = body.toString().slice(0, 80);
    assert.match(received, /^HTTP\/1\.1 200 /, text);
    const answer = JSON.parse(bodyOf(received));
    assert.deepEqual([answer.error?.name, answer.error?.code, answer.id], [name, 500, expectedId], text);
    assert.deepEqual(Object.keys(answer), ['error', 'id']);
  }
});

const parameters: readonly [method: string, params: unknown, name: string][] = [
  ['DeleteAuthSession', {}, 'xMissingParameter'],
  ['DeleteAuthSession', { sessionID: null }, wrongType],
  ['DeleteAuthSession', { sessionID: 7 }, wrongType],
  ['DeleteAuthSession', { sessionID: [id] }, wrongType],
  ['DeleteAuthSession', { sessionID: 'x' }, invalid],
  ['DeleteAuthSession', { sessionID: '' }, invalid],
  ['DeleteAuthSession', { sessionID: `${id}\n` }, invalid],
  ['DeleteAuthSession', { sessionID: id }, 'xAuthSessionDoesNotExist'],
  ['DeleteAuthSessionsByClusterAdmin', {}, 'xMissingParameter'],
  ['DeleteAuthSessionsByClusterAdmin', { clusterAdminID: '1' }, wrongType],
  ['DeleteAuthSessionsByClusterAdmin', { clusterAdminID: 1.5 }, wrongType],
  ['DeleteAuthSessionsByClusterAdmin', { clusterAdminID: null }, wrongType],
  ['DeleteAuthSessionsByClusterAdmin', { clusterAdminID: [1] }, wrongType],
  ['DeleteAuthSessionsByClusterAdmin', { clusterAdminID: -1 }, invalid],
  ['DeleteAuthSessionsByUsername', { username: '' }, invalid],
  ['DeleteAuthSessionsByUsername', { username: null }, wrongType],
  ['DeleteAuthSessionsByUsername', { username: 7 }, wrongType],
  ['DeleteAuthSessionsByUsername', { username: {} }, wrongType],
  ['DeleteAuthSessionsByUsername', { username: ['ann'] }, wrongType],
  ['DeleteAuthSessionsByUsername', { username: 'x'.repeat(1025) }, invalid],
  ['DeleteAuthSessionsByUsername', { username: 'ann\r\nSet-Cookie: x' }, invalid],
  ['DeleteAuthSessionsByUsername', { username: 'ann\u0000' }, invalid],
  ['DeleteAuthSessionsByUsername', { username: '\ud800' }, invalid],
  ['DeleteAuthSessionsByUsername', { username: 'ann', authMethod: 'LDAP' }, 'xUnrecognizedEnumString'],
  ['DeleteAuthSessionsByUsername', { username: 'ann', authMethod: 'cluster' }, 'xUnrecognizedEnumString'],
  ['DeleteAuthSessionsByUsername', { username: 'ann', authMethod: '' }, 'xUnrecognizedEnumString'],
  // What one library sends for an enum object; it must not be read as "any method".
  ['DeleteAuthSessionsByUsername', { username: 'ann', authMethod: {} }, wrongType],
  ['DeleteAuthSessionsByUsername', { username: 'ann', authMethod: null }, wrongType],
];

test('a parameter of the wrong type or form is an error, and ends nothing', async (t) => {
  const server = await startTestServer(t);
  await server.register({ adminIds: [1] });
  await server.register({ username: 'admin' });
  for (const [method, params, name] of parameters) {
    assert.equal(await errorName(server, method, params), name, `${method} ${JSON.stringify(params)}`);
  }
  assert.equal((await result(server, 'ListActiveAuthSessions')).sessions.length, 2);
  assert.equal((await server.asAdmin('GET /v1/ledger')).body.head, 0);
});

test('a query is read as strictly as a body', async (t) => {
  const server = await startTestServer(t);
  await server.register();
  for (const [query, name] of [
    ['', 'xMissingParameter'],
    ['method=GetAPI&method=GetAPI', invalid],
    ['method=DeleteAuthSessionsByUsername&username=ann&username=bob', invalid],
    ['method=DeleteAuthSessionsByUsername&username=', invalid],
    ['method=DeleteAuthSessionsByUsername&username=%ff', invalid],
    ['method=DeleteAuthSessionsByUsername&__proto__=1', invalid],
    ['method=DeleteAuthSessionsByClusterAdmin&clusterAdminID=one', wrongType],
    ['method=DeleteAuthSessionsByClusterAdmin&clusterAdminID=[1]', wrongType],
  ] as const) {
    const { status, body } = await server.ask(`GET /json-rpc/12.3?${query}`, { auth: basicAdmin });
    assert.deepEqual([status, body.error?.name], [200, name], query);
  }
  const numeric = await server.register({ username: '7' });
  const { body } = await server.ask(
    'GET /json-rpc/12.3?method=DeleteAuthSessionsByUsername&username=7&authMethod=Cluster',
    { auth: basicAdmin },
  );
  assert.equal(
    body.result.sessions[0].sessionID,
    numeric.session.id,
    'a text that looks like a number is a text',
  );
});

test('a body that is too large is refused, and the server goes on', async (t) => {
  const server = await startTestServer(t);
  const body = JSON.stringify({ method: 'GetAPI', params: { x: 'x'.repeat(2 * 1024 * 1024) } });
  const { status, body: answer } = await server.ask('POST /json-rpc/12.3', { auth: basicAdmin, body });
  assert.equal(status, 200);
  assert.equal(answer.error.name, invalid);
  await result(server, 'GetAPI');
});

test('names that hold markup or quotes come back as they are, and nothing breaks out of the answer', async (t) => {
  const server = await startTestServer(t);
  const username = `</h1><script>"'\\ \u2028é𝄞`;
  const { session } = await server.register({ username });
  const { sessions } = await result(server, 'ListAuthSessionsByUsername', { username });
  assert.deepEqual([sessions[0].sessionID, sessions[0].username], [session.id, username]);
  const { body } = await server.ask('POST /json-rpc/12.3', { auth: basicAdmin, body: { method: username } });
  assert.equal(body.error.message, `xUnknownAPIMethod  method=${username}`);
  const page = await server.ask(`GET /json-rpc/<script>?x="`, { auth: basicAdmin });
  assert.ok(!page.body.includes('<script>'));
});

test('a request that another site makes a browser send is refused, whatever password comes along', async (t) => {
  const server = await startTestServer(t);
  await server.register();
  const path = 'GET /json-rpc/12.3?method=DeleteAuthSessionsByUsername&authMethod=Cluster';
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
  ]) {
    const { status } = await server.ask(path, { auth: basicAdmin, headers });
    assert.equal(status, 403);
  }
  assert.equal((await result(server, 'ListActiveAuthSessions')).sessions.length, 1);
  const own = await server.ask(path, { auth: basicAdmin, headers: { origin: server.url } });
  assert.equal(own.body.result.sessions.length, 1);
});

test('guessing passwords is slowed down and locked, and the right password then waits too', async (t) => {
  const server = await startTestServer(t);
  const wrong = `Basic ${Buffer.from('admin:wrong').toString('base64')}`;
  for (let attempt = 0; attempt < 4; attempt++) {
    assert.equal((await server.ask('POST /json-rpc/12.3', { auth: wrong, body: {} })).status, 401);
  }
  const locked = await server.ask('POST /json-rpc/12.3', { auth: basicAdmin, body: { method: 'GetAPI' } });
  assert.equal(locked.status, 401);
  assert.ok(Number(locked.headers.get('retry-after')) > 0);
  server.clock.advance(60 * 60_000);
  await result(server, 'GetAPI');
});

test('passwords and tokens are in no log', async (t) => {
  const server = await startTestServer(t, { 'log-level': 'debug' });
  const { token } = await server.register();
  const secret = 'a secret of somebody';
  await errorName(server, 'AddClusterAdmin', {
    username: 'x',
    password: secret,
    access: [],
    acceptEula: true,
  });
  await server.ask('POST /json-rpc/12.3', { auth: `Bearer ${token}`, body: { method: 'GetAPI' } });
  await server.ask('POST /auth/connect/token', { body: `password=${secret}` });
  for (const text of [secret, token]) assert.ok(!server.logged.join('').includes(text));
});
