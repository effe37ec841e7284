import { basename } from 'node:path';
import type { Clock } from './core/clock.ts';
import { isPostgresUrl } from './core/database-url.ts';
import { CurfewError } from './core/errors.ts';
import { type Anchor, type ChainReport, verifyJournal, verifyLedger } from './session/chain.ts';
import type { Movable } from './session/facts.ts';
import { type MoveOptions, type MoveReport, moveStore } from './session/moving.ts';
import { Registry } from './session/registry.ts';
import type { LedgerHead, Origin } from './session/revocation.ts';
import type { Store } from './session/store.ts';
import { openMovablePostgres } from './store/postgres/movable.ts';
import { openPostgresStore } from './store/postgres/postgres-store.ts';
import { openMovableSqlite } from './store/sqlite/movable.ts';
import { restoreSqlite, withSqliteData } from './store/sqlite/restore.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';

/** Work on the data of a stopped server. Beside `server.ts` the only place that names a concrete store. */

/** What the walk along both chains found. */
export interface Verification {
  readonly ledger: ChainReport;
  readonly journal: ChainReport;
}

/**
 * Verifies ledger and journal of a data folder, a backup file, or a PostgreSQL database, which may be in use.
 * @throws CurfewError `not_found`, `data_in_use`, `store_unavailable`
 */
export function verifyData(path: string, anchor?: Anchor): Promise<Verification> {
  const verify = (store: Store): Promise<Verification> => verifyChains(store, anchor);
  return isPostgresUrl(path) ? withPostgresData(path, verify) : withSqliteData(path, verify);
}

export interface Restore {
  /** The backup file. */
  readonly backup: string;
  /** The data folder. */
  readonly directory: string;
  /** Put data that is there aside. */
  readonly replace: boolean;
  /** Leave the sessions of the backup alive, which undoes every termination made after it. */
  readonly keepSessions: boolean;
  readonly clock: Clock;
}

export interface Restored {
  /** Where the former data lies, when there was some. */
  readonly movedTo: string | undefined;
  /** How many sessions of the backup ended. */
  readonly ended: number;
  readonly head: LedgerHead;
}

/** The form of a file name: no colon, which some file systems refuse. */
function labelOf(now: number): string {
  return new Date(now).toISOString().replaceAll(/[:.]/g, '-');
}

const byRestore: Origin = { by: { kind: 'system', id: 'restore', name: 'restore' }, face: 'cli' };

/**
 * Puts a backup in the place of a stopped server's data. A termination made after the backup is not in it, so unless told
 * otherwise every session of the backup is ended by one revocation before it takes its place (P1).
 * @throws CurfewError `not_found`, `data_in_use`, `conflict`, `ledger_broken` for a backup that was tampered with
 */
export async function restoreBackup({
  backup,
  directory,
  replace,
  keepSessions,
  clock,
}: Restore): Promise<Restored> {
  const label = labelOf(clock.now());
  const { result, movedTo } = await restoreSqlite({ backup, directory, replace, label }, async (store) => {
    await demandIntact(store, backup);
    const reason = `restored from backup ${basename(backup)}`;
    const ended = keepSessions ? 0 : await endAll(store, reason, byRestore, clock);
    return { ended, head: await store.head() };
  });
  return { ...result, movedTo };
}

async function withPostgresData<Result>(
  url: string,
  work: (store: Store) => Promise<Result>,
): Promise<Result> {
  const store = await openPostgresStore({ url });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function endAll(store: Store, reason: string, origin: Origin, clock: Clock): Promise<number> {
  const registry = await Registry.open({ store, clock });
  const { revocation } = await registry.terminate({ selector: { all: true }, reason, origin });
  await registry.close();
  return revocation.matched;
}

async function demandIntact(store: Store, backup: string): Promise<void> {
  const { ledger, journal } = await verifyChains(store);
  const broken = ledger.broken ?? journal.broken;
  if (broken === undefined) return;
  throw new CurfewError(
    'ledger_broken',
    `The backup ${backup} does not verify at entry ${broken.seq}: ${broken.problem}. Nothing was changed; take an older backup.`,
  );
}

async function verifyChains(store: Store, anchor?: Anchor): Promise<Verification> {
  const head = await store.head();
  const ledger = await verifyLedger((after, limit) => store.revocations({ after, limit }), { head, anchor });
  const journal = await verifyJournal((after, limit) => store.journal(after, limit));
  return { ledger, journal };
}

/** Where a store is: `sqlite:DIR`, or `postgres://...`. */
export interface Move extends Pick<MoveOptions, 'clock' | 'startOver' | 'progress'> {
  readonly from: string;
  readonly to: string;
}

/**
 * Moves everything from one store to another, while no server runs on either; see `moveStore`.
 * @throws CurfewError as `moveStore`; `data_in_use`, `not_found`, `invalid_input` for what is no store
 */
export async function moveData({ from, to, ...options }: Move): Promise<MoveReport> {
  if (from === to) throw new CurfewError('invalid_input', 'Both stores are the same; name another as --to.');
  const source = await openMovable(from, 'source');
  try {
    const target = await openMovable(to, 'target');
    try {
      return await moveStore({ source, target, ...options });
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

const byReopening: Origin = {
  by: { kind: 'system', id: 'migrate-store', name: 'migrate-store' },
  face: 'cli',
};

/**
 * Lets servers start again on a store whose data has moved. Terminations made in the other store since are not in it, so
 * every session in it is ended before (P1).
 * @returns how many sessions ended
 * @throws CurfewError `conflict` when it has not moved; `data_in_use`, `not_found`, `store_unavailable`
 */
export async function reopenData(from: string, clock: Clock): Promise<number> {
  const isMoved = await withMovable(from, async (store) => (await store.note())?.state === 'moved');
  if (!isMoved)
    throw new CurfewError('conflict', `The data has not moved elsewhere, so there is nothing to undo.`);
  const store = isPostgresUrl(from)
    ? await openPostgresStore({ url: from, evenIfMoved: true })
    : await openSqliteStore({ directory: folderOf(from), evenIfMoved: true });
  let ended: number;
  try {
    ended = await endAll(store, 'taken into use again after its data had moved', byReopening, clock);
  } finally {
    await store.close();
  }
  await withMovable(from, (movable) => movable.setNote(undefined));
  return ended;
}

async function withMovable<Result>(
  place: string,
  work: (store: Movable) => Promise<Result>,
): Promise<Result> {
  const store = await openMovable(place, 'source');
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function openMovable(place: string, part: 'source' | 'target'): Promise<Movable> {
  return isPostgresUrl(place) ? openMovablePostgres(place) : openMovableSqlite(folderOf(place), part);
}

/** @throws CurfewError `invalid_input`; what was given is not repeated, since it may hold a password */
function folderOf(place: string): string {
  const directory = place.startsWith('sqlite:') ? place.slice('sqlite:'.length) : undefined;
  if (directory !== undefined && directory !== '') return directory;
  throw new CurfewError(
    'invalid_input',
    'A store is named as sqlite:DIR or postgres://USER:PASSWORD@HOST/DATABASE.',
  );
}
