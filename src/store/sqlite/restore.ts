import { constants, existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { CurfewError } from '../../core/errors.ts';
import type { Store } from '../../session/store.ts';
import { Database } from './database.ts';
import { holdDirectory } from './hold.ts';
import { databaseFile, openSqliteStore } from './sqlite-store.ts';

export interface RestoreRequest {
  /** A copy of the database that `backup` made. */
  readonly backup: string;
  /** The folder of the data of a stopped server. */
  readonly directory: string;
  /** Put the database that is there aside, instead of refusing. */
  readonly replace: boolean;
  /** Names the folder for what was put aside, such as an instant. */
  readonly label: string;
}

/**
 * Puts a backup in the place of the data of a stopped server. `prepare` works on the restored store before it has its
 * place: whatever it throws, and whenever the process dies, the data that was there stays as it was.
 * @returns what `prepare` gave, and where the former database lies now
 * @throws CurfewError `not_found`, `data_in_use`, `conflict` when there is a database and `replace` is false
 */
export async function restoreSqlite<Result>(
  { backup, directory, replace, label }: RestoreRequest,
  prepare: (store: Store) => Promise<Result>,
): Promise<{ result: Result; movedTo: string | undefined }> {
  await demandFile(backup);
  const hold = await holdDirectory(directory);
  const staging = join(directory, `restore-${label}`);
  try {
    const hasData = existsSync(join(directory, databaseFile));
    if (hasData && !replace) {
      throw new CurfewError(
        'conflict',
        `The folder ${directory} holds data already. With --force it is put aside, in a folder beside it; nothing is deleted.`,
      );
    }
    await mkdir(staging, { mode: 0o700 });
    await copyFile(backup, join(staging, databaseFile), constants.COPYFILE_FICLONE);
    const result = await withStore(staging, prepare);
    await foldLog(join(staging, databaseFile));
    const movedTo = hasData ? await putAside(directory, label) : undefined;
    await rename(join(staging, databaseFile), join(directory, databaseFile));
    await syncPath(directory);
    return { result, movedTo };
  } finally {
    await rm(staging, { recursive: true, force: true });
    hold.release();
  }
}

/**
 * Opens the data of a stopped server, or a copy of a backup file, for as long as `work` takes. A backup file itself is
 * not touched.
 * @throws CurfewError `not_found`, `data_in_use`, `store_unavailable`
 */
export async function withSqliteData<Result>(
  path: string,
  work: (store: Store) => Promise<Result>,
): Promise<Result> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) {
    const copy = await mkdtemp(join(tmpdir(), 'curfew-'));
    try {
      await copyFile(path, join(copy, databaseFile), constants.COPYFILE_FICLONE);
      return await withStore(copy, work);
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  }
  // Opening would make a new and empty store, which verifies well and says nothing.
  if (!existsSync(join(path, databaseFile))) {
    throw new CurfewError(
      'not_found',
      `There is no ${databaseFile} in ${path}; name the data folder of a server, or a backup file.`,
    );
  }
  return withStore(path, work);
}

async function withStore<Result>(
  directory: string,
  work: (store: Store) => Promise<Result>,
): Promise<Result> {
  const store = await openSqliteStore({ directory, evenIfMoved: true });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Puts everything into the one file that takes the place; what was left in the log, such as the cut, would be lost. */
async function foldLog(path: string): Promise<void> {
  const db = await Database.open(path, { cacheKiB: 1024 });
  const folded = db.get('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  const log = await stat(`${path}-wal`).catch(() => undefined);
  if (folded?.busy === 0 && (log === undefined || log.size === 0)) return syncPath(path);
  throw new CurfewError(
    'store_unavailable',
    'The restored database could not be written as a whole; nothing was changed.',
  );
}

/** Moves the database with what belongs to it; certificates and backups in the same folder stay. */
async function putAside(directory: string, label: string): Promise<string> {
  const aside = join(directory, `replaced-${label}`);
  await mkdir(aside, { mode: 0o700 });
  const names = (await readdir(directory)).filter((name) => name.startsWith(databaseFile));
  // The database goes first. Left without its write-ahead log it would lose commits, and with them terminations; the log
  // alone is dropped by the engine when a new database is made.
  for (const name of names.sort()) await rename(join(directory, name), join(aside, basename(name)));
  return aside;
}

async function demandFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return;
  throw new CurfewError(
    'not_found',
    `There is no backup file ${path}; "curfew backup" prints where it wrote one.`,
  );
}

/** Waits until a file, or the names in a folder, are on disk. */
async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
