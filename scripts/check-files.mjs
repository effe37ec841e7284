/** Holds the rules about files: length, names, and what no committed file may hold. `node scripts/check-files.mjs [root]` */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { projectRoot } from './set-up.mjs';

const CODE_FOLDERS = ['src', 'test', 'bench', 'console', 'scripts'];
const MAX_LINES = 400;

/** Names that say nothing about what is inside. */
const EMPTY_NAMES = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'lib', 'shared']);
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*$/;

// Put together from parts, so that this file does not hold what it looks for.
const LEFT_OPEN = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME'].join('|')})\\b`);
const ONLY = new RegExp(`\\b(it|test|describe|suite)\\.${'only'}\\(`);
const REGISTRY = ['registry', 'npmjs'].join('.');

/**
 * @param {string} root
 * @returns {string[]} one line per broken rule: `file:line: what is wrong`
 */
export function checkFiles(root) {
  return filesOf(root).flatMap((path) => {
    const bytes = readFileSync(join(root, path));
    const isCode = CODE_FOLDERS.includes(path.split('/')[0] ?? '');
    const problems = isCode ? nameProblems(path) : [];
    if (bytes.includes(0)) return problems; // Not text.
    const lines = bytes.toString('utf8').split('\n');
    return [...problems, ...textProblems(root, path, lines), ...(isCode ? codeProblems(path, lines) : [])];
  });
}

/** @param {string} path */
function nameProblems(path) {
  const problems = [];
  for (const part of path.split('/')) {
    const words = part.split('.');
    if (EMPTY_NAMES.has(words[0] ?? ''))
      problems.push(`${path}: "${part}" says nothing; name the thing inside`);
    // Pages for the reader of a folder are in capitals everywhere.
    if (!words.every((word) => KEBAB_CASE.test(word)) && !/^[A-Z]+\.md$/.test(part))
      problems.push(`${path}: "${part}" is not in kebab-case`);
  }
  return problems;
}

/**
 * @param {string} root
 * @param {string} path
 * @param {string[]} lines
 */
function textProblems(root, path, lines) {
  const problems = [];
  for (const [index, line] of lines.entries()) {
    if (line.includes(REGISTRY)) problems.push(`${path}:${index + 1}: names a package registry's host`);
    if (line.includes(`${root}/`)) problems.push(`${path}:${index + 1}: names the folder of this checkout`);
    if (path.endsWith('package-lock.json') && line.includes('"resolved":')) {
      problems.push(`${path}:${index + 1}: holds "resolved"; write it anew with the project's .npmrc`);
    }
  }
  return problems;
}

/**
 * @param {string} path
 * @param {string[]} lines
 */
function codeProblems(path, lines) {
  const problems = [];
  const count = lines.length - (lines.at(-1) === '' ? 1 : 0);
  if (/\.(ts|tsx|mjs|js|css|sql)$/.test(path) && count > MAX_LINES) {
    problems.push(`${path}: ${count} lines, and ${MAX_LINES} is the most; it holds more than one thing`);
  }
  for (const [index, line] of lines.entries()) {
    if (LEFT_OPEN.test(line))
      problems.push(`${path}:${index + 1}: leaves work open in a comment; do it or drop it`);
    if (ONLY.test(line)) problems.push(`${path}:${index + 1}: runs only some of the tests`);
  }
  return problems;
}

/**
 * @param {string} root
 * @returns {string[]} the files that are committed or would be, relative to the root
 */
function filesOf(root) {
  const args = ['-c', 'safe.directory=*', 'ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ls-files failed in ${root}: ${stderr}`);
  // A file deleted but not yet committed as such is still listed.
  return stdout.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
}

if (process.argv[1]?.endsWith('check-files.mjs')) {
  const problems = checkFiles(resolve(process.argv[2] ?? projectRoot));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
