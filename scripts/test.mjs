/**
 * `npm test -- [part of a path ...] [--node-option ...]`: sets the project up and runs the compiled tests whose path
 * holds one of the parts, all without one. The last line is `N passed, N failed`, with `, N skipped` when there are.
 *
 * Files are named one by one: Node 20 knows no globs here, and Node 24 skips files when it is given a folder.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot, setUpOrExit } from './set-up.mjs';

const CONCURRENCY = 2;
const FILE_TIMEOUT_MS = 300_000;

await setUpOrExit();
const nodeOptions = process.argv.slice(2).filter((arg) => arg.startsWith('--'));
const parts = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const files = testFiles().filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)));
const work = mkdtempSync(join(tmpdir(), 'curfew-test-results-'));
const exitCode = files.length === 0 ? 1 : runTests();
const results = files.length === 0 ? [] : readResults();
rmSync(work, { recursive: true, force: true });
report();

/** @returns {string[]} the compiled test files, relative to the project, without those of benchmarks */
function testFiles() {
  const folder = join(projectRoot, 'dist/test');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.test.js') && !path.split('/').slice(0, -1).includes('bench'))
    .map((path) => `dist/test/${path}`)
    .sort();
}

/** @returns {number} the runner's exit code; 1 when a signal ended it */
function runTests() {
  const env = { ...process.env };
  // Set when these tests are themselves started from a test; the runner would then speak to the wrong parent.
  delete env.NODE_TEST_CONTEXT;
  // In CI a real part that is missing (a proxy, a browser) is a failure, elsewhere a skip with a reason.
  if (env.CI === 'true') env.CURFEW_CI = '1';
  const args = [
    '--test',
    '--enable-source-maps',
    `--test-concurrency=${CONCURRENCY}`,
    `--test-timeout=${FILE_TIMEOUT_MS}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=./scripts/test-results.mjs',
    `--test-reporter-destination=${join(work, 'results')}`,
    ...nodeOptions,
    ...files,
  ];
  return spawnSync(process.execPath, args, { cwd: projectRoot, stdio: 'inherit', env }).status ?? 1;
}

/** @returns {{ outcome: string, name: string, file: string, reason: string }[]} */
function readResults() {
  const text = readFileSync(join(work, 'results'), 'utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
}

/** Prints the skipped tests and the totals, and sets the exit code. */
function report() {
  const skipped = results.filter(({ outcome }) => outcome === 'skipped');
  const passed = results.filter(({ outcome }) => outcome === 'passed').length;
  let failed = results.filter(({ outcome }) => outcome === 'failed').length;
  // A runner that ends badly without naming a failed test has still failed.
  if (exitCode !== 0 && failed === 0 && files.length > 0) failed = 1;
  if (skipped.length > 0) console.log('\nSkipped:');
  for (const { name, reason } of skipped) console.log(`  ${name}: ${reason || 'no reason given'}`);
  if (files.length === 0)
    console.log(`No test file matches ${parts.join(', ') || 'dist/test/**/*.test.js'}.`);
  else if (passed + failed === 0) console.log('No test ran.');
  console.log(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : exitCode;
}
