/**
 * Holds the layers of src: who may import whom, where request objects, database drivers and SQL may stand, and that
 * nothing imports in circles. `node scripts/check-layers.mjs [root]`; the tables below are the rules.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { projectRoot } from './set-up.mjs';
import { importsOf, readSource } from './source-text.mjs';

const DOMAIN = ['core', 'session', 'access', 'store'];

/**
 * What each layer may import besides itself; `type X` allows only `import type`. A layer is a folder of src, a file
 * of its root, an engine of the store, or the console. The store port and the domain name each other: the port is the
 * domain's, kept in a folder of its own beside the engines that implement it.
 * @type {Record<string, string[]>}
 */
const MAY_IMPORT = {
  core: [],
  session: ['core', 'store'],
  access: ['core', 'session', 'store'],
  store: ['core', 'type session', 'type access'],
  'store/sqlite': DOMAIN,
  'store/postgres': DOMAIN,
  operations: [...DOMAIN, 'sign-in'],
  'sign-in': DOMAIN,
  signals: DOMAIN,
  faces: ['core', 'session', 'access', 'operations', 'sign-in', 'signals'],
  client: ['core', 'type session', 'type access', 'type operations'],
  // `curfew serve` hands over to the server and a few commands work on the data of a stopped one; every other speaks to
  // a server through the client.
  cli: ['core', 'client', 'config.ts', 'main.ts', 'offline.ts'],
  console: ['core', 'client'],
  // Every part declares the settings of its own; the configuration joins them to one schema.
  'config.ts': ['core', 'session', 'access', 'sign-in', 'faces'],
  // The composition root names everything concrete, and nothing else does.
  'server.ts': [
    ...DOMAIN,
    'store/sqlite',
    'store/postgres',
    'operations',
    'sign-in',
    'signals',
    'faces',
    'config.ts',
    'stores.ts',
  ],
  'heartbeats.ts': [],
  'worker.ts': ['core', 'heartbeats.ts'],
  'workers.ts': ['core', 'worker.ts', 'heartbeats.ts'],
  // Which store the settings name.
  'stores.ts': ['core', 'session', 'store/sqlite', 'store/postgres', 'config.ts'],
  'main.ts': ['core', 'config.ts', 'server.ts', 'worker.ts', 'workers.ts'],
  // Restoring and verifying without a server is the one other place that names a concrete store.
  'offline.ts': ['core', 'session', 'store/sqlite', 'store/postgres'],
};

/** Layers that count as one when circles are looked for between layers; their files must make none all the same. */
const ONE_LAYER = new Set(['session', 'access', 'store']);

/** Packages that only some layers may import. */
const PACKAGES = [
  {
    what: 'request and response objects',
    pattern: /^(fastify|@fastify\/.+|node:https?|node:http2|https?|http2)$/,
    layers: ['faces', 'server.ts'],
  },
  {
    what: 'database drivers',
    pattern: /^(node:sqlite|@photostructure\/sqlite|pg|pg-.+)$/,
    layers: ['store/sqlite', 'store/postgres'],
  },
];

/** SQL is written in capitals here, which keeps prose in strings apart from it. */
const SQL =
  /\bSELECT\s|\bINSERT INTO\b|\bUPDATE\s[\s\S]*?\sSET\b|\bDELETE FROM\b|\bCREATE (TABLE|INDEX|UNIQUE)\b/;
const SQL_LAYERS = ['store/sqlite', 'store/postgres'];

/**
 * @typedef {object} SourceFile
 * @property {string} path relative to the root
 * @property {string} layer
 * @property {{ specifier: string, line: number, isType: boolean, target: string | undefined }[]} imports `target` is
 *   the imported file relative to the root, undefined for a package
 * @property {{ text: string, line: number }[]} strings
 */

/**
 * @param {string} root
 * @returns {string[]} one line per broken rule: `file:line: what is wrong`
 */
export function checkLayers(root) {
  const files = ['src', 'console'].flatMap((folder) => sourcesUnder(root, folder));
  return [...files.flatMap(fileProblems), ...fileCycles(files), ...layerCycles(MAY_IMPORT)];
}

/**
 * @param {SourceFile} file
 * @returns {string[]}
 */
function fileProblems({ path, layer, imports, strings }) {
  const allowed = MAY_IMPORT[layer];
  if (!allowed)
    return [`${path}: src/${layer} is in no layer; add it to MAY_IMPORT in scripts/check-layers.mjs`];
  const problems = [];
  for (const { specifier, line, isType, target } of imports) {
    if (target === undefined) {
      for (const { what, pattern, layers } of PACKAGES) {
        if (pattern.test(specifier) && !layers.includes(layer)) {
          problems.push(`${path}:${line}: imports ${specifier}; ${what} belong only in ${layers.join(', ')}`);
        }
      }
      continue;
    }
    const other = layerOf(target);
    if (other === layer || allowed.includes(other) || (isType && allowed.includes(`type ${other}`))) continue;
    const only = allowed.includes(`type ${other}`) ? ' except by `import type`' : '';
    problems.push(`${path}:${line}: ${layer} must not import ${other}${only} (${specifier})`);
  }
  if (!SQL_LAYERS.includes(layer)) {
    for (const { text, line } of strings) {
      if (SQL.test(text)) problems.push(`${path}:${line}: SQL belongs only in ${SQL_LAYERS.join(', ')}`);
    }
  }
  return problems;
}

/**
 * Circles that the table itself would allow; without one, files that keep to it cannot make one between layers.
 * @param {Record<string, string[]>} table as `MAY_IMPORT`
 * @returns {string[]}
 */
export function layerCycles(table) {
  const name = (/** @type {string} */ layer) => (ONE_LAYER.has(layer) ? [...ONE_LAYER].join('+') : layer);
  /** @type {Map<string, Set<string>>} */
  const graph = new Map();
  for (const [layer, allowed] of Object.entries(table)) {
    const targets = graph.get(name(layer)) ?? new Set();
    graph.set(name(layer), targets);
    for (const other of allowed.map(name)) if (other !== name(layer)) targets.add(other);
  }
  return cyclesOf(graph).map((cycle) => `layers may import each other in a circle: ${cycle.join(' -> ')}`);
}

/**
 * Circles of files that exist when the program runs; types are gone by then.
 * @param {SourceFile[]} files
 */
function fileCycles(files) {
  /** @type {Map<string, Set<string>>} */
  const graph = new Map();
  for (const { path, imports } of files) {
    graph.set(
      path,
      new Set(imports.flatMap(({ target, isType }) => (target !== undefined && !isType ? [target] : []))),
    );
  }
  return cyclesOf(graph).map((cycle) => `files import each other in a circle: ${cycle.join(' -> ')}`);
}

/**
 * @param {Map<string, Set<string>>} graph
 * @returns {string[][]} each circle found, starting and ending with the same node
 */
function cyclesOf(graph) {
  /** @type {string[][]} */
  const cycles = [];
  const done = new Set();
  /** @type {string[]} */
  const path = [];
  const visit = (/** @type {string} */ node) => {
    const start = path.indexOf(node);
    if (start >= 0) cycles.push([...path.slice(start), node]);
    if (start >= 0 || done.has(node)) return;
    path.push(node);
    for (const next of graph.get(node) ?? []) visit(next);
    path.pop();
    done.add(node);
  };
  for (const node of graph.keys()) visit(node);
  return cycles;
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {SourceFile[]}
 */
function sourcesUnder(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.split(sep).join('/')}`)
    .filter((path) => /\.(ts|tsx|mts)$/.test(path) && !/\/(dist|node_modules)\//.test(path))
    .sort()
    .map((path) => {
      const { code, strings } = readSource(readFileSync(join(root, path), 'utf8'));
      const imports = importsOf(code).map((found) => ({
        ...found,
        target: targetOf(root, path, found.specifier),
      }));
      return { path, layer: layerOf(path), imports, strings };
    });
}

/**
 * @param {string} root
 * @param {string} path
 * @param {string} specifier
 */
function targetOf(root, path, specifier) {
  if (!specifier.startsWith('.')) return undefined;
  return relative(root, resolve(root, dirname(path), specifier))
    .split(sep)
    .join('/')
    .replace(/\.js$/, '.ts');
}

/**
 * @param {string} path relative to the root
 * @returns {string} the layer: `core`, `store/sqlite`, `server.ts`, `console`, ...
 */
function layerOf(path) {
  const [top = '', first = '', second = ''] = path.split('/');
  if (top !== 'src') return top;
  return first === 'store' && path.split('/').length > 3 ? `store/${second}` : first;
}

if (process.argv[1]?.endsWith('check-layers.mjs')) {
  const problems = checkLayers(resolve(process.argv[2] ?? projectRoot));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
