import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CurfewError } from '../../core/errors.ts';
import { Database } from './database.ts';

/** Who holds a data folder, as it is told to whoever comes second. */
interface Holder {
  readonly pid: number;
  readonly since: string;
}

/**
 * Takes a data folder for this process. The lock is one of the operating system on a file, so a killed process never
 * leaves it behind; the name of the holder stands beside it for people.
 * @throws CurfewError `data_in_use` saying who holds it, `store_unavailable` when the folder cannot be written
 */
export async function holdDirectory(directory: string): Promise<{ release(): void }> {
  const holderFile = join(directory, 'holder.json');
  try {
    makeFolder(directory);
  } catch (error) {
    throw unwritable(directory, error);
  }
  let lock: Database | undefined;
  try {
    lock = await Database.open(join(directory, 'hold.db'), { cacheKiB: 64 });
    lock.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; PRAGMA locking_mode = EXCLUSIVE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    if (isBusy(error)) throw inUse(directory, readHolder(holderFile));
    throw unwritable(directory, error);
  }
  const held = lock;
  try {
    await demandNoWorkers(directory);
  } catch (error) {
    held.close();
    throw error;
  }
  const holder: Holder = { pid: process.pid, since: new Date().toISOString() };
  writeFileSync(holderFile, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  return {
    release() {
      rmSync(holderFile, { force: true });
      held.close();
    },
  };
}

/** The file that every worker of the holder has a shared lock on. */
const workersFile = 'workers.db';
/** How long workers may take to notice that the process that started them was killed. */
const workersLeaveMs = 3000;
const askAgainMs = 20;

/**
 * Takes part in a data folder that another process holds for this one. As long as any part is taken nobody else can hold
 * the folder, though the holder itself be killed.
 * @throws CurfewError `data_in_use` when it is being taken by somebody else, `store_unavailable`
 */
export async function joinDirectory(directory: string): Promise<{ release(): void }> {
  let lock: Database | undefined;
  try {
    lock = await Database.open(join(directory, workersFile), { cacheKiB: 64, journal: 'DELETE' });
    lock.exec('BEGIN');
    lock.get('SELECT count(*) FROM sqlite_schema');
  } catch (error) {
    lock?.close();
    throw isBusy(error) ? inUse(directory, undefined) : unwritable(directory, error);
  }
  const held = lock;
  return {
    release() {
      // Closing alone would wait for statements to be collected before it lets go.
      held.rollback();
      held.close();
    },
  };
}

/** Waits until the workers of a holder that was killed have left. @throws CurfewError `data_in_use` when they do not */
async function demandNoWorkers(directory: string): Promise<void> {
  if (!existsSync(join(directory, workersFile))) return;
  const lock = await Database.open(join(directory, workersFile), { cacheKiB: 64, journal: 'DELETE' });
  try {
    lock.exec('PRAGMA busy_timeout = 0');
    for (let waitedMs = 0; ; waitedMs += askAgainMs) {
      try {
        lock.exec('BEGIN EXCLUSIVE');
        return;
      } catch (error) {
        if (!isBusy(error)) throw unwritable(directory, error);
        if (waitedMs >= workersLeaveMs) throw inUse(directory, undefined);
      }
      await new Promise((resolve) => setTimeout(resolve, askAgainMs));
    }
  } finally {
    lock.close();
  }
}

function isBusy(error: unknown): boolean {
  return /locked|busy/i.test(String(error));
}

/**
 * Makes a folder with those above it. Node's own `recursive` never returns where the system refuses a folder below one
 * that exists, as it does below /proc.
 */
export function makeFolder(directory: string): void {
  if (existsSync(directory)) return;
  const above = dirname(resolve(directory));
  if (!existsSync(above)) makeFolder(above);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    // Somebody else made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function inUse(directory: string, holder: Holder | undefined): CurfewError {
  const who = holder === undefined ? 'another process' : `process ${holder.pid}, since ${holder.since}`;
  return new CurfewError(
    'data_in_use',
    `The data in ${directory} is in use by ${who}. Stop it first, or start with another folder: --data DIR.`,
  );
}

function unwritable(directory: string, error: unknown): CurfewError {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `The data folder ${directory} cannot be written: ${reason}. Check its owner, its permissions and the space left.`;
  return new CurfewError('store_unavailable', message, {}, { cause: error });
}
