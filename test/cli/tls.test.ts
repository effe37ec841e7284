import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort } from '../support/ports.ts';
import {
  type CommandLine,
  commandLine,
  objects,
  type StartedServer,
  startServerProcess,
} from './command-line.ts';

let line: CommandLine;
let server: StartedServer;
let url: string;

before(async () => {
  line = commandLine();
  const port = await freePort();
  url = `https://localhost:${port}`;
  server = await startServerProcess(join(line.folder, 'data'), [
    '--tls',
    'self-signed',
    '--tls-port',
    String(port),
  ]);
});

after(async () => {
  await server.stop();
  line.remove();
});

const list = (...flags: string[]) =>
  line.run(['sessions', 'list', '--count', '--url', url, ...flags], { env: server.env });

test('a certificate that nobody vouches for is refused, saying how to trust it', async () => {
  const { code, stderr } = await list();
  assert.equal(code, 10);
  assert.match(stderr, /self-signed; .*--ca FILE/);
});

test('the certificate itself, or --insecure, lets the same server through', async () => {
  assert.equal((await list('--ca', join(server.data, 'tls/cert.pem'))).stdout, '0\n');
  assert.equal((await list('--insecure')).stdout, '0\n');
});

test('http and https taken for each other are told apart', async () => {
  assert.match((await list('--url', url.replace('https', 'http'))).stderr, /write the address with https:/);
  assert.match((await list('--url', server.url.replace('http', 'https'))).stderr, /does not speak TLS/);
});

test('the doctor says how long the certificate is valid', async () => {
  const { code, stdout } = await line.run(['doctor', '--json', '--insecure', '--url', url], {
    env: server.env,
  });
  assert.equal(code, 0, stdout);
  const found = objects(stdout).find(({ check }) => check === 'Certificate');
  assert.equal(found?.state, 'ok');
  assert.match(String(found?.detail), /^valid for \d+d/);
});
