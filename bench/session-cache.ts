import { createHash } from 'node:crypto';
import {
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../src/core/clock.ts';
import { databaseFile, openSqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import { populationVersion, registrationAt } from './population.ts';

/** The full store, built once for each schema and kept; rows work on copies of it. */
export interface SessionCache {
  readonly directory: string;
  /** The present of its sessions, epoch milliseconds: seen from then they are all alive. */
  readonly builtAt: number;
  /** The size of the closed database. */
  readonly bytes: number;
}

/** Where full stores are kept: below CURFEW_BENCH_DIR, else the temporary folder of the system. It should lie on a real disk. */
export function benchDirectory(): string {
  return process.env.CURFEW_BENCH_DIR ?? join(tmpdir(), 'curfew-bench');
}

const batch = 4096;

/** The full store of so many sessions, built now if this schema's is not there yet. */
export async function openCache(size: number, progress: (text: string) => void): Promise<SessionCache> {
  const directory = join(benchDirectory(), `${size}-sessions-${schemaVersion()}`);
  if (!existsSync(directory)) await build(directory, size, progress);
  const { builtAt } = JSON.parse(readFileSync(join(directory, 'built.json'), 'utf8')) as { builtAt: number };
  return { directory, builtAt, bytes: statSync(join(directory, databaseFile)).size };
}

async function build(directory: string, size: number, progress: (text: string) => void): Promise<void> {
  const unfinished = `${directory}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const builtAt = Date.now();
  const store = await openSqliteStore({ directory: unfinished });
  for (let from = 0; from < size; from += batch) {
    const indexes = Array.from({ length: Math.min(batch, size - from) }, (_, n) => from + n);
    await Promise.all(indexes.map((index) => store.register(registrationAt(index, size, builtAt))));
    progress(`${Math.round((100 * (from + indexes.length)) / size)} % of ${size} sessions registered`);
  }
  await store.close();
  writeFileSync(join(unfinished, 'built.json'), JSON.stringify({ builtAt }));
  renameSync(unfinished, directory);
}

/** A text that changes with the migrations or the population, so that an old cache is not taken for a new one. */
function schemaVersion(): string {
  const folder = fileURLToPath(new URL('../src/store/sqlite/migrations', import.meta.url));
  const hash = createHash('sha256').update(String(populationVersion));
  for (const file of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 12);
}

/** Copies the full store into a new folder below `parent`, ready to be opened as data. */
export function copyOfCache(cache: SessionCache, parent: string, name: string): string {
  const target = join(parent, name);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  copyFileSync(join(cache.directory, databaseFile), join(target, databaseFile), constants.COPYFILE_FICLONE);
  return target;
}

/** A clock that starts at an instant of the past and runs on from there. */
export function clockFrom(instant: number): Clock {
  const started = performance.now();
  return { now: () => instant + Math.floor(performance.now() - started) };
}

/** The folder of this project. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
