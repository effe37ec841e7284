import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityHeaders } from '../../../src/faces/forward-auth/identity-headers.ts';
import { cookieOf, startGuarded } from './guarded.ts';

const rules = [
  { host: 'public.example.com', allow: 'public' },
  { host: 'app.example.com', path: '/public', allow: 'public' },
  { host: 'app.example.com', methods: ['OPTIONS'], allow: 'public' },
  { host: 'app.example.com', allow: 'signed-in' },
];

test('what a stranger says of a request is not believed, whatever session comes with it', async (t) => {
  const { about, register, logged } = await startGuarded(t, { rules }, { trustedProxies: ['192.0.2.0/24'] });
  const { status, problem } = await about(cookieOf((await register()).token));
  assert.equal(status, 403);
  assert.match(String(problem.detail), /not among trustedProxies/);
  assert.equal((await about({ 'x-forwarded-host': 'public.example.com' })).status, 403);
  const warnings = logged.filter((line) => line.includes('not among trustedProxies'));
  assert.equal(warnings.length, 1, 'it is said once, not with every request');
});

test('a header that tells of the request and comes twice makes it unclear', async (t) => {
  const { about } = await startGuarded(t, { rules });
  const twice = {
    'x-forwarded-host': ['public.example.com', 'app.example.com'],
    'x-forwarded-uri': ['/public', '/page'],
    'x-forwarded-method': ['OPTIONS', 'GET'],
    'x-forwarded-proto': ['http', 'https'],
  };
  assert.equal((await about({ 'x-forwarded-uri': '/public' })).status, 200);
  for (const [name, values] of Object.entries(twice)) {
    const base = { 'x-forwarded-uri': '/public' };
    assert.equal((await about({ ...base, [name]: values })).status, 403, `${name} twice`);
    assert.equal((await about({ ...base, [name]: values.join(', ') })).status, 403, `${name} as a list`);
    assert.equal(
      (await about({ ...base, [name]: [...values].reverse() })).status,
      403,
      `${name} turned round`,
    );
    assert.equal((await about({ ...base, [name]: '' })).status, 403, `${name} empty`);
  }
});

test('names with underscores are other headers', async (t) => {
  const { about } = await startGuarded(t, { rules });
  const forged = {
    X_Forwarded_Host: 'public.example.com',
    x_forwarded_uri: '/public',
    X_Forwarded_Method: 'OPTIONS',
  };
  assert.equal((await about(forged)).status, 401);
});

test('other headers that name a request count for nothing', async (t) => {
  const { about } = await startGuarded(t, { rules });
  const forged = {
    forwarded: 'host=public.example.com;proto=https',
    'x-original-url': 'https://public.example.com/public',
    'x-rewrite-url': '/public',
    'x-original-host': 'public.example.com',
    'x-http-method-override': 'OPTIONS',
  };
  assert.equal((await about(forged)).status, 401);
});

test('a method that is not in capitals is no other method', async (t) => {
  const { about } = await startGuarded(t, { rules });
  assert.equal((await about({ 'x-forwarded-method': 'OPTIONS' })).status, 200);
  for (const method of ['options', 'Options', 'OPTIONS GET', 'GET/OPTIONS'])
    assert.notEqual((await about({ 'x-forwarded-method': method })).status, 200, method);
});

test('a whole address as the path is refused', async (t) => {
  const { about } = await startGuarded(t, { rules });
  for (const uri of ['http://app.example.com/public', 'public', '*', '?/public', '\\public'])
    assert.equal((await about({ 'x-forwarded-uri': uri })).status, 403, uri);
});

test('the query decides nothing', async (t) => {
  const { about } = await startGuarded(t, { rules });
  assert.equal((await about({ 'x-forwarded-uri': '/page?/public' })).status, 401);
  assert.equal((await about({ 'x-forwarded-uri': '/public?/../page%00' })).status, 200);
});

test('two different tokens are nobody', async (t) => {
  const { about, register } = await startGuarded(t, { rules });
  const one = (await register()).token;
  const other = (await register({ username: 'bob' })).token;
  assert.equal((await about({ cookie: `curfew_session=${one}; curfew_session=${other}` })).status, 401);
  assert.equal((await about({ cookie: [`curfew_session=${one}`, `curfew_session=${other}`] })).status, 401);
});

test('every answer that lets through names every header an application may trust', async (t) => {
  for (const headers of ['remote', 'x-auth-request', 'both']) {
    const { about, register } = await startGuarded(t, { rules, headers });
    const { token } = await register({ accessGroups: ['ops'], attributes: { email: 'ann@example.com' } });
    for (const changes of [cookieOf(token), { 'x-forwarded-uri': '/public' }]) {
      const answer = await about(changes);
      assert.equal(answer.status, 200);
      for (const name of identityHeaders)
        assert.notEqual(answer.headers[name.toLowerCase()], undefined, name);
    }
    const { headers: told } = await about(cookieOf(token));
    assert.equal(told['remote-user'], headers === 'x-auth-request' ? '' : 'ann');
    assert.equal(told['x-auth-request-user'], headers === 'remote' ? '' : 'ann');
    assert.equal(told['x-auth-request-groups'], headers === 'remote' ? '' : 'ops');
    assert.equal(told['x-auth-request-email'], headers === 'remote' ? '' : 'ann@example.com');
  }
});

test('a refused use is recorded with the address of the client', async (t) => {
  const { about, register, asAdmin } = await startGuarded(t, { rules });
  const { token, session } = await register();
  await asAdmin(`DELETE /v1/sessions/${session.id}`);
  assert.equal((await about({ ...cookieOf(token), 'x-forwarded-for': '192.0.2.7' })).status, 401);
  const { body } = await asAdmin(`GET /v1/sessions/${session.id}`);
  assert.deepEqual(
    body.refusedUses.map(({ ip, count }: { ip: string; count: number }) => ({ ip, count })),
    [{ ip: '192.0.2.7', count: 1 }],
  );
});

test('names that would break a header survive', async (t) => {
  const { about, register } = await startGuarded(t, { rules });
  for (const username of ['zoë', 'O’Neil, "Ann"', '100%25', ' ends with a space ', 'a/b;c=d']) {
    const { headers } = await about(cookieOf((await register({ username })).token));
    assert.equal(decodeURIComponent(headers['remote-user'] ?? ''), username);
  }
});

test('a store that cannot be read lets nobody in, by any convention', async (t) => {
  const { about, query, register, services } = await startGuarded(t, { rules });
  const session = cookieOf((await register()).token);
  assert.equal((await about(session)).status, 200);
  await services.store.close();
  const told = {
    ...session,
    'x-forwarded-method': 'GET',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'app.example.com',
    'x-forwarded-uri': '/page',
    'x-original-method': 'GET',
    'x-original-url': 'http://app.example.com/page',
    host: 'app.example.com',
  };
  for (const path of ['nginx', 'traefik', 'caddy', 'haproxy', 'envoy/page']) {
    const { status, headers, problem } = await query(`/forward-auth/${path}`, told);
    assert.equal(status, 503, path);
    assert.equal(headers['retry-after'], '5');
    assert.equal(problem.code, 'store_unavailable');
  }
  const { status } = await query('/forward-auth/caddy', {
    ...told,
    accept: 'text/html',
    'sec-fetch-mode': 'navigate',
  });
  assert.equal(status, 503, 'a browser is not led to sign in either, for that would help nobody');
});
