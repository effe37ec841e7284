/**
 * Builds dist: compiles src, test and bench, copies the other files of src (migrations), removes what no longer has a
 * source, so that a deleted test does not run for ever, and builds the console. Called by set-up, which holds the lock.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildConsole } from './build-console.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

compile();
// The compiler trusts its notes of what it wrote. When files were deleted by hand it has to start from nothing.
if (expectedOutputs().some((path) => !existsSync(join(dist, path)))) {
  rmSync(join(dist, 'tsconfig.tsbuildinfo'), { force: true });
  compile();
}
for (const path of assets()) {
  mkdirSync(dirname(join(dist, path)), { recursive: true });
  cpSync(join(root, path), join(dist, path));
}
removeOrphans();
makeExecutable();
await buildConsole(root);

/** Runs the compiler, and ends this process with its exit code when it finds an error. */
function compile() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '--project', root], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** @returns {string[]} the files of src that are not compiled */
function assets() {
  return filesUnder('src').filter((path) => !path.endsWith('.ts'));
}

/** @returns {string[]} the compiled files, relative to dist */
function expectedOutputs() {
  return ['src', 'test', 'bench']
    .flatMap((folder) => filesUnder(folder))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => path.replace(/\.ts$/, '.js'));
}

function removeOrphans() {
  const kept = new Set([...expectedOutputs().flatMap((path) => [path, `${path}.map`]), ...assets()]);
  for (const folder of ['src', 'test', 'bench']) {
    for (const path of filesUnder(folder, dist)) if (!kept.has(path)) rmSync(join(dist, path));
  }
}

/** The compiler writes plain files; `npx curfew` links to the commands as they are and needs to execute them. */
function makeExecutable() {
  const { bin = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const path of Object.values(bin)) chmodSync(join(root, path), 0o755);
}

/**
 * @param {string} folder
 * @param {string} [base]
 * @returns {string[]} every file below, relative to the base; none when the folder does not exist
 */
function filesUnder(folder, base = root) {
  if (!existsSync(join(base, folder))) return [];
  return readdirSync(join(base, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesUnder(path, base) : [path];
  });
}
