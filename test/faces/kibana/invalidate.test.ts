import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basic, basicAdmin, startTestServer, type TestServer } from '../../support/http-server.ts';

const path = '/api/security/session/_invalidate';
const xsrf = { 'kbn-xsrf': 'true' };

const invalidate = (server: TestServer, body: unknown, headers: Record<string, string> = xsrf) =>
  server.ask(`POST ${path}`, { auth: basicAdmin, body, headers });

const badRequest = (message: string) => ({ statusCode: 400, error: 'Bad Request', message });

/** The bodies of section 1.2 of the reference, each with its message. */
const faults: readonly [name: string, body: unknown, message: string][] = [
  ['an empty object', {}, '[request body.match]: expected at least one defined value but got [undefined]'],
  ...['current', 'ALL', 7, null, ['all']].map((match): [string, unknown, string] => [
    `match ${JSON.stringify(match)}`,
    { match },
    '[request body.match]: types that failed validation:\n- [request body.match.0]: expected value to equal [all]\n- [request body.match.1]: expected value to equal [query]',
  ]),
  [
    'all with a query',
    { match: 'all', query: { provider: { type: 'basic' } } },
    "[request body.query]: a value wasn't expected to be present",
  ],
  [
    'all with a query of null',
    { match: 'all', query: null },
    "[request body.query]: a value wasn't expected to be present",
  ],
  [
    'a query that is missing',
    { match: 'query' },
    '[request body.query.provider.type]: expected value of type [string] but got [undefined]',
  ],
  [
    'a provider that is missing',
    { match: 'query', query: { username: 'ann' } },
    '[request body.query.provider.type]: expected value of type [string] but got [undefined]',
  ],
  [
    'a provider without a type',
    { match: 'query', query: { provider: { name: 'basic1' }, username: 'ann' } },
    '[request body.query.provider.type]: expected value of type [string] but got [undefined]',
  ],
  [
    'a type that is a number',
    { match: 'query', query: { provider: { type: 7 } } },
    '[request body.query.provider.type]: expected value of type [string] but got [number]',
  ],
  [
    'a name that is null',
    { match: 'query', query: { provider: { type: 'basic', name: null } } },
    '[request body.query.provider.name]: expected value of type [string] but got [null]',
  ],
  [
    'a username that is a list',
    { match: 'query', query: { provider: { type: 'basic' }, username: ['ann'] } },
    '[request body.query.username]: expected value of type [string] but got [Array]',
  ],
  ...(['type', 'name'] as const).map((field): [string, unknown, string] => [
    `an empty ${field}`,
    { match: 'query', query: { provider: { type: 'basic', [field]: '' } } },
    `[request body.query.provider.${field}]: value has length [0] but it must have a minimum length of [1].`,
  ]),
  [
    'an empty username',
    { match: 'query', query: { provider: { type: 'basic' }, username: '' } },
    '[request body.query.username]: value has length [0] but it must have a minimum length of [1].',
  ],
  [
    'an unknown member',
    { match: 'all', realm: 'x' },
    '[request body.realm]: definition for this key is missing',
  ],
  [
    'an unknown member of the query',
    { match: 'query', query: { provider: { type: 'basic' }, ip: '192.0.2.1' } },
    '[request body.query.ip]: definition for this key is missing',
  ],
  [
    'an unknown member of the provider',
    { match: 'query', query: { provider: { type: 'basic', id: '1' } } },
    '[request body.query.provider.id]: definition for this key is missing',
  ],
  ['a list', [], '[request body]: expected a plain object value, but found [Array] instead.'],
  [
    'a text, as the published sample encodes it twice',
    '"{\\"match\\":\\"all\\"}"',
    '[request body]: expected a plain object value, but found [string] instead.',
  ],
  ['malformed JSON', '{"match":', 'Invalid request payload JSON format'],
  ['a member given twice', '{"match":"query","match":"all"}', 'Invalid request payload JSON format'],
];

test('a body that is wrong is refused with its message, and ends nothing', async (t) => {
  const server = await startTestServer(t);
  const { token } = await server.register();
  for (const [name, body, message] of faults) {
    const answer = await invalidate(server, body);
    assert.deepEqual([answer.status, answer.body], [400, badRequest(message)], name);
  }
  const none = await server.ask(`POST ${path}`, { auth: basicAdmin, headers: xsrf });
  assert.deepEqual(
    none.body,
    badRequest('[request body]: expected a plain object value, but found [null] instead.'),
  );
  assert.equal((await server.ask('GET /v1/check', { auth: `Bearer ${token}` })).status, 200);
});

test('all ends every session of the realm, exactly counted, and a second call none', async (t) => {
  const server = await startTestServer(t);
  for (const username of ['ann', 'bob']) await server.register({ username });
  const elsewhere = await server.register({ realm: 'elsewhere' });
  const first = await invalidate(server, { match: 'all' });
  assert.deepEqual([first.status, first.body], [200, { total: 2 }]);
  assert.match(first.headers.get('content-type') ?? '', /^application\/json/);
  assert.equal(first.headers.get('set-cookie'), null);
  assert.deepEqual((await invalidate(server, { match: 'all' })).body, { total: 0 });
  assert.equal((await server.ask('GET /v1/check', { auth: `Bearer ${elsewhere.token}` })).status, 200);
});

test('a query ends the sessions of a type, of a provider, or of one user there, and matches exactly', async (t) => {
  const server = await startTestServer(t);
  const population = [
    ['saml', 'saml1', 'ann'],
    ['saml', 'saml1', 'bob'],
    ['saml', 'saml2', 'ann'],
    ['basic', 'basic', 'ann'],
  ] as const;
  const cases: readonly [unknown, number][] = [
    [{ provider: { type: 'SAML' } }, 0],
    [{ provider: { type: 'saml*' } }, 0],
    [{ provider: { type: 'saml' }, username: 'Ann' }, 0],
    [{ provider: { type: 'saml', name: 'other' } }, 0],
    [{ provider: { type: 'saml', name: 'saml1' }, username: 'ann' }, 1],
    [{ provider: { type: 'saml' }, username: 'ann' }, 1],
    [{ provider: { type: 'saml', name: 'saml1' } }, 1],
    [{ provider: { type: 'basic' } }, 1],
    [{ provider: { type: 'saml' } }, 0],
  ];
  for (const [type, name, username] of population)
    await server.register({ username, provider: { type, name } });
  for (const [query, total] of cases) {
    assert.deepEqual(
      (await invalidate(server, { match: 'query', query })).body,
      { total },
      JSON.stringify(query),
    );
  }
});

test('the checks come in their order: caller, payload, kbn-xsrf, kbn-version, rights, schema', async (t) => {
  const server = await startTestServer(t);
  await server.asAdmin('POST /v1/admins', {
    username: 'reader',
    password: 'a long password',
    accessGroups: ['read'],
  });
  const reader = basic('reader', 'a long password');
  const ask = (auth: string | undefined, body: unknown, headers: Record<string, string>) =>
    server.ask(`POST ${path}`, { ...(auth === undefined ? {} : { auth }), body, headers });
  const unknown = await ask(undefined, '{', {});
  assert.deepEqual(
    [unknown.status, unknown.body],
    [401, { statusCode: 401, error: 'Unauthorized', message: 'Unauthorized' }],
  );
  assert.equal((await ask(basic('admin', 'wrong'), {}, xsrf)).status, 401);
  assert.equal((await ask(reader, '{', {})).body.message, 'Invalid request payload JSON format');
  assert.equal((await ask(reader, {}, {})).body.message, 'Request must contain a kbn-xsrf header.');
  assert.deepEqual((await ask(reader, {}, { 'kbn-version': '8.0.0' })).body, {
    ...badRequest(
      'Browser client is out of date, please refresh the page ("kbn-version" header was "8.0.0" but should be "9.1.0")',
    ),
    attributes: { expected: '9.1.0', got: '8.0.0' },
  });
  const denied = await ask(reader, {}, xsrf);
  assert.deepEqual(denied.body, {
    statusCode: 403,
    error: 'Forbidden',
    message:
      'API [POST /api/security/session/_invalidate] is unauthorized for user, this action is granted by the Kibana privileges [superuser]',
  });
  assert.equal((await ask(basicAdmin, {}, { 'kbn-xsrf': '' })).status, 400);
  assert.equal((await ask(basicAdmin, { match: 'all' }, { 'kbn-version': '9.1.0' })).status, 200);
});

test('only who may do everything in the realm passes, also for own sessions', async (t) => {
  const server = await startTestServer(t);
  const password = 'a long password';
  const accounts = [
    ['cluster', { accessGroups: ['clusterAdmins'], realm: null }, 403],
    ['foreign', { accessGroups: ['administrator'], realm: 'elsewhere' }, 401],
    ['local', { accessGroups: ['administrator'], realm: 'default' }, 200],
  ] as const;
  for (const [username, account, status] of accounts) {
    await server.asAdmin('POST /v1/admins', { username, password, ...account });
    const answer = await server.ask(`POST ${path}`, {
      auth: basic(username, password),
      body: { match: 'all' },
      headers: xsrf,
    });
    assert.equal(answer.status, status, username);
  }
});

test('an ApiKey is a key of ours, as it is or with its id in base64, and needs the right to terminate', async (t) => {
  const server = await startTestServer(t);
  const made = async (scopes: string[], realm: string) =>
    (await server.asAdmin('POST /v1/keys', { name: `${scopes} ${realm}`, scopes, realm })).body;
  const use = (auth: string) => server.ask(`POST ${path}`, { auth, body: { match: 'all' }, headers: xsrf });
  const key = await made(['terminate'], 'default');
  await server.register();
  assert.deepEqual((await use(`ApiKey ${key.secret}`)).body, { total: 1 });
  const encoded = Buffer.from(`${key.key?.id ?? 'id'}:${key.secret}`).toString('base64');
  assert.deepEqual((await use(`ApiKey ${encoded}`)).body, { total: 0 });
  assert.deepEqual((await use(`Bearer ${key.secret}`)).body, { total: 0 });
  assert.equal((await use(`ApiKey ${(await made(['list'], 'default')).secret}`)).status, 403);
  assert.equal((await use(`ApiKey ${(await made(['terminate'], 'elsewhere')).secret}`)).status, 401);
  assert.equal((await use('ApiKey nonsense')).status, 401);
});

test('overlapping calls each answer, and together count every session once', async (t) => {
  const server = await startTestServer(t);
  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: 10 }, () => server.register()));
    const answers = await Promise.all(Array.from({ length: 8 }, () => invalidate(server, { match: 'all' })));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal(
      answers.reduce((sum, { body }) => sum + body.total, 0),
      10,
    );
  }
});

test('a payload that is too large, too deep or of another type is refused', async (t) => {
  const server = await startTestServer(t);
  assert.equal((await invalidate(server, `{"match":"${'x'.repeat(1_100_000)}"}`)).status, 413);
  assert.equal((await invalidate(server, `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`)).status, 400);
  const form = await invalidate(server, '{"match":"all"}', {
    ...xsrf,
    'content-type': 'application/x-www-form-urlencoded',
  });
  assert.match(form.body.message, /^\[request body.match\]: expected at least one defined value/);
  assert.equal((await invalidate(server, 'x', { ...xsrf, 'content-type': 'text/plain' })).status, 415);
  const raw = `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basicAdmin}\r\nkbn-xsrf: 1\r\nConnection: close\r\nContent-Length: 17\r\n\r\n`;
  const bytes = Buffer.concat([
    Buffer.from(raw),
    Buffer.from('{"match":"al'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('l"}'),
  ]);
  assert.match(await server.send(bytes), /400 Bad Request[\s\S]*Invalid request payload JSON format/);
});

test('what a termination through Kibana did stands in the ledger', async (t) => {
  const server = await startTestServer(t);
  await server.register({ provider: { type: 'saml', name: 'saml1' } });
  await invalidate(server, { match: 'query', query: { provider: { type: 'saml' }, username: 'ann' } });
  const [entry] = (await server.asAdmin('GET /v1/revocations')).body.revocations;
  assert.equal(entry.face, 'kibana');
  assert.equal(entry.by.name, 'admin');
  assert.equal(entry.matched, 1);
  assert.deepEqual(entry.selector, { realm: 'default', provider: { type: 'saml' }, username: 'ann' });
});

test('the face can be switched off, speak of another realm, and be reached below a space', async (t) => {
  const off = await startTestServer(t, { 'faces-kibana-enabled': 'false' });
  assert.equal((await invalidate(off, { match: 'all' })).status, 404);
  const shop = await startTestServer(t, { 'faces-kibana-realm': 'shop' });
  await shop.register({ realm: 'shop' });
  await shop.register();
  const answer = await shop.ask(`POST /s/marketing${path}`, {
    auth: basicAdmin,
    body: { match: 'all' },
    headers: xsrf,
  });
  assert.deepEqual(answer.body, { total: 1 });
});
