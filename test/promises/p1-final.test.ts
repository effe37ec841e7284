import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LedgerEntry } from '../../src/session/store.ts';
import { type Random, randomFrom, withSeed } from '../support/seed.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { atEnd } from './at-end.ts';
import { type CrashLine, CrashModel, type CrashOrder } from './crash-model.ts';

const isSource = import.meta.url.endsWith('.ts');
const harness = fileURLToPath(new URL(`./crash-harness.${isSource ? 'ts' : 'js'}`, import.meta.url));
const rounds = Number(process.env.CURFEW_TEST_ROUNDS ?? 240);
/** Two at a time: while one starts, the other works. */
const chains = 2;
/** A slow machine does fewer rounds rather than none to the end, unless it was asked for so many. */
const enoughAfterMs = process.env.CURFEW_TEST_ROUNDS === undefined ? 75_000 : Number.POSITIVE_INFINITY;

it(`P1: nothing acknowledged is lost or undone by kill -9, whenever it comes`, {
  timeout: 200_000,
}, async (t) => {
  await withSeed(async (random, seed) => {
    t.diagnostic(`CURFEW_SEED=${seed}`);
    const started = performance.now();
    const seeds = Array.from({ length: chains }, () => random.below(2 ** 31));
    const done = await Promise.all(
      seeds.map((own) =>
        chainOfCrashes(t, randomFrom(own), () => performance.now() - started < enoughAfterMs),
      ),
    );
    t.diagnostic(`${done.map((one) => one.rounds).reduce((a, b) => a + b)} kills`);
    t.diagnostic(`${done.map((one) => one.revocations).reduce((a, b) => a + b)} revocations in the ledgers`);
  });
});

/** Starts, kills and looks, again and again, on the same data. */
async function chainOfCrashes(
  t: TestContext,
  random: Random,
  goOn: () => boolean,
): Promise<{ rounds: number; revocations: number }> {
  const folder = makeTemporaryDirectory();
  atEnd(t, () => folder.remove());
  const model = new CrashModel();
  let done = 0;
  while (done < rounds / chains && goOn()) {
    await crash(folder.path, model, random);
    done += 1;
  }
  assert.ok(done > 0);
  return { rounds: done, revocations: model.revocations };
}

/** Kills when the file has grown to a size: on a slow machine later, but in the midst of as much work. */
function killAt(size: number, path: string, kill: () => boolean): void {
  const timer = setInterval(() => {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < size || !kill()) return;
    clearInterval(timer);
  }, 1);
}

/** One round: start, see what is there, load, kill, read what was acknowledged. */
async function crash(folder: string, model: CrashModel, random: Random): Promise<void> {
  const log = join(folder, 'acknowledged');
  const orderFile = join(folder, 'order');
  rmSync(log, { force: true });
  const order: CrashOrder = {
    data: join(folder, 'data'),
    log,
    seed: random.below(2 ** 31),
    known: model.known,
    ledgerAfter: model.revocations,
    anchor: model.anchor,
  };
  writeFileSync(orderFile, JSON.stringify(order));
  const loader = isSource ? ['--import', 'tsx'] : [];
  const child = spawn(process.execPath, [...loader, harness, orderFile], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const kill = (): boolean => child.kill('SIGKILL');
  let told = '';
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint += text.toString();
  });
  // Some die while they start, most of them under load, some way into what they acknowledge.
  const early = random.oneIn(12) ? setTimeout(kill, random.below(600)) : undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
    if (told.endsWith('\n') && early === undefined) killAt(random.below(80_000), log, kill);
  });
  const [code, signal] = (await closed) as [number | null, string | null];
  clearTimeout(early);
  if (signal !== 'SIGKILL') assert.fail(`the process ended by itself with ${code}: ${complaint}`);
  if (told.endsWith('\n')) {
    const opened = JSON.parse(told) as { live: number[]; broken: unknown; ledger: LedgerEntry[] };
    assert.equal(opened.broken, null);
    model.learn(opened.ledger);
    model.judge(opened.live);
  }
  if (!existsSync(log)) return;
  const lines = readFileSync(log, 'utf8').split('\n');
  // The last line may be cut short by the kill; whoever waited for it never got it.
  for (const line of lines.slice(0, -1)) model.note(JSON.parse(line) as CrashLine);
}
