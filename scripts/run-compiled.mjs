import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot, setUpOrExit } from './set-up.mjs';

/**
 * Sets the project up, then runs a compiled module in this very process, as if Node had been started with it: signals
 * reach it directly and its exit code is the process's own.
 * @param {string} path the module, relative to the project, such as `dist/src/main.js`
 */
export async function runCompiled(path) {
  await setUpOrExit();
  const module = join(projectRoot, path);
  process.argv[1] = module;
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(module).href);
}
