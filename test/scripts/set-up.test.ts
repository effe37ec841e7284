import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

/** The project's own scripts; compiled tests run from dist/test/scripts. */
const scripts = new URL('../../../scripts/', import.meta.url);

interface SetUpModule {
  setUp(options: {
    root: string;
    log: (line: string) => void;
  }): Promise<{ installed: boolean; built: boolean }>;
  checkNodeVersion(version: string, range: string): void;
}
interface LockModule {
  withLock<T>(path: string, log: (line: string) => void, work: () => Promise<T>): Promise<T>;
}

const { setUp, checkNodeVersion } = (await import(new URL('set-up.mjs', scripts).href)) as SetUpModule;
const { withLock } = (await import(new URL('lock.mjs', scripts).href)) as LockModule;

/** Counts its runs in a file, and fails while a file of the name `broken` is there. */
const BUILD = `
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
if (existsSync('broken')) { console.error('src/a.ts: broken'); process.exit(2); }
mkdirSync('dist', { recursive: true });
appendFileSync('builds', 'x');
`;

let root = '';

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function quiet(): void {}

function builds(): number {
  return existsSync(join(root, 'builds')) ? readFileSync(join(root, 'builds'), 'utf8').length : 0;
}

/** The number of a process that has ended. */
function deadProcess(): number {
  const { pid } = spawnSync(process.execPath, ['--version']);
  return pid;
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'curfew-set-up-'));
  const project = { name: 'made-up', version: '1.0.0', engines: { node: '^20.19.0 || >=22.12.0' } };
  write('package.json', JSON.stringify(project));
  write('package-lock.json', JSON.stringify({ ...project, lockfileVersion: 3, packages: { '': project } }));
  write('scripts/build.mjs', BUILD);
  write('src/a.ts', 'export const a = 1;\n');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('set-up', () => {
  it('installs and builds a fresh checkout, and does nothing the second time', async () => {
    assert.deepEqual(await setUp({ root, log: quiet }), { installed: true, built: true });
    assert.deepEqual(await setUp({ root, log: quiet }), { installed: false, built: false });
    assert.equal(builds(), 1);
  });

  it('builds again, without installing, when a source changed, appeared or was deleted', async () => {
    await setUp({ root, log: quiet });
    const changes = [
      () => write('src/a.ts', 'export const a = 2;\n'),
      () => write('test/a.test.ts', 'export {};\n'),
      () => rmSync(join(root, 'test/a.test.ts')),
    ];
    for (const change of changes) {
      change();
      assert.deepEqual(await setUp({ root, log: quiet }), { installed: false, built: true });
    }
  });

  it('installs and builds again when the lock file changed', async () => {
    await setUp({ root, log: quiet });
    write('package-lock.json', `${readFileSync(join(root, 'package-lock.json'), 'utf8')}\n`);
    assert.deepEqual(await setUp({ root, log: quiet }), { installed: true, built: true });
  });

  it('notices that node_modules or dist was deleted', async () => {
    await setUp({ root, log: quiet });
    rmSync(join(root, 'node_modules'), { recursive: true });
    assert.deepEqual(await setUp({ root, log: quiet }), { installed: true, built: false });
    rmSync(join(root, 'dist'), { recursive: true });
    assert.deepEqual(await setUp({ root, log: quiet }), { installed: false, built: true });
  });

  it('tells what the build printed when it fails, and builds again the next time', async () => {
    write('broken', '');
    await assert.rejects(setUp({ root, log: quiet }), /src\/a\.ts: broken[\s\S]*building failed/);
    rmSync(join(root, 'broken'));
    assert.deepEqual(await setUp({ root, log: quiet }), { installed: false, built: true });
  });

  it('builds once when several processes start at the same moment', async () => {
    const program = `
      import { setUp } from ${JSON.stringify(new URL('set-up.mjs', scripts).href)};
      await setUp({ root: ${JSON.stringify(root)}, log() {} });
    `;
    const codes = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
          stdio: 'inherit',
        });
        return new Promise((resolve) => child.once('exit', resolve));
      }),
    );
    assert.deepEqual(codes, [0, 0, 0, 0]);
    assert.equal(builds(), 1);
  });

  it('refuses a Node that is too old or lies in the gap of engines.node, and says which there are', () => {
    const range = '^20.19.0 || >=22.12.0';
    for (const version of ['18.20.0', '20.18.3'])
      assert.throws(() => checkNodeVersion(version, range), {
        message: new RegExp(
          `^Curfew needs Node 20\\.19 or newer of Node 20, or 22\\.12 or newer, and this is Node ${version} \\(.*\\), which is too old\\. Install`,
        ),
      });
    for (const version of ['21.7.3', '22.0.0', '22.11.9', '21.0.0-nightly'])
      assert.throws(() => checkNodeVersion(version, range), /, which lies between them\. Install/);
    for (const version of ['20.19.0', '20.20.2', '22.12.0', '22.20.1', '23.0.0', '24.1.0', '26.0.0-nightly'])
      checkNodeVersion(version, range);
    assert.throws(() => checkNodeVersion('24.1.0', '20.x'), /engines\.node is "20\.x"/);
  });

  it('asks for a Node that everything the build needs runs on, and the lock file and the pages say the same', () => {
    const read = (path: string): string => readFileSync(new URL(`../${path}`, scripts), 'utf8');
    const json = (path: string) => JSON.parse(read(path));
    const { node } = json('package.json').engines;
    assert.equal(json('package-lock.json').packages[''].engines.node, node);
    assert.equal(json('node_modules/vite/package.json').engines.node, node);
    for (const page of ['README.md', 'CONTRIBUTING.md', 'docs/guide/operators.md'])
      assert.match(read(page), /Node 20\.19 or newer \(of Node 22, 22\.12 or newer\)/);
  });
});

describe('the lock', () => {
  it('lets one holder work at a time', async () => {
    const path = join(root, 'lock');
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 3 }, () => withLock(path, quiet, work)));
    assert.equal(most, 1);
    assert.equal(existsSync(path), false);
  });

  it('waits for a living holder, and says for whom', async () => {
    const path = join(root, 'lock');
    const lines: string[] = [];
    const order: string[] = [];
    let waiting = quiet;
    const isWaiting = new Promise<void>((resolve) => {
      waiting = resolve;
    });
    const first = withLock(path, quiet, async () => {
      await isWaiting;
      order.push('first');
    });
    const second = withLock(
      path,
      (line) => {
        lines.push(line);
        waiting();
      },
      async () => void order.push('second'),
    );
    await Promise.all([first, second]);
    assert.deepEqual(order, ['first', 'second']);
    assert.match(lines.join(), new RegExp(`process ${process.pid}\\b`));
  });

  it('is taken over from a process that died with it', async () => {
    const path = join(root, 'lock');
    writeFileSync(path, `${deadProcess()} 1\n`);
    assert.equal(await withLock(path, quiet, async () => 'done'), 'done');
  });

  it('is taken over when the number of the dead holder belongs to another process now', {
    skip: !existsSync('/proc/self/stat') && 'no /proc tells when a process started',
  }, async () => {
    const path = join(root, 'lock');
    writeFileSync(path, `${process.pid} 1\n`);
    assert.equal(await withLock(path, quiet, async () => 'done'), 'done');
  });

  it('is released when the work throws', async () => {
    const path = join(root, 'lock');
    await assert.rejects(
      withLock(path, quiet, async () => {
        throw new Error('no');
      }),
      /no/,
    );
    assert.equal(existsSync(path), false);
  });
});
