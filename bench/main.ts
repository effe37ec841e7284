import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import { machineFacts } from './machine.ts';
import type { Measurement } from './measurement.ts';
import { printedRow, type RowResult, resultsPage } from './results-page.ts';
import type { BenchContext, Row } from './row.ts';
import { rows } from './rows/table.ts';
import { benchDirectory, openCache, projectRoot } from './session-cache.ts';
import { forkPlaced, nextMessage, stopped } from './started-process.ts';

/**
 * `npm run bench -- [--quick] [--sessions N] [--results FILE] [name ...]`: measures the numbers to reach, all of them or the
 * rows named, with so many sessions in the full store. A complete run at full size writes `bench/RESULTS.md`.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    sessions: { type: 'string' },
    results: { type: 'string' },
  },
});
process.exitCode = await main(positionals, {
  isQuick: values.quick,
  results: values.results,
  sessions: values.sessions,
});

async function main(
  names: readonly string[],
  {
    isQuick,
    results,
    sessions,
  }: { isQuick: boolean; results: string | undefined; sessions: string | undefined },
): Promise<number> {
  const unknown = names.filter((name) => !rows.some((row) => row.name === name));
  if (unknown.length > 0) {
    console.error(
      `There is no row ${unknown.join(', ')}; there are ${rows.map(({ name }) => name).join(', ')}.`,
    );
    return 1;
  }
  const size = sessions === undefined ? (isQuick ? 100_000 : 1_000_000) : Number(sessions);
  if (!Number.isInteger(size) || size < 10_000 || size % 2 !== 0) {
    console.error('--sessions takes an even number of at least 10000, such as 5000000.');
    return 1;
  }
  const chosen = rows.filter(({ name }) => names.length === 0 || names.includes(name));
  // Registering millions of sessions takes minutes, and not every row has a use for them.
  const cache = chosen.some(({ usesCache }) => usesCache !== false)
    ? await openCache(size, (text) => process.stderr.write(`\r${text} `))
    : { directory: '', builtAt: 0, bytes: 0 };
  const shown: RowResult[] = [];
  for (const row of chosen) {
    const result = await runRow(row, { size, isQuick, cache });
    console.log(`\n${printedRow(result)}`);
    shown.push(result);
  }
  const isComplete = names.length === 0 && !isQuick && sessions === undefined;
  const file = results ?? (isComplete ? join(projectRoot(), 'bench', 'RESULTS.md') : undefined);
  if (file !== undefined) {
    const facts = machineFacts(await engine());
    writeFileSync(file, resultsPage(facts, shown, new Date().toISOString().slice(0, 10)));
    console.log(`\nwritten to ${file}`);
  }
  const isMet = shown.every(
    ({ measurements, failure }) =>
      failure === undefined && measurements.every(({ isMet: met }) => met !== false),
  );
  // A bar missed is a result and no error; a row that could not be measured is one.
  if (!isMet) console.log('\nNot every bar is met.');
  return shown.some(({ failure }) => failure !== undefined) ? 1 : 0;
}

async function runRow(row: Row, rest: Omit<BenchContext, 'directory'>): Promise<RowResult> {
  mkdirSync(benchDirectory(), { recursive: true });
  const directory = mkdtempSync(join(benchDirectory(), `${row.name}-`));
  const context: BenchContext = { ...rest, directory };
  const child = forkPlaced(row.isLoad ? 'load core' : 'anywhere', './row-process', [
    row.name,
    JSON.stringify(context),
  ]);
  try {
    const measurements = (await nextMessage(child)) as Measurement[];
    return { title: row.title, measurements };
  } catch (error) {
    return { title: row.title, measurements: [], failure: (error as Error).message };
  } finally {
    await stopped(child);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What keeps the data, such as `SQLite 3.53.0`. */
async function engine(): Promise<string> {
  const directory = mkdtempSync(join(benchDirectory(), 'engine-'));
  const store = await openSqliteStore({ directory });
  await store.close();
  rmSync(directory, { recursive: true });
  return store.description.split(' in ')[0] as string;
}
