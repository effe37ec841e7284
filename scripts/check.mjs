/** `npm run check`: sets the project up, runs every check, and fails naming those that failed. */
import { spawnSync } from 'node:child_process';
import { projectRoot, setUpOrExit } from './set-up.mjs';

const BIOME = 'node_modules/@biomejs/biome/bin/biome';
const TSC = 'node_modules/typescript/bin/tsc';

/** Each is a name and what Node runs for it. Types of src, test and bench are checked by the build itself. */
const CHECKS = [
  { name: 'format', args: [BIOME, 'check', '--linter-enabled=false', '.'] },
  { name: 'lint', args: [BIOME, 'lint', '--error-on-warnings', '.'] },
  { name: 'types of the scripts', args: [TSC, '--project', 'tsconfig.scripts.json'] },
  { name: 'types of the console', args: [TSC, '--project', 'console/tsconfig.json'] },
  { name: 'layers', args: ['scripts/check-layers.mjs'] },
  { name: 'files', args: ['scripts/check-files.mjs'] },
  { name: 'links', args: ['scripts/check-links.mjs'] },
  { name: 'generated files', args: ['scripts/generate.mjs', '--check'] },
];

await setUpOrExit();
const failed = [];
for (const { name, args } of CHECKS) {
  console.log(`check: ${name}`);
  const { status } = spawnSync(process.execPath, args, { cwd: projectRoot, stdio: 'inherit' });
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`check: failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
