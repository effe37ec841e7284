import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../support/ports.ts';
import { projectRoot } from '../support/project-root.ts';
import { realPart, skipWithout } from '../support/real-parts.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { stable, type TourBlock, tourBlocks } from './readme-tour.ts';

const isSource = import.meta.url.endsWith('.ts');
const skip = isSource
  ? 'the tour runs what was built: npm test -- readme-tour'
  : skipWithout('nginx', 'curl', 'bash');

test('the five minutes of the README work as they are written', { skip }, async (t) => {
  const folder = makeTemporaryDirectory();
  t.after(() => folder.remove());
  // Only the ports and the folder of the data are others, so that the test gets in nobody's way.
  const places: Record<string, string> = {
    '2200': String(await freePort()),
    '8080': String(await freePort()),
    'data/tour': join(folder.path, 'data'),
  };
  const blocks = tourBlocks(readFileSync(join(projectRoot, 'README.md'), 'utf8')).map((block) => ({
    ...block,
    commands: block.commands.replaceAll(/\b2200\b|\b8080\b|data\/tour/g, (text) => places[text] ?? text),
  }));
  assert.equal(blocks.filter(({ until }) => until !== undefined).length, 2);
  for (const { commands, until } of blocks) {
    if (until === undefined) continue;
    const running = start(commands);
    t.after(() => stopGroup(running));
    await saying(running, until);
  }
  const toRun = blocks.filter(({ until }) => until === undefined);
  const outputs = await runInOneShell(toRun);
  assert.ok(toRun.filter(({ output }) => output !== undefined).length >= 5);
  for (const [index, { commands, output }] of toRun.entries()) {
    if (output === undefined) continue;
    assert.deepEqual(stable(outputs[index] ?? ''), stable(output), commands);
  }
});

/** Starts commands in a shell, in a process group of its own, as a terminal would. */
function start(commands: string): ChildProcess {
  return spawn(realPart('bash').path, ['-c', commands], {
    cwd: projectRoot,
    detached: true,
    env: bareEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The environment of whoever runs the tests, without settings of Curfew. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('CURFEW_') && name !== 'NODE_TEST_CONTEXT',
  );
  return Object.fromEntries(kept);
}

async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  process.kill(-child.pid, 'SIGTERM');
  await closed;
}

function saying(child: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (text: Buffer) => {
      said += text.toString();
      if (said.includes(words)) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('close', (code) =>
      reject(new Error(`it ended with ${code} before saying "${words}": ${said}`)),
    );
  });
}

/** Runs blocks one after the other in one shell, which keeps variables and functions; gives what each printed. */
async function runInOneShell(blocks: readonly TourBlock[]): Promise<string[]> {
  const mark = '--- end of a block ---';
  const script = blocks.map(({ commands }) => `${commands}\necho; echo '${mark}'`).join('\n');
  const child = start(`set -e\n${script}`);
  let output = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(code, 0, `${output}\n${errors}`);
  return output.split(mark);
}
