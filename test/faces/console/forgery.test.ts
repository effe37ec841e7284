import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '../../support/http-server.ts';
import { aPassword } from '../../support/opened-access.ts';

/** Where a request with the cookie may come from: what the browser says, and whether it may read and change. */
const origins: readonly [
  claim: string,
  headers: Record<string, string>,
  may: { read: boolean; change: boolean },
][] = [
  ['a page of the console', { 'sec-fetch-site': 'same-origin' }, { read: true, change: true }],
  ['another site', { 'sec-fetch-site': 'cross-site' }, { read: false, change: false }],
  ['another port of this host', { 'sec-fetch-site': 'same-site' }, { read: false, change: false }],
  ['an address that was typed', { 'sec-fetch-site': 'none' }, { read: true, change: false }],
  ['an older browser at our page', { origin: 'http://HOST' }, { read: true, change: true }],
  ['an older browser at another port', { origin: 'http://127.0.0.1:1' }, { read: false, change: false }],
  ['an older browser at another site', { origin: 'https://evil.example' }, { read: false, change: false }],
  ['a page without an origin', { origin: 'null' }, { read: false, change: false }],
  ['a browser that says nothing', {}, { read: false, change: false }],
  ['such a browser at our page', { 'curfew-face': 'console' }, { read: true, change: false }],
  [
    'another site that says it were the console',
    { 'sec-fetch-site': 'cross-site', 'curfew-face': 'console' },
    { read: false, change: false },
  ],
  [
    'another site with an origin that looks like ours',
    { 'sec-fetch-site': 'cross-site', origin: 'http://HOST' },
    { read: false, change: false },
  ],
  [
    'another site that was not asked for its origin',
    { origin: 'https://evil.example', 'curfew-face': 'console' },
    { read: false, change: false },
  ],
];

test('the cookie of the console is taken from its own pages alone, for reading as for changing', async (t) => {
  const server = await startTestServer(t);
  const host = server.url.slice('http://'.length);
  const signedIn = await server.ask('POST /console/session', {
    body: { username: 'admin', password: aPassword },
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  for (const [claim, told, may] of origins) {
    const headers = {
      cookie,
      ...Object.fromEntries(Object.entries(told).map(([name, value]) => [name, value.replace('HOST', host)])),
    };
    for (const route of ['GET /v1/sessions', 'GET /v1/me']) {
      const read = await server.ask(route, { headers });
      assert.equal(read.status, may.read ? 200 : 403, `${claim}: ${route}`);
    }
    const { session } = await server.register({ username: 'target' });
    const route = `DELETE /v1/sessions/${session.id}?reason=a+test`;
    const ended = await server.ask(route, { headers });
    assert.equal(ended.status, may.change ? 200 : 403, `${claim}: DELETE`);
    const made = await server.ask('POST /v1/revocations', {
      body: { selector: { username: 'target' }, reason: 'a test' },
      headers,
    });
    assert.equal(made.status, may.change ? 201 : 403, `${claim}: POST`);
    const body = { username: 'admin', password: 'a wrong one' };
    const login = await server.ask('POST /console/session', { body, headers });
    assert.equal(login.status, may.change ? 401 : 403, `${claim}: signing in`);
    const adopted = await server.ask('POST /console/session/adopt', { headers });
    assert.equal(adopted.status, may.change ? 401 : 403, `${claim}: going on`);
    server.clock.advance(60_000);
  }
  assert.equal(
    (await server.ask('GET /v1/sessions', { headers: { cookie, 'sec-fetch-site': 'same-origin' } })).status,
    200,
  );
});

test('no other site is let through to the API by a browser that asks first', async (t) => {
  const server = await startTestServer(t);
  const asked = await server.ask('OPTIONS /v1/sessions', {
    headers: {
      origin: 'https://evil.example',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'curfew-face',
    },
  });
  assert.ok(asked.status >= 400);
  for (const name of asked.headers.keys()) assert.equal(name.startsWith('access-control-'), false, name);
});

test('a token in Authorization needs no origin, and counts before the cookie', async (t) => {
  const server = await startTestServer(t);
  const { token } = await server.register({ username: 'ann' });
  const asAnn = await server.ask('GET /v1/me', {
    auth: `Bearer ${token}`,
    headers: { cookie: 'curfew_console=cfs_anything', 'sec-fetch-site': 'cross-site' },
  });
  assert.equal(asAnn.body.username, 'ann');
});
