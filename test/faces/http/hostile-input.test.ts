import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basic, basicAdmin, startTestServer } from '../../support/http-server.ts';

const post = (body: string | Buffer, length = Buffer.byteLength(body)): Buffer =>
  Buffer.concat([
    Buffer.from(
      `POST /v1/revocations/preview HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${basicAdmin}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`,
    ),
    Buffer.from(body),
  ]);

test('a body that is not what it should be is refused, saying why and repeating nothing of it', async (t) => {
  const server = await startTestServer(t);
  const secret = 'hunter2hunter2';
  const nested = `{"selector":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  const cases: [string, string | Buffer, RegExp][] = [
    ['no JSON', `{"selector": ${secret}}`, /not JSON/],
    ['cut short', '{"selector":', /not JSON/],
    ['a member twice', '{"selector":{"username":"ann","username":"bob"}}', /\\"username\\" twice/],
    ['a member twice, once escaped', '{"selector":{"username":"ann","\\u0075sername":"bob"}}', /twice/],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /not UTF-8/],
    ['nested deep', nested, /nested/],
    ['a prototype', '{"__proto__":{"selector":{"all":true}}}', /__proto__/],
    ['a list', '[]', /JSON object/],
    ['a number', '1', /JSON object/],
    ['null', 'null', /JSON object/],
    ['an unknown field', '{"selector":{"all":true},"dryRun":true}', /dryRun: is not a known field/],
    ['an unknown field of the selector', '{"selector":{"user":"ann"}}', /user/],
    ['an empty selector', '{"selector":{}}', /names no condition/],
    ['an empty text', '{"selector":{"username":""}}', /selector.username/],
    ['a wrong type', '{"selector":{"username":7}}', /selector.username/],
    ['nothing', '', /selector: is missing/],
  ];
  for (const [name, body, expected] of cases) {
    const answer = await server.send(post(body));
    assert.match(answer, /^HTTP\/1\.1 400 /, name);
    assert.match(answer, /application\/problem\+json/, name);
    assert.match(answer, expected, name);
    assert.ok(!answer.includes(secret), name);
  }
});

test('a body beyond the limit is refused without being read', async (t) => {
  const server = await startTestServer(t);
  const answer = await server.send(post('{"selector"', 50 * 1024 * 1024));
  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.match(answer, /"code":"too_large"/);
});

test('nobody may send a body at all before they are known', async (t) => {
  const server = await startTestServer(t);
  const head = 'POST /v1/sessions/import HTTP/1.1\r\nHost: x\r\nConnection: close\r\n';
  const answer = await server.send(
    `${head}Content-Type: application/json\r\nContent-Length: 8000000\r\n\r\n{`,
  );
  assert.match(answer, /^HTTP\/1\.1 401 /);
});

test('a body of another type is refused', async (t) => {
  const server = await startTestServer(t);
  const answer = await server.ask('POST /v1/revocations', {
    auth: basicAdmin,
    body: 'selector=all',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  assert.equal(answer.status, 415);
});

test('names with line breaks or halves of characters are refused, so none reaches a header', async (t) => {
  const server = await startTestServer(t);
  for (const username of ['ann\r\nRemote-Groups: administrator', 'ann\u0000', '\ud800', '']) {
    const { status, body } = await server.asAdmin('POST /v1/sessions', {
      username,
      provider: { type: 'basic', name: 'main' },
    });
    assert.equal(status, 400);
    assert.equal(body.faults[0].path, 'username');
  }
});

test('a query is read strictly: by type, once, and nothing unknown', async (t) => {
  const server = await startTestServer(t);
  const cases: [string, string][] = [
    ['?limit=ten', 'limit'],
    ['?limit=0', 'limit'],
    ['?limit=1001', 'limit'],
    ['?limit=5&limit=6', 'limit'],
    ['?user=ann', 'user'],
    ['?username=', 'username'],
    ['?username=%ff', 'username'],
    ['?provider=ldap', 'provider'],
    ['?provider.kind=ldap', 'provider.kind'],
    ['?__proto__=1', '__proto__'],
    ['?provider.__proto__.x=1', 'provider.__proto__.x'],
    ['?state=dead', 'state'],
    ['?count=1', 'count'],
    ['?ip=300.1.1.1', 'ip'],
    ['?all=true&username=ann', 'all'],
    ['?asOf=2040-01-01T00:00:00Z', 'asOf'],
    ['?cursor=abc', 'cursor'],
    ['?sessionIds=1', 'sessionIds.0'],
  ];
  for (const [query, path] of cases) {
    const { status, body } = await server.asAdmin(`GET /v1/sessions${query}`);
    assert.equal(status, 400, query);
    assert.equal(body.code, 'invalid_input', query);
    assert.equal(body.faults[0].path, path, query);
  }
});

test('a field is taken from one place only', async (t) => {
  const server = await startTestServer(t);
  const { session } = await server.register();
  const other = await server.register();
  const inBoth = await server.asAdmin(`POST /v1/sessions/${session.id}/refresh`, { id: other.session.id });
  assert.equal(inBoth.status, 400);
  assert.equal(inBoth.body.faults[0].path, 'id');
  const inQuery = await server.asAdmin('POST /v1/revocations?reason=x', {
    selector: { all: true },
    reason: 'y',
  });
  assert.equal(inQuery.status, 400);
  assert.equal(inQuery.body.faults[0].path, 'reason');
});

test('what is no HTTP, and what no route is for, is answered clearly', async (t) => {
  const server = await startTestServer(t);
  assert.match(await server.send('HELO curfew\r\n\r\n'), /^HTTP\/1\.1 400 [\s\S]*invalid_input/);
  const long = `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`;
  assert.match(await server.send(long), /^HTTP\/1\.1 431 [\s\S]*too_large/);
  const badPath = await server.send('GET /v1/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.match(badPath, /^HTTP\/1\.1 400 [\s\S]*problem\+json/);
  const wrongMethod = await server.ask('PUT /v1/sessions');
  assert.equal(wrongMethod.status, 405);
  assert.equal(wrongMethod.headers.get('allow'), 'POST, GET');
  assert.equal((await server.ask('GET /v2')).body.code, 'not_found');
});

test('credentials that cannot be read are refused, and say what is expected', async (t) => {
  const server = await startTestServer(t);
  const notUtf8 = `Basic ${Buffer.from([0x61, 0x3a, 0xff]).toString('base64')}`;
  for (const auth of ['Basic', 'Basic %%%', 'Basic YW5u', notUtf8, 'Digest x', 'Bearer', 'Bearer cfk_x']) {
    const { status, headers, body } = await server.ask('GET /v1/ledger', { auth });
    assert.equal(status, 401, auth);
    assert.equal(body.code, 'unauthenticated', auth);
    assert.match(headers.get('www-authenticate') ?? '', /Basic realm="curfew"/, auth);
  }
});

test('requests without valid credentials are limited per address, and those with a good token never are', async (t) => {
  const server = await startTestServer(t, { 'limits-failures-per-minute': '5' });
  const { token } = await server.register();
  const codes: string[] = [];
  for (let attempt = 0; attempt < 7; attempt++) {
    codes.push((await server.ask('GET /v1/ledger', { auth: `Bearer cfk_${'a'.repeat(43)}` })).body.code);
  }
  assert.deepEqual(codes, [...Array(5).fill('unauthenticated'), 'rate_limited', 'rate_limited']);
  const guess = await server.ask('GET /v1/ledger', { auth: basic('admin', 'wrong-password') });
  assert.equal(guess.body.code, 'rate_limited');
  assert.ok(Number(guess.headers.get('retry-after')) > 0);
  assert.equal((await server.ask('GET /v1/me/sessions', { auth: `Bearer ${token}` })).status, 200);
  assert.equal((await server.ask('GET /v1/check', { auth: `Bearer ${token}` })).status, 200);
});

test('a cookie that another site sends along changes nothing', async (t) => {
  const server = await startTestServer(t);
  const { token } = await server.register();
  const cookie = `curfew_session=${token}`;
  for (const headers of [
    { cookie, 'sec-fetch-site': 'cross-site' },
    { cookie, 'sec-fetch-site': 'same-site', origin: server.url },
    { cookie, origin: 'https://evil.example' },
    { cookie, origin: 'null' },
    { cookie },
  ]) {
    const { status, body } = await server.ask('POST /v1/logout', { headers });
    assert.equal(status, 403);
    assert.equal(body.code, 'forbidden');
  }
  assert.equal((await server.ask('GET /v1/me/sessions', { headers: { cookie } })).status, 200);
  assert.equal((await server.ask('GET /v1/sessions', { headers: { cookie } })).status, 401);
  const own = await server.ask('POST /v1/logout', { headers: { cookie, origin: server.url } });
  assert.equal(own.status, 200);
});

test('tokens, passwords and keys are in no log, whatever is logged', async (t) => {
  const server = await startTestServer(t, { 'log-level': 'debug' });
  const { token } = await server.register();
  const { body: key } = await server.asAdmin('POST /v1/keys', {
    name: 'shop',
    realm: 'default',
    scopes: ['check'],
  });
  await server.ask('GET /v1/check', { auth: `Bearer ${token}` });
  await server.ask('POST /v1/sessions/check', { auth: `Bearer ${key.secret}`, body: { tokens: [token] } });
  await server.ask('GET /v1/ledger', { auth: basic('admin', 'a-wrong-password') });
  const logged = server.logged.join('');
  assert.match(logged, /answered a request/);
  for (const secret of [token, key.secret, 'a-wrong-password', basicAdmin.slice(6)]) {
    assert.equal(typeof secret, 'string');
    assert.ok(!logged.includes(secret));
  }
});
