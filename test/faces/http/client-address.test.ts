import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { parseNetwork } from '../../../src/core/address.ts';
import { clientAddress, isLocal } from '../../../src/faces/http/client-address.ts';
import { tokenReader } from '../../../src/faces/http/presented-token.ts';

const requestFrom = (remoteAddress: string | undefined, headers: Record<string, string> = {}) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage;

const addressWith = (trusted: readonly string[]) =>
  clientAddress(trusted.flatMap((network) => parseNetwork(network) ?? []));

test('nobody is believed about addresses unless they are trusted', () => {
  const addressOf = addressWith([]);
  const headers = { 'x-forwarded-for': '203.0.113.1', 'x-real-ip': '203.0.113.2' };
  assert.equal(addressOf(requestFrom('127.0.0.1', headers)), '127.0.0.1');
  assert.equal(addressOf(requestFrom('::ffff:192.0.2.1', headers)), '192.0.2.1');
  assert.equal(addressOf(requestFrom(undefined, headers)), undefined);
});

test('of what a trusted proxy says, the last address that is no trusted proxy counts', () => {
  const addressOf = addressWith(['127.0.0.1', '10.0.0.0/8', '::1']);
  const from = (text: string, peer = '127.0.0.1') =>
    addressOf(requestFrom(peer, { 'x-forwarded-for': text }));
  assert.equal(from('203.0.113.1'), '203.0.113.1');
  assert.equal(from('198.51.100.1, 203.0.113.1, 10.1.2.3'), '203.0.113.1');
  assert.equal(from('203.0.113.1', '192.0.2.1'), '192.0.2.1');
  assert.equal(from('2001:db8::7', '::1'), '2001:db8::7');
  assert.equal(from('10.0.0.1'), '127.0.0.1');
  for (const nonsense of ['', 'unknown', '203.0.113.1, <script>', '203.0.113.1,']) {
    assert.equal(from(nonsense), '127.0.0.1', nonsense);
  }
  assert.equal(addressOf(requestFrom('127.0.0.1', { 'x-real-ip': '203.0.113.2' })), '203.0.113.2');
});

test('a request of this machine is local only when no proxy handed it on', () => {
  assert.ok(isLocal(requestFrom('127.0.0.1')));
  assert.ok(isLocal(requestFrom('::1')));
  assert.ok(!isLocal(requestFrom('192.0.2.1')));
  for (const header of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via']) {
    assert.ok(!isLocal(requestFrom('127.0.0.1', { [header]: 'x' })), header);
  }
});

test('the token of a request is found whatever the case of its header', () => {
  const readToken = tokenReader('curfew_session');
  const token = `cfs_${'a'.repeat(43)}`;
  for (const headers of [
    ['authorization', `Bearer ${token}`],
    ['AUTHORIZATION', `bearer   ${token} `],
    ['Cookie', `curfew_session=${token}`],
    ['cookie', `a=curfew_session=x; curfew_session = no; curfew_session=${token};`],
    ['Authorization', 'Basic YTpi', 'Cookie', `curfew_session=${token}`],
    ['Cookie', 'a=1', 'Cookie', `curfew_session=${token}`],
  ]) {
    assert.equal(readToken(headers), token, headers.join(' '));
  }
  for (const headers of [
    [],
    ['Authorization', 'Basic YTpi'],
    ['Authorization', `Bearer${token}`],
    ['Cookie', `xcurfew_session=${token}`],
    ['Cookie', 'curfew_session='],
    ['Cookie', 'curfew_session'],
    ['X-Cookie', `curfew_session=${token}`],
  ]) {
    assert.equal(readToken(headers), undefined, headers.join(' '));
  }
});

test('the cookie counts under its own name alone, with the prefix or without', () => {
  const token = `cfs_${'a'.repeat(43)}`;
  const readToken = tokenReader('__Host-curfew_session');
  assert.equal(readToken(['Cookie', `__Host-curfew_session=${token}`]), token);
  // Another host of the domain could have set these two.
  assert.equal(readToken(['Cookie', `curfew_session=${token}`]), undefined);
  assert.equal(readToken(['Cookie', `__Secure-curfew_session=${token}`]), undefined);
  assert.equal(tokenReader('curfew_session')(['Cookie', `__Host-curfew_session=${token}`]), undefined);
});
