/**
 * Holds the links of every Markdown page: what they name exists, and an anchor is a heading of that page. Links to
 * other hosts are not followed, so that the check says the same everywhere. `node scripts/check-links.mjs [root]`
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { projectRoot } from './set-up.mjs';

/**
 * @param {string} root
 * @returns {string[]} one line per broken link: `page:line: what is wrong`
 */
export function checkLinks(root) {
  const problems = [];
  for (const page of pagesOf(root)) {
    for (const { target, line } of linksOf(readFileSync(join(root, page), 'utf8'))) {
      const problem = problemOf(root, page, target);
      if (problem !== undefined) problems.push(`${page}:${line}: ${target} ${problem}`);
    }
  }
  return problems;
}

/**
 * @param {string} root
 * @param {string} page
 * @param {string} target
 */
function problemOf(root, page, target) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return undefined;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : relative(root, resolve(root, dirname(page), decodeURIComponent(path)));
  if (file.startsWith('..')) return 'leads out of the project';
  if (!existsSync(join(root, file))) return 'does not exist';
  if (anchor === undefined || !file.endsWith('.md') || statSync(join(root, file)).isDirectory())
    return undefined;
  return anchorsOf(readFileSync(join(root, file), 'utf8')).has(anchor)
    ? undefined
    : `is no heading of ${file}`;
}

/**
 * @param {string} text a page of Markdown
 * @returns {{ target: string, line: number }[]} of links, images and reference definitions outside of code
 */
function linksOf(text) {
  const link = /!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\s*\[[^\]]+\]:\s*(\S+)|\b(?:src|href)="([^"]+)"/g;
  return proseLines(text).flatMap((prose, index) =>
    [...prose.matchAll(link)].map((found) => ({
      target: found[1] ?? found[2] ?? found[3] ?? '',
      line: index + 1,
    })),
  );
}

/**
 * @param {string} text a page of Markdown
 * @returns {Set<string>} the anchors of its headings, as GitHub makes them
 */
function anchorsOf(text) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  const anchors = new Set();
  for (const line of proseLines(text, false)) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain.replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '').replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    anchors.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return anchors;
}

/**
 * @param {string} text
 * @param {boolean} [withoutCode] leaves out code within lines too
 * @returns {string[]} the lines, those of fenced code empty
 */
function proseLines(text, withoutCode = true) {
  let fence = '';
  return text.split('\n').map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? '';
    if (fence === '' && mark !== '') {
      fence = mark;
      return '';
    }
    if (fence !== '') {
      if (mark.startsWith(fence)) fence = '';
      return '';
    }
    return withoutCode ? line.replaceAll(/(`+)[^`]*\1/g, '') : line;
  });
}

/**
 * @param {string} root
 * @returns {string[]} the pages that are committed or would be
 */
function pagesOf(root) {
  const args = [
    '-c',
    'safe.directory=*',
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    '-z',
    '*.md',
  ];
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ls-files failed in ${root}: ${stderr}`);
  return stdout.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
}

if (process.argv[1]?.endsWith('check-links.mjs')) {
  const problems = checkLinks(resolve(process.argv[2] ?? projectRoot));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
