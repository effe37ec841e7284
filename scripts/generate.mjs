/**
 * Writes the files that are generated from the code, such as reference pages. `--check` writes nothing, and fails
 * naming the files that are stale. It reads the build, so run it after one.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './set-up.mjs';

/**
 * One entry per generated file: where it goes, the compiled module, and the exported function that returns its text
 * (or a promise of it, or undefined where it cannot be told here), such as
 * `{ output: 'docs/reference/settings.md', module: 'dist/src/settings-page.js', function: 'settingsPage' }`.
 * @type {{ output: string, module: string, function: string }[]}
 */
const GENERATED = [
  { output: 'docs/reference/settings.md', module: 'dist/src/config.js', function: 'settingsPage' },
  { output: 'docs/reference/api.md', module: 'dist/src/faces/http/reference.js', function: 'apiPage' },
  { output: 'docs/reference/errors.md', module: 'dist/src/faces/http/reference.js', function: 'errorsPage' },
  {
    output: 'docs/reference/metrics.md',
    module: 'dist/src/faces/http/reference.js',
    function: 'metricsPage',
  },
  { output: 'docs/reference/cli.md', module: 'dist/src/cli/reference.js', function: 'cliReference' },
  {
    output: 'src/store/sqlite/schema.sql',
    module: 'dist/src/store/sqlite/migrate.js',
    function: 'newestSchema',
  },
  // Needs a PostgreSQL; where there is none the page stays as it is, and a test that has one says if it is stale.
  {
    output: 'src/store/postgres/schema.sql',
    module: 'dist/test/support/postgres-schema.js',
    function: 'newestPostgresSchema',
  },
];

const isCheck = process.argv.includes('--check');
const stale = [];
for (const { output, module, function: name } of GENERATED) {
  const exports = await import(pathToFileURL(join(projectRoot, module)).href);
  const text = await exports[name]();
  if (text === undefined) continue;
  const path = join(projectRoot, output);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  stale.push(output);
  if (isCheck) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
for (const output of stale)
  console.error(isCheck ? `${output} is stale; run npm run generate` : `wrote ${output}`);
if (isCheck && stale.length > 0) process.exitCode = 1;
