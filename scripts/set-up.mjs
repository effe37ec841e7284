/**
 * Brings a checkout to the state in which it can be started or tested: the right Node, the packages of the lock
 * file, and an up-to-date build. Both `npm start` and `npm test` call it, because npm's own `pre` hooks are skipped
 * under `ignore-scripts`. It uses nothing but Node, since it runs before any package is there.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { withLock } from './lock.mjs';

/** The folder that holds package.json. */
export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** What the build reads; a change in any of these makes the build out of date. */
const BUILD_INPUTS = [
  'src',
  'test',
  'bench',
  'console',
  'tsconfig.json',
  'package-lock.json',
  'scripts/build.mjs',
  'scripts/build-console.mjs',
];

/** Gone with the folder it describes, so deleting node_modules or dist by hand is noticed. */
const INSTALL_STAMP = 'node_modules/.set-up-stamp';
const BUILD_STAMP = 'dist/.set-up-stamp';
const LOCK = '.set-up.lock';

/** A failure whose message is all a person needs; no stack is printed for it. */
export class SetUpError extends Error {}

/**
 * @param {string} version a Node version such as `20.20.2`
 * @param {string} range the `engines.node` of package.json, such as `^20.19.0 || >=22.12.0`
 * @throws {SetUpError} when the version is too old, or lies in a gap of the range
 */
export function checkNodeVersion(version, range) {
  const wanted = range.split('||').map((part) => {
    const [, kind, ...numbers] = /^\s*(\^|>=)(\d+)\.(\d+)\.0\s*$/.exec(part) ?? [];
    const [major = 0, minor = 0] = numbers.map(Number);
    if (kind !== undefined) return { isOneMajor: kind === '^', major, minor };
    throw new SetUpError(
      `package.json: engines.node is "${range}"; expected "^MAJOR.MINOR.0" and ">=MAJOR.MINOR.0", joined by "||"`,
    );
  });
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const fits = wanted.some((part) =>
    major === part.major ? minor >= part.minor : major > part.major && !part.isOneMajor,
  );
  if (fits) return;
  const least = wanted[0];
  const isOld =
    least !== undefined && (major < least.major || (major === least.major && minor < least.minor));
  const needs = wanted
    .map((part) => `${part.major}.${part.minor} or newer${part.isOneMajor ? ` of Node ${part.major}` : ''}`)
    .join(', or ');
  throw new SetUpError(
    `Curfew needs Node ${needs}, and this is Node ${version} (${process.execPath}), which ${isOld ? 'is too old' : 'lies between them'}. Install a newer Node and run the command again.`,
  );
}

/**
 * What the installed packages depend on: the lock file, npm's settings, and the Node they were installed for.
 * @param {string} root
 */
export function installStamp(root) {
  const hash = createHash('sha256');
  hash.update(
    `${process.versions.node.split('.')[0]} ${process.versions.modules} ${process.platform} ${process.arch}\n`,
  );
  for (const name of ['package-lock.json', '.npmrc']) addToHash(hash, root, join(root, name));
  return hash.digest('hex');
}

/**
 * What the build depends on: every file it reads, by path and content.
 * @param {string} root
 */
export function buildStamp(root) {
  const hash = createHash('sha256');
  for (const name of BUILD_INPUTS) addToHash(hash, root, join(root, name));
  return hash.digest('hex');
}

/**
 * @param {import('node:crypto').Hash} hash
 * @param {string} root
 * @param {string} path a file or folder; one that does not exist adds nothing
 */
function addToHash(hash, root, path) {
  if (!existsSync(path)) return;
  if (statSync(path).isDirectory()) {
    for (const name of readdirSync(path).sort()) addToHash(hash, root, join(path, name));
    return;
  }
  const content = readFileSync(path);
  hash.update(`${relative(root, path).split(sep).join('/')}\0${content.length}\0`).update(content);
}

/**
 * Installs and builds what is out of date. Does nothing, and takes no lock, when nothing is.
 * @param {{ root?: string, log?: (line: string) => void }} [options]
 * @returns {Promise<{ installed: boolean, built: boolean }>} what had to be done
 * @throws {SetUpError} when the Node does not fit, or the installation or the build fails
 */
export async function setUp({ root = projectRoot, log = printProgress } = {}) {
  checkNodeVersion(process.versions.node, readPackage(root).engines.node);
  const done = { installed: false, built: false };
  if (isInstalled(root) && isBuilt(root)) return done;
  await withLock(join(root, LOCK), log, async () => {
    // Asked again under the lock: whoever held it before may have done the work.
    if (!isInstalled(root)) {
      rmSync(join(root, INSTALL_STAMP), { force: true });
      const stamp = installStamp(root);
      await step(log, 'installing packages', npmCommand(), npmArguments(), root);
      writeStamp(join(root, INSTALL_STAMP), stamp);
      done.installed = true;
    }
    if (!isBuilt(root)) {
      rmSync(join(root, BUILD_STAMP), { force: true });
      const stamp = buildStamp(root);
      await step(log, 'building', process.execPath, ['scripts/build.mjs'], root);
      writeStamp(join(root, BUILD_STAMP), stamp);
      done.built = true;
    }
  });
  return done;
}

/** @param {string} root */
function isInstalled(root) {
  return readStamp(join(root, INSTALL_STAMP)) === installStamp(root);
}

/** @param {string} root */
function isBuilt(root) {
  return readStamp(join(root, BUILD_STAMP)) === buildStamp(root);
}

/** @param {string} path */
function readStamp(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/**
 * @param {string} path
 * @param {string} stamp
 */
function writeStamp(path, stamp) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, stamp);
}

/**
 * @param {string} root
 * @returns {{ engines: { node: string } }}
 */
function readPackage(root) {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
}

/**
 * The npm that started this process, run by this very Node; else the npm beside this Node; else the one on the path.
 * @returns {string[]} the program and its first arguments
 */
function npmCommand() {
  const started = process.env.npm_execpath ?? '';
  const beside = join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js');
  for (const cli of [started, beside]) {
    if (basename(cli) === 'npm-cli.js' && existsSync(cli)) return [process.execPath, cli];
  }
  return ['npm'];
}

/** The build needs the development packages, whatever NODE_ENV or `omit` say; and the lock file, always. */
function npmArguments() {
  return [
    'ci',
    '--include=dev',
    '--package-lock=true',
    '--no-audit',
    '--no-fund',
    '--no-progress',
    '--loglevel=error',
  ];
}

/**
 * Runs one command quietly, and shows what it printed only when it fails.
 * @param {(line: string) => void} log
 * @param {string} name
 * @param {string | string[]} command
 * @param {string[]} args
 * @param {string} cwd
 */
async function step(log, name, command, args, cwd) {
  log(`${name} ...`);
  const startedAt = Date.now();
  const [program = '', ...first] = [command].flat();
  const { code, output } = await run(program, [...first, ...args], cwd);
  if (code !== 0)
    throw new SetUpError(`${output.trimEnd()}\n\n${name} failed (${basename(program)} ended with ${code})`);
  log(`${name} done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {string} cwd
 * @returns {Promise<{ code: number | string, output: string }>}
 */
function run(program, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    // A set-up that is told to stop must not leave its installer writing into node_modules without the lock.
    const signals = /** @type {const} */ ({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 });
    const handlers = Object.entries(signals).map(([signal, code]) => {
      const stop = () => {
        child.once('close', () => process.exit(code));
        child.kill(/** @type {NodeJS.Signals} */ (signal));
      };
      process.once(signal, stop);
      return () => process.off(signal, stop);
    });
    const settle = () => {
      for (const remove of handlers) remove();
    };
    child.once('error', (error) => {
      settle();
      reject(new SetUpError(`cannot run ${program}: ${error.message}`));
    });
    child.once('close', (code, signal) => {
      settle();
      resolve({ code: code ?? signal ?? 1, output });
    });
  });
}

/**
 * Progress goes to standard error: standard output belongs to the program that is started afterwards.
 * @param {string} line
 */
function printProgress(line) {
  process.stderr.write(`curfew: ${line}\n`);
}

/** Set-up for a script: a failure prints its message and ends the process with 1. */
export async function setUpOrExit() {
  try {
    return await setUp();
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    process.stderr.write(`curfew: ${error.message}\n`);
    process.exit(1);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { built } = await setUpOrExit();
  if (!built) printProgress('the build is up to date');
}
