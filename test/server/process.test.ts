import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/ports.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const isSource = import.meta.url.endsWith('.ts');
const main = fileURLToPath(new URL(`../../src/main.${isSource ? 'ts' : 'js'}`, import.meta.url));
const loader = isSource
  ? ['--import', fileURLToPath(new URL('../../scripts/from-source.mjs', import.meta.url))]
  : [];

interface Started {
  readonly child: ChildProcess;
  readonly said: { out: string; err: string };
  readonly code: Promise<number | null>;
}

function start(t: TestContext, args: readonly string[], env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [...loader, main, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  t.after(() => child.kill('SIGKILL'));
  return { child, said, code: once(child, 'close').then(([code]) => code as number | null) };
}

/** Waits until it says something, or ends. */
async function until({ child, said, code }: Started, expected: RegExp): Promise<void> {
  while (!expected.test(said.out)) {
    const ended = await Promise.race([
      code,
      once(child.stdout as NodeJS.ReadableStream, 'data').then(() => 'more'),
    ]);
    assert.equal(ended, 'more', said.err);
  }
}

async function freshFlags(t: TestContext): Promise<string[]> {
  const folder = makeTemporaryDirectory();
  t.after(() => folder.remove());
  return ['--data', folder.path, '--port', String(await freePort())];
}

test('the first start shows the address, the password once, and steps that work word for word', async (t) => {
  const flags = await freshFlags(t);
  const server = start(t, flags);
  await until(server, /\/docs\n/);
  const { out } = server.said;
  const url = `http://127.0.0.1:${flags[3]}`;
  assert.ok(out.startsWith(`curfew listening on ${url}\n`), out);
  const password = /administrator admin, password (\S+)/.exec(out)?.[1] ?? '';
  const command = /^ *(curl -u .*\n.*)$/m.exec(out)?.[1] ?? '';
  const shell = spawn('sh', ['-c', `${command.replace('curl', 'curl -s')}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let answer = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  await once(shell, 'close');
  assert.match(answer, /"token":"cfs_/);
  server.child.kill('SIGTERM');
  assert.equal(await server.code, 0);
  assert.ok(!server.said.err.includes(password));
  const again = start(t, flags);
  await until(again, /\/docs\n/);
  assert.doesNotMatch(again.said.out, /password/);
  again.child.kill('SIGINT');
  assert.equal(await again.code, 0);
});

test('a second start on the same data says who holds it, and ends with its own exit code', async (t) => {
  const flags = await freshFlags(t);
  const first = start(t, flags, { CURFEW_ADMIN_PASSWORD: 'a long password' });
  await until(first, /listening/);
  const second = start(t, [...flags.slice(0, 2), '--port', String(await freePort())]);
  assert.equal(await second.code, 11);
  assert.match(second.said.err, new RegExp(`curfew: .*${first.child.pid}`));
  assert.doesNotMatch(second.said.err, /\n\s+at /);
  first.child.kill('SIGTERM');
  assert.equal(await first.code, 0);
});

test('a start that is told nonsense says what, and ends with exit code 2', async (t) => {
  for (const [args, expected] of [
    [['--prot', '1'], /curfew: .*--prot/],
    [['--port', 'many'], /curfew: --port: expected a port/],
    [['--config', '/nowhere'], /curfew: --config: \/nowhere cannot be read/],
    [['now'], /curfew: .*now/],
  ] as const) {
    const server = start(t, args);
    assert.equal(await server.code, 2);
    assert.match(server.said.err, expected);
    assert.equal(server.said.out, '');
  }
  const help = start(t, ['--help']);
  assert.equal(await help.code, 0);
  assert.match(help.said.out, /--trusted-proxies/);
});
