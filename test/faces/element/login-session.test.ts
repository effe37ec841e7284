import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTimeout, writeTimeout } from '../../../src/faces/element/timeout.ts';
import { startTestServer } from '../../support/http-server.ts';
import { makeCast } from './cast.ts';
import { errorName, result } from './client.ts';

test('the timeout is the idle limit of the realm: what is set holds for sessions from then on, and no other limit moves', async (t) => {
  const server = await startTestServer(t);
  const scope = { kind: 'realm', realm: 'default' };
  await server.asAdmin('PUT /v1/policy', { scope, rule: { sessionLimit: 3 } });
  const timeout = async () => (await result(server, 'GetLoginSessionInfo')).loginSessionInfo.timeout;
  assert.equal(await timeout(), '30:00');
  assert.deepEqual(await result(server, 'SetLoginSessionInfo', { timeout: '00:90:00' }), {});
  assert.equal(await timeout(), '1:30:00');
  const { session } = await server.register();
  assert.equal(session.idleTimeoutMs, 90 * 60_000);
  const { body } = await server.asAdmin('GET /v1/policy');
  assert.deepEqual(body.rules, [{ scope, rule: { idleTimeoutMs: 90 * 60_000, sessionLimit: 3 } }]);
  await result(server, 'SetLoginSessionInfo', { timeout: '00:00:00' });
  assert.equal(await timeout(), '00:00');
  assert.equal((await server.register()).session.idleTimeoutMs, null);
  await result(server, 'SetLoginSessionInfo', { timeout: '45:00' });
  assert.equal(await timeout(), '45:00');
});

test('the timeout of a realm without a rule of its own is that of all realms', async (t) => {
  const server = await startTestServer(t);
  await server.asAdmin('PUT /v1/policy', { scope: { kind: 'default' }, rule: { idleTimeoutMs: 60_000 } });
  await server.asAdmin('PUT /v1/policy', {
    scope: { kind: 'realm', realm: 'eu' },
    rule: { idleTimeoutMs: 1000 },
  });
  assert.equal((await result(server, 'GetLoginSessionInfo')).loginSessionInfo.timeout, '01:00');
});

test('a timeout below a minute, or in another form, is refused, and so is a caller without the right', async (t) => {
  const server = await startTestServer(t);
  for (const timeout of ['00:00:59', '30', '1h', '-1:00:00', '', '::', '1:2:3:4']) {
    assert.equal(await errorName(server, 'SetLoginSessionInfo', { timeout }), 'xInvalidParameter', timeout);
  }
  assert.equal(await errorName(server, 'SetLoginSessionInfo', { timeout: 30 }), 'xInvalidParameterType');
  const { clusterAdmin, reader, volumes } = await makeCast(server);
  const wish = { timeout: '00:10:00' };
  assert.equal(
    await errorName(server, 'SetLoginSessionInfo', wish, { auth: clusterAdmin }),
    'xPermissionDenied',
  );
  assert.equal(
    (await result(server, 'GetLoginSessionInfo', {}, { auth: reader })).loginSessionInfo.timeout,
    '30:00',
  );
  assert.equal(await errorName(server, 'GetLoginSessionInfo', {}, { auth: volumes }), 'xPermissionDenied');
});

test('a timeout that was written is read back, and parts may be greater than a clock shows', () => {
  const cases: [text: string, seconds: number][] = [
    ['00:30:00', 1800],
    ['30:00', 1800],
    ['00:90:00', 5400],
    ['00:00:5400', 5400],
    ['999999:00:00', 999_999 * 3600],
  ];
  for (const [text, seconds] of cases) assert.equal(readTimeout(text), seconds * 1000, text);
  for (const seconds of [0, 59, 60, 1800, 3599, 3600, 86_400, 999_999]) {
    assert.equal(readTimeout(writeTimeout(seconds * 1000)), seconds * 1000);
  }
});
