/**
 * Builds the console into dist/console, and beside each of its files what a browser takes instead: the same in brotli
 * and gzip, so that no request has to wait for a compression. `node scripts/build-console.mjs` builds it alone.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** Below this nothing is won. */
const WORTH_BYTES = 512;

/** @param {string} root the folder that holds package.json */
export async function buildConsole(root) {
  const source = join(root, 'console');
  // A tree without a console, as tests of the set-up have it, is built without one.
  if (!existsSync(join(source, 'index.html'))) return;
  const place = join(root, 'dist/console');
  const fresh = join(root, 'dist', `.console-${process.pid}`);
  try {
    const { build } = await import('vite');
    await build({
      configFile: join(source, 'vite.config.ts'),
      logLevel: 'warn',
      build: { outDir: fresh },
    });
    const assets = join(fresh, 'assets');
    await Promise.all(readdirSync(assets).map((name) => compress(join(assets, name))));
    // The console that was there stays until the new one is whole.
    mkdirSync(place, { recursive: true });
    for (const name of ['assets', 'index.html']) {
      rmSync(join(place, name), { recursive: true, force: true });
      renameSync(join(fresh, name), join(place, name));
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** @param {string} path */
async function compress(path) {
  const content = readFileSync(path);
  if (content.length < WORTH_BYTES) return;
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(content, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
    promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }),
  ]);
  writeFileSync(`${path}.br`, br);
  writeFileSync(`${path}.gz`, gz);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await buildConsole(dirname(dirname(fileURLToPath(import.meta.url))));
}
