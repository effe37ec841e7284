import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFor } from '../../src/client/request.ts';
import { CurfewError } from '../../src/core/errors.ts';

test('a GET carries nested fields with dots and lists by repetition', () => {
  const request = requestFor(
    { method: 'GET', path: '/v1/sessions' },
    { provider: { type: 'ldap', name: 'a b&c' }, sessionIds: ['x', 'y'], realm: undefined, limit: 5 },
  );
  assert.deepEqual(request, {
    method: 'GET',
    path: '/v1/sessions?provider.type=ldap&provider.name=a+b%26c&sessionIds=x&sessionIds=y&limit=5',
    headers: {},
  });
});

test('fields of the path are escaped and leave the body', () => {
  const route = { method: 'POST', path: '/v1/things/{id}/do' } as const;
  assert.deepEqual(requestFor(route, { id: 'a/b?c', deep: { x: 1 } }), {
    method: 'POST',
    path: '/v1/things/a%2Fb%3Fc/do',
    headers: {},
    body: { deep: { x: 1 } },
  });
});

test('a part of the path that is missing, empty or dots never becomes another path', () => {
  const route = { method: 'DELETE', path: '/v1/sessions/{id}' } as const;
  for (const id of [undefined, '']) {
    assert.throws(
      () => requestFor(route, { id }),
      (error) => error instanceof CurfewError && error.code === 'invalid_input',
    );
  }
  assert.equal(requestFor(route, { id: '..' }).path, '/v1/sessions/%2E%2E');
});

test('a bound header takes its field out of the body', () => {
  const route = {
    method: 'POST',
    path: '/v1/sessions',
    headers: { 'idempotency-key': 'idempotencyKey' },
  } as const;
  const request = requestFor(route, { idempotencyKey: 'k1', username: 'ann' });
  assert.deepEqual(request.headers, { 'idempotency-key': 'k1' });
  assert.deepEqual(request.body, { username: 'ann' });
});
