import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';

/** The project's own scripts; compiled tests run from dist/test/scripts. */
const script = new URL('../../../scripts/check-layers.mjs', import.meta.url);
const { checkLayers, layerCycles } = (await import(script.href)) as {
  checkLayers(root: string): string[];
  layerCycles(table: Record<string, string[]>): string[];
};

/** The problems of a made-up tree: its files by path. */
function problemsOf(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'curfew-layers-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return checkLayers(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** A tree in which every layer imports what it may. */
const SOUND = {
  'src/core/clock.ts':
    "import { performance } from 'node:perf_hooks';\nexport const now = () => performance.now();\n",
  'src/session/session.ts':
    "import { now } from '../core/clock.ts';\nimport type { Store } from '../store/store.ts';\n",
  'src/store/store.ts': "import type { Session } from '../session/session.ts';\nexport interface Store {}\n",
  'src/store/sqlite/engine.ts':
    "import { DatabaseSync } from '@photostructure/sqlite';\nconst all = 'SELECT 1';\n",
  'src/access/caller.ts': "import { now } from '../core/clock.ts';\n",
  'src/operations/check.ts': "import { now } from '../session/session.ts';\n",
  'src/faces/http/check.ts':
    "import type { FastifyInstance } from 'fastify';\nimport { check } from '../../operations/check.ts';\n",
  'src/client/client.ts': "import type { Check } from '../operations/check.ts';\n",
  'src/cli/check.ts': "import { client } from '../client/client.ts';\n",
  'src/server.ts':
    "import { engine } from './store/sqlite/engine.ts';\nimport { check } from './faces/http/check.ts';\n",
  'src/main.ts': "import { serve } from './server.ts';\n",
  'console/app.tsx': "import { client } from '../src/client/client.ts';\n",
};

describe('the layer check', () => {
  it('accepts a tree in which every layer imports what it may', () => {
    assert.deepEqual(problemsOf(SOUND), []);
  });

  const broken: [claim: string, path: string, text: string, problem: RegExp][] = [
    [
      'core imports nothing of the rest',
      'src/core/a.ts',
      "import '../session/session.ts';",
      /^src\/core\/a\.ts:1: core must not import session/,
    ],
    [
      'a re-export is an import',
      'src/core/a.ts',
      "\nexport * from '../access/caller.ts';",
      /^src\/core\/a\.ts:2: core must not import access/,
    ],
    [
      'a dynamic import is an import',
      'src/core/a.ts',
      "await import('../access/caller.ts');",
      /core must not import access/,
    ],
    [
      'an import over several lines is seen',
      'src/core/a.ts',
      "import {\n  a,\n} from '../access/caller.ts';",
      /^src\/core\/a\.ts:1: core must not/,
    ],
    [
      'an import type crosses no other border',
      'src/core/a.ts',
      "import type { A } from '../access/caller.ts';",
      /core must not import access/,
    ],
    [
      'an engine is named by the composition root alone',
      'src/operations/a.ts',
      "import '../store/sqlite/engine.ts';",
      /operations must not import store\/sqlite/,
    ],
    [
      'a client takes only types of operations',
      'src/client/a.ts',
      "import { a } from '../operations/check.ts';",
      /client must not import operations except by `import type`/,
    ],
    [
      'a command speaks through the client',
      'src/cli/a.ts',
      "import { a } from '../operations/check.ts';",
      /cli must not import operations/,
    ],
    [
      'the console speaks through the client',
      'console/a.ts',
      "import { a } from '../src/session/session.ts';",
      /console must not import session/,
    ],
    [
      'request objects stay in the faces',
      'src/operations/a.ts',
      "import type { FastifyRequest } from 'fastify';",
      /imports fastify; request and response objects/,
    ],
    [
      'bare HTTP stays in the faces too',
      'src/session/a.ts',
      "import { createServer } from 'node:http';",
      /imports node:http; request/,
    ],
    [
      'a driver stays in its engine',
      'src/session/a.ts',
      "import { DatabaseSync } from 'node:sqlite';",
      /imports node:sqlite; database drivers/,
    ],
    [
      'SQL stays in the engines',
      'src/session/a.ts',
      'const a = 1;\nconst b = `DELETE FROM session`;',
      /^src\/session\/a\.ts:2: SQL belongs only/,
    ],
    [
      'SQL after an expression in a template is seen',
      'src/session/a.ts',
      'const b = `$' + '{a({ b: 1 })} SELECT 1`;',
      /SQL belongs only/,
    ],
    [
      'the store port itself holds no SQL',
      'src/store/a.ts',
      "const a = 'INSERT INTO x';",
      /SQL belongs only/,
    ],
    ['a folder that is in no layer is refused', 'src/things/a.ts', '', /src\/things is in no layer/],
  ];
  for (const [claim, path, text, problem] of broken) {
    it(claim, () => {
      const problems = problemsOf({ ...SOUND, [path]: text });
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0] ?? '', problem);
    });
  }

  it('refuses a table that would let layers import each other in a circle', () => {
    assert.deepEqual(layerCycles({ core: [], session: ['core', 'store'], store: ['session'] }), []);
    assert.deepEqual(layerCycles({ core: ['faces'], operations: ['core'], faces: ['operations'] }), [
      'layers may import each other in a circle: core -> faces -> operations -> core',
    ]);
  });

  it('finds files that import each other in a circle, but for types', () => {
    const circle = {
      'src/core/a.ts': "import { b } from './b.ts';",
      'src/core/b.ts': "import { a } from './a.ts';",
    };
    assert.match(
      problemsOf(circle).join(),
      /circle: src\/core\/a\.ts -> src\/core\/b\.ts -> src\/core\/a\.ts/,
    );
    assert.deepEqual(problemsOf({ ...circle, 'src/core/b.ts': "import type { A } from './a.ts';" }), []);
  });

  it('reads neither comments nor prose as imports or SQL', () => {
    const text = [
      "// import a from '../session/session.ts';",
      "/* import b from '../session/session.ts'; SELECT 1 */",
      "export const c = 'select a session, or update the set';",
      'export const quote = /[\'"`]/; // DELETE FROM session',
      "export const half = 4 / 2; // it's `SELECT 1`",
    ];
    assert.deepEqual(problemsOf({ 'src/core/a.ts': text.join('\n') }), []);
  });
});
