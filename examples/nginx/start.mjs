/**
 * Runs the example: nginx with `nginx.conf` of this folder, in front of `upstream.mjs`, asking a Curfew that runs already.
 *
 *   node examples/nginx/start.mjs [--port 8080] [--curfew http://127.0.0.1:2200] [--upstream http://127.0.0.1:3000]
 *
 * With --upstream it protects an application of yours instead. Needs nginx from the operating system, which need not run as
 * a service. Ctrl-C stops it, and nothing is left behind.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { createUpstream } from './upstream.mjs';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8080' },
    curfew: { type: 'string', default: process.env.CURFEW_URL ?? 'http://127.0.0.1:2200' },
    upstream: { type: 'string' },
  },
});

const nginx = findNginx();
if (await isOpen(Number(values.port))) fail(`port ${values.port} is in use; choose another: --port N`);
const folder = mkdtempSync(join(tmpdir(), 'curfew-nginx-'));
// Started as root, nginx works as another user, which must be able to enter.
chmodSync(folder, 0o755);
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const own = values.upstream === undefined ? await listening(createUpstream()) : undefined;
const application = values.upstream === undefined ? `127.0.0.1:${own?.port}` : hostOf(values.upstream);
mkdirSync(join(folder, 'temp'));
writeFileSync(
  join(folder, 'nginx.conf'),
  withAddresses({
    '127.0.0.1:8080': `127.0.0.1:${values.port}`,
    '127.0.0.1:2200': hostOf(values.curfew),
    '127.0.0.1:3000': application,
  }),
);
const child = spawn(nginx, ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off;'], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
child.on('error', (error) => fail(`${nginx} cannot be started: ${error.message}`));
child.on('exit', (code) => {
  own?.server.close();
  own?.server.closeAllConnections();
  process.exitCode = code ?? 1;
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.on(signal, () => child.kill('SIGTERM'));

await untilListening(Number(values.port));
console.log(`nginx listening on http://127.0.0.1:${values.port}, asking Curfew at ${values.curfew}`);

/** @returns {string} the path of nginx; on Debian it lies where an ordinary user's PATH does not look */
function findNginx() {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const found = folders.map((path) => join(path, 'nginx')).find((path) => existsSync(path));
  return (
    found ?? fail('nginx is not installed: apt install nginx-light, dnf install nginx, brew install nginx')
  );
}

/**
 * @param {Record<string, string>} addresses what stands in the file, and what shall
 * @returns {string} the configuration
 */
function withAddresses(addresses) {
  const text = readFileSync(new URL('nginx.conf', import.meta.url), 'utf8');
  return text.replace(/127\.0\.0\.1:\d+/g, (address) => addresses[address] ?? address);
}

/** @param {string} url */
function hostOf(url) {
  const { protocol, host, port } = URL.canParse(url) ? new URL(url) : { protocol: '', host: '', port: '' };
  if (protocol !== 'http:') fail(`${url} is no address such as http://127.0.0.1:2200`);
  return port === '' ? `${host}:80` : host;
}

/**
 * @param {import('node:http').Server} server
 * @returns {Promise<{ server: import('node:http').Server, port: number }>} on a free port
 */
function listening(server) {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({ server, port: /** @type {import('node:net').AddressInfo} */ (server.address()).port });
    });
  });
}

/** @param {number} port */
async function untilListening(port) {
  while (child.exitCode === null && child.signalCode === null) {
    if (await isOpen(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  fail('nginx did not start; above it says why');
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isOpen(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(`example: ${message}`);
  process.exit(1);
}
