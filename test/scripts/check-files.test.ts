import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';

/** The project's own scripts; compiled tests run from dist/test/scripts. */
const script = new URL('../../../scripts/check-files.mjs', import.meta.url);
const { checkFiles } = (await import(script.href)) as { checkFiles(root: string): string[] };

/** The problems of a made-up repository that holds one file. */
function problemsOf(path: string, text: string): string[] {
  const root = mkdtempSync(join(tmpdir(), 'curfew-files-'));
  try {
    assert.equal(spawnSync('git', ['init', '--quiet'], { cwd: root }).status, 0);
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text.replace('ROOT', root));
    return checkFiles(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe('the file check', () => {
  const sound: [claim: string, path: string, text: string][] = [
    ['400 lines are not too many', 'src/core/clock.ts', 'a\n'.repeat(400)],
    ['a number may open the name of a migration', 'src/store/sqlite/migrations/0001-session.sql', ''],
    ['documents may be longer and named in capitals', 'docs/GUIDE.md', 'a\n'.repeat(401)],
  ];
  for (const [claim, path, text] of sound) it(claim, () => assert.deepEqual(problemsOf(path, text), []));

  // What is looked for is put together from parts, so that this file does not hold it.
  const broken: [claim: string, path: string, text: string, problem: RegExp][] = [
    ['401 lines are too many', 'src/core/clock.ts', 'a\n'.repeat(401), /401 lines, and 400 is the most/],
    ['a name that says nothing is refused for a file', 'src/core/utils.ts', '', /"utils\.ts" says nothing/],
    [
      'a name that says nothing is refused for a folder',
      'test/helpers/clock.ts',
      '',
      /"helpers" says nothing/,
    ],
    ['names are in kebab-case', 'src/core/systemClock.ts', '', /"systemClock\.ts" is not in kebab-case/],
    [
      'work left open is refused',
      'src/core/clock.ts',
      `\n// ${'TO'}${'DO'}: later`,
      /clock\.ts:2: leaves work open/,
    ],
    ['running only some tests is refused', 'test/a.test.ts', `it.${'only'}('a');`, /runs only some/],
    [
      'a lock file names no download',
      'package-lock.json',
      '{\n"resolved": "x"\n}',
      /lock\.json:2: holds "resolved"/,
    ],
    [
      'no document names a registry',
      'docs/a.md',
      `${'registry'}.npmjs.org`,
      /names a package registry's host/,
    ],
    [
      'nothing names the folder it stands in',
      'docs/a.md',
      'see ROOT/docs',
      /names the folder of this checkout/,
    ],
  ];
  for (const [claim, path, text, problem] of broken) {
    it(claim, () => {
      const problems = problemsOf(path, text);
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0] ?? '', problem);
    });
  }
});
