import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/core/log.ts';
import { startServer } from '../../src/server.ts';
import { startTestServer } from '../support/http-server.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { freePort } from '../support/ports.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const silent = createLog('silent');

test('what was acknowledged is there after a stop and a start, last accesses too', async (t) => {
  const folder = makeTemporaryDirectory();
  t.after(() => folder.remove());
  const config = readConfig(
    { data: folder.path, port: String(await freePort()) },
    { CURFEW_ADMIN_PASSWORD: 'a long password' },
  );
  const clock = new ManualClock();
  const first = await startServer(config, { log: silent, clock });
  assert.equal(first.adminPassword, undefined);
  const { registry } = first.services;
  const provider = { type: 'basic', name: 'main' };
  const [ann, bob] = await Promise.all(
    ['ann', 'bob'].map((username) => registry.register({ realm: 'default', username, provider })),
  );
  assert.ok(ann !== undefined && bob !== undefined);
  clock.advance(5000);
  await registry.check(ann.token);
  const origin = { by: { kind: 'system', id: 'test', name: 'test' }, face: 'system' } as const;
  await registry.terminate({ selector: { username: 'bob' }, reason: 'test', origin });
  await first.close();
  const second = await startServer(config, { log: silent, clock });
  t.after(() => second.close());
  const verdict = await second.services.registry.check(ann.token, { touch: false });
  assert.ok(verdict.live);
  assert.equal(verdict.lastAccessAt, clock.now());
  assert.deepEqual((await second.services.registry.check(bob.token)).live, false);
});

test('the first start makes a random password if none is given, and the second none', async (t) => {
  const folder = makeTemporaryDirectory();
  t.after(() => folder.remove());
  const config = readConfig({ data: folder.path, port: String(await freePort()) }, {});
  const first = await startServer(config, { log: silent });
  const password = first.adminPassword;
  assert.ok(password !== undefined && password.length >= 16);
  assert.equal((await first.services.access.authenticateBasic('admin', password)).username, 'admin');
  await first.close();
  const second = await startServer(config, { log: silent });
  t.after(() => second.close());
  assert.equal(second.adminPassword, undefined);
});

test('a start that fails half-way lets go of the data', async (t) => {
  const folder = makeTemporaryDirectory();
  t.after(() => folder.remove());
  const running = await startTestServer(t);
  const flags = { data: folder.path, port: String(running.httpPort) };
  const env = { CURFEW_ADMIN_PASSWORD: 'a long password' };
  await assert.rejects(startServer(readConfig(flags, env), { log: silent }), /is in use already/);
  const config = readConfig(
    {
      ...flags,
      port: String(await freePort()),
      'tls-cert': join(folder.path, 'none.pem'),
      'tls-key': 'none',
    },
    env,
  );
  await assert.rejects(startServer(config, { log: silent }), /tlsCert: .*none.pem cannot be read/);
  const server = await startServer(readConfig({ ...flags, port: String(await freePort()) }, env), {
    log: silent,
  });
  await server.close();
});

test('a request under way finishes when the server stops, and new ones find it closed', async (t) => {
  const server = await startTestServer(t);
  const { token } = await server.register();
  const underWay = Promise.all(
    Array.from({ length: 20 }, () => server.ask('GET /v1/me/sessions', { auth: `Bearer ${token}` })),
  );
  // One answer is waited for, so that the rest are under way for certain.
  await server.ask('GET /healthz');
  const [answers] = await Promise.all([underWay, server.close()]);
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  await assert.rejects(server.ask('GET /healthz'));
});

test('self-signed TLS serves the same sessions, and keeps its certificate and the key to itself', async (t) => {
  const server = await startTestServer(t, { tls: 'self-signed' }, new ManualClock(Date.now()));
  const { token } = await server.register();
  const folder = join(server.data, 'tls');
  const cert = readFileSync(join(folder, 'cert.pem'), 'utf8');
  assert.equal(statSync(join(folder, 'key.pem')).mode & 0o777, 0o600);
  const parsed = new X509Certificate(cert);
  for (const name of ['localhost']) assert.equal(parsed.checkHost(name), name);
  for (const ip of ['127.0.0.1', '::1']) assert.equal(parsed.checkIP(ip), ip);
  const days = (Date.parse(parsed.validTo) - server.clock.now()) / 86_400_000;
  assert.ok(days > 360 && days < 367);
  assert.ok(server.httpsPort !== undefined);
  const asked = (rejectUnauthorized: boolean) =>
    new Promise<number | undefined>((resolve, reject) => {
      const options = {
        port: server.httpsPort,
        host: 'localhost',
        path: '/v1/check',
        family: 4,
        rejectUnauthorized,
      };
      get({ ...options, headers: { authorization: `Bearer ${token}` } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject);
    });
  assert.equal(await asked(false), 200);
  await assert.rejects(asked(true), /self-signed/);
});

test('a self-signed certificate is kept over a start, and made anew before it expires', async (t) => {
  const folder = makeTemporaryDirectory();
  t.after(() => folder.remove());
  const flags = {
    data: folder.path,
    port: String(await freePort()),
    'tls-port': String(await freePort()),
    tls: 'self-signed',
  };
  const config = readConfig(flags, { CURFEW_ADMIN_PASSWORD: 'a long password' });
  const clock = new ManualClock();
  const startAndRead = async () => {
    const server = await startServer(config, { log: silent, clock });
    await server.close();
    return readFileSync(join(folder.path, 'tls', 'cert.pem'), 'utf8');
  };
  const first = await startAndRead();
  assert.equal(await startAndRead(), first);
  clock.advance(340 * 86_400_000);
  assert.notEqual(await startAndRead(), first);
});
