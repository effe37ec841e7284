/**
 * Runs the example of a proxy: its configuration in a folder of its own, with the addresses replaced, in front of an
 * application, asking a Curfew that runs already. Ctrl-C stops it, and nothing is left behind.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createUpstream } from './nginx/upstream.mjs';

/**
 * @typedef {object} Example
 * @property {string} program such as `nginx`
 * @property {string} install how one gets it
 * @property {URL} folder where the configuration lies
 * @property {readonly string[]} files of the configuration; copied with the addresses replaced
 * @property {(files: readonly string[]) => readonly string[]} args of the program, which is started in the copied folder
 * @property {(folder: string) => readonly string[]} [more] arguments that need the path of the copied folder
 */

/**
 * The flags of every example; those of one example alone are added.
 * @type {import('node:util').ParseArgsConfig['options'] & object}
 */
const options = {
  port: { type: 'string', default: '8080' },
  curfew: { type: 'string', default: process.env.CURFEW_URL ?? 'http://127.0.0.1:2200' },
  grpc: { type: 'string', default: '127.0.0.1:2250' },
  upstream: { type: 'string' },
};

/**
 * The flags that an example was started with.
 * @param {import('node:util').ParseArgsConfig['options']} [more]
 */
export function flags(more = {}) {
  return /** @type {Record<string, string | boolean | undefined>} */ (
    parseArgs({ options: { ...options, ...more } }).values
  );
}

/**
 * @param {Example} example
 * @param {Record<string, string | boolean | undefined>} [values] of `flags`
 */
export async function runExample({ program, install, folder: source, files, args, more }, values = flags()) {
  const port = Number(values.port);
  const curfew = String(values.curfew);
  const upstream = values.upstream === undefined ? undefined : String(values.upstream);
  const path = findProgram(program, install);
  if (await isOpen(port)) fail(`port ${port} is in use; choose another: --port N`);
  const folder = mkdtempSync(join(tmpdir(), `curfew-${program}-`));
  // Started as root, a proxy works as another user, which must be able to enter.
  chmodSync(folder, 0o755);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

  const own = upstream === undefined ? await listening(createUpstream()) : undefined;
  const addresses = {
    '127.0.0.1:8080': `127.0.0.1:${port}`,
    '127.0.0.1:2200': hostOf(curfew),
    '127.0.0.1:2250': String(values.grpc),
    '127.0.0.1:3000': upstream === undefined ? `127.0.0.1:${own?.port}` : hostOf(upstream),
  };
  mkdirSync(join(folder, 'temp'));
  for (const file of files) {
    const text = readFileSync(fileURLToPath(new URL(file, source)), 'utf8');
    writeFileSync(join(folder, file), withAddresses(text, addresses));
  }
  const child = spawn(path, [...args(files), ...(more?.(folder) ?? [])], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    // Some proxies keep files in the home folder unless they are told of another.
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  child.on('error', (error) => fail(`${path} cannot be started: ${error.message}`));
  child.on('exit', (code) => {
    own?.server.close();
    own?.server.closeAllConnections();
    process.exitCode = code ?? 1;
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.on(signal, () => child.kill('SIGTERM'));

  await untilListening(child, port, program);
  console.log(`${program} listening on http://127.0.0.1:${port}, asking Curfew at ${curfew}`);
}

/**
 * @param {string} program
 * @param {string} install
 * @returns {string} its path; on Debian servers lie where an ordinary user's PATH does not look
 */
function findProgram(program, install) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const found = folders.map((path) => join(path, program)).find((path) => existsSync(path));
  return found ?? fail(`${program} is not installed: ${install}`);
}

/**
 * @param {string} text
 * @param {Record<string, string>} addresses what stands in the file, and what shall
 */
function withAddresses(text, addresses) {
  return text
    .replace(/address: (127\.0\.0\.1), port_value: (\d+)/g, (_whole, host, port) => {
      const [newHost, newPort] = (addresses[`${host}:${port}`] ?? `${host}:${port}`).split(':');
      return `address: ${newHost}, port_value: ${newPort}`;
    })
    .replace(/127\.0\.0\.1:\d+/g, (address) => addresses[address] ?? address)
    .replace(/(?<=localhost:|http:\/\/:)8080\b/g, String(addresses['127.0.0.1:8080']?.split(':')[1]));
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

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {number} port
 * @param {string} program
 */
async function untilListening(child, port, program) {
  while (child.exitCode === null && child.signalCode === null) {
    if (await isOpen(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  fail(`${program} did not start; above it says why`);
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
