import { join } from 'node:path';
import type { Config } from './config.ts';
import type { Log } from './core/log.ts';
import { type Sealer, sealerOfFile, sealerOfKey } from './core/sealing.ts';
import type { Store } from './session/store.ts';
import { openPostgresStore } from './store/postgres/postgres-store.ts';
import { makeFolder } from './store/sqlite/hold.ts';
import { holdForWorkers, openSqliteStore } from './store/sqlite/sqlite-store.ts';

/** Whether the data lies in a database that other servers may use at the same time. */
export function isDatabase({ store }: Pick<Config, 'store'>): boolean {
  return store !== 'sqlite';
}

/**
 * Opens the store that the settings name.
 * @param worker the number of this process where several of one machine share the data
 * @throws CurfewError `data_in_use`, `store_unavailable`, `store_full`
 */
export function openStore(
  { store, data }: Pick<Config, 'store' | 'data'>,
  { log, worker }: { log: Log; worker: number | undefined },
): Promise<Store> {
  if (store !== 'sqlite') return openPostgresStore({ url: store });
  return openSqliteStore({
    directory: data,
    isShared: worker !== undefined,
    onFailure: (error) =>
      log.error({ err: error }, 'the store has failed; nothing passes until the server is restarted'),
  });
}

/**
 * Takes the data for the workers of this machine. A database is nobody's alone, so there is nothing to take.
 * @throws CurfewError `data_in_use`, `store_unavailable`
 */
export async function holdStore(
  config: Pick<Config, 'store' | 'data'>,
): Promise<{ release(): Promise<void> }> {
  return isDatabase(config) ? { release: async () => {} } : holdForWorkers(config.data);
}

/** The sealer of the key that was given, or else of the one in the data folder. @throws CurfewError `config_invalid` */
export function sealerOf({ secretKey, data }: Pick<Config, 'secretKey' | 'data'>): Sealer {
  if (secretKey !== undefined) return sealerOfKey(secretKey);
  makeFolder(data);
  return sealerOfFile(join(data, 'secret.key'));
}
