import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { launchChromium, openContext } from '../support/chromium.ts';
import { freePort } from '../support/ports.ts';
import { projectRoot } from '../support/project-root.ts';
import { realPart, skipWithout } from '../support/real-parts.ts';
import { saying } from '../support/spoken-process.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { exampleSettings } from './example.ts';
import { type BrowserStep, stable, tourBlocks } from './readme-tour.ts';

const isSource = import.meta.url.endsWith('.ts');
const skip = isSource
  ? 'the tour runs what was built: npm test -- readme-tour'
  : skipWithout('nginx', 'curl', 'bash', 'chromium');

test('the five minutes of the README work as they are written', { skip }, async (t) => {
  const folder = makeTemporaryDirectory();
  t.after(() => folder.remove());
  const port = await freePort();
  const settings = join(folder.path, 'forward-auth.yaml');
  writeFileSync(settings, await exampleSettings(port));
  // Only the ports and the folder of the data are others, so that the test gets in nobody's way.
  const places: Record<string, string> = {
    '2200': String(await freePort()),
    '8080': String(port),
    'data/tour': join(folder.path, 'data'),
    'examples/forward-auth.yaml': settings,
  };
  const blocks = tourBlocks(readFileSync(join(projectRoot, 'README.md'), 'utf8')).map((block) => ({
    ...block,
    commands: block.commands.replaceAll(
      /\b2200\b|\b8080\b|data\/tour|examples\/forward-auth\.yaml/g,
      (text) => places[text] ?? text,
    ),
  }));
  assert.equal(blocks.filter(({ until }) => until !== undefined).length, 2);
  assert.equal(blocks.filter(({ browser }) => browser !== undefined).length, 2);
  assert.ok(blocks.filter(({ output }) => output !== undefined).length >= 5);
  for (const { commands, until } of blocks) {
    if (until === undefined) continue;
    const running = start('-c', commands);
    t.after(() => stopGroup(running));
    await saying(running, until);
  }
  const shell = new Shell();
  t.after(() => stopGroup(shell.process));
  const browser = await launchChromium();
  t.after(() => browser.close());
  const page = await (await openContext(browser)).newPage();
  const place = `http://app.curfew.localhost:${port}/`;
  for (const { commands, until, output, browser: step } of blocks) {
    if (step !== undefined) await walk(page, place, step);
    else if (until === undefined) {
      const printed = await shell.run(commands);
      if (output !== undefined) assert.deepEqual(stable(printed), stable(output), commands);
    }
  }
});

/** Does in a real browser what the page tells its reader to do. */
async function walk(page: Page, place: string, step: BrowserStep): Promise<void> {
  await page.goto(place);
  assert.equal(new URL(page.url()).pathname, '/sign-in');
  if (step.does === 'reloads') return;
  await page.getByLabel('Username').fill(step.username);
  await page.getByLabel('Password').fill(step.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(place);
  assert.ok((await page.textContent('body'))?.includes(step.sees));
}

/** Starts a shell, in a process group of its own, as a terminal would. */
function start(...args: readonly string[]): ChildProcess {
  return spawn(realPart('bash').path, args, {
    cwd: projectRoot,
    detached: true,
    env: bareEnvironment(),
    stdio: ['pipe', 'pipe', 'pipe'],
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

/** One shell for all blocks, which keeps variables and functions between them. */
class Shell {
  readonly process = start('-e', '-s');
  #printed = '';
  #errors = '';
  #heard: () => void = () => {};

  constructor() {
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text;
      this.#heard();
    });
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
  }

  /** Runs commands; gives what they printed. */
  async run(commands: string): Promise<string> {
    const mark = `--- end of a block ${randomUUID()} ---`;
    this.#printed = '';
    const ended = new Promise<void>((resolve, reject) => {
      this.#heard = () => {
        if (this.#printed.includes(mark)) resolve();
      };
      this.process.once('close', (code) =>
        reject(new Error(`the shell ended with ${code} in ${commands}: ${this.#printed}\n${this.#errors}`)),
      );
    });
    // The commands come by the shell's own input, which none of them may read.
    this.process.stdin?.write(`{\n${commands}\n} </dev/null\necho; echo '${mark}'\n`);
    await ended;
    return this.#printed.replace(mark, '');
  }
}
