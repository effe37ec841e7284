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
    const busy = /locked|busy/i.test(String(error));
    if (busy) throw inUse(directory, readHolder(holderFile));
    throw unwritable(directory, error);
  }
  const held = lock;
  const holder: Holder = { pid: process.pid, since: new Date().toISOString() };
  writeFileSync(holderFile, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  return {
    release() {
      rmSync(holderFile, { force: true });
      held.close();
    },
  };
}

/**
 * Makes a folder with those above it. Node's own `recursive` never returns where the system refuses a folder below one
 * that exists, as it does below /proc.
 */
function makeFolder(directory: string): void {
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
