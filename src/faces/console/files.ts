import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One file of the console as it is sent, under each encoding in which the build has made it. */
export interface ConsoleFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzip?: Buffer;
  readonly br?: Buffer;
}

/** What the build made: the page, and beside it files whose names bear their digest. */
export interface ConsoleFiles {
  /** The text of `index.html`. */
  readonly page: string;
  /** By the last part of their path, such as `main-C0ffee.js`. */
  readonly assets: ReadonlyMap<string, ConsoleFile>;
}

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Where the build puts the console, seen from the sources and from the compiled file alike. */
export const consoleFolder = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../../dist/console/' : '../../../console/', import.meta.url),
);

/**
 * Reads the console into memory: it is small, and then no request can name a path of this machine.
 * @returns undefined where it was not built
 */
export function readConsoleFiles(folder: string = consoleFolder): ConsoleFiles | undefined {
  let page: string;
  try {
    page = readFileSync(join(folder, 'index.html'), 'utf8');
  } catch {
    return undefined;
  }
  const assetsFolder = join(folder, 'assets');
  const names = new Set(readdirSync(assetsFolder));
  const encoded = (name: string) => (names.has(name) ? readFileSync(join(assetsFolder, name)) : undefined);
  const assets = new Map<string, ConsoleFile>();
  for (const name of names) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const gzip = encoded(`${name}.gz`);
    const br = encoded(`${name}.br`);
    assets.set(name, {
      type,
      plain: readFileSync(join(assetsFolder, name)),
      ...(gzip === undefined ? {} : { gzip }),
      ...(br === undefined ? {} : { br }),
    });
  }
  return { page, assets };
}

/** The form of a file that a client takes, the smallest first; `Accept-Encoding` as RFC 9110 section 12.5.3 has it. */
export function encodingFor(
  file: ConsoleFile,
  accepted: string | undefined,
): { readonly body: Buffer; readonly encoding?: 'br' | 'gzip' } {
  const offers = (accepted ?? '').split(',').map((offer) => offer.trim().toLowerCase());
  const takes = (name: string) =>
    offers.some(
      (offer) => offer === name || (offer.startsWith(`${name};`) && !/;\s*q=0(\.0*)?$/.test(offer)),
    );
  if (file.br !== undefined && takes('br')) return { body: file.br, encoding: 'br' };
  if (file.gzip !== undefined && takes('gzip')) return { body: file.gzip, encoding: 'gzip' };
  return { body: file.plain };
}
