import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Access } from '../../src/access/access.ts';
import type { ProviderCertificates } from '../../src/access/provider-certificates.ts';
import type { Clock } from '../../src/core/clock.ts';
import { Registry } from '../../src/session/registry.ts';
import type { Store } from '../../src/session/store.ts';
import type { ConfiguredProvider } from '../../src/sign-in/provider-settings.ts';
import type { SignIn } from '../../src/sign-in/sign-in.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { holdDirectory } from '../../src/store/sqlite/hold.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { openAccessAndSignIn } from './opened-access.ts';
import { skipWithoutPostgres } from './postgres.ts';
import type { postgresStores } from './postgres-store.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

/** One of several processes on one store, with connections and memory of its own. */
export interface AccessNode {
  readonly store: Store;
  readonly registry: Registry;
  readonly access: Access;
  readonly signIn: SignIn;
  readonly certificates: ProviderCertificates;
}

/** Makes stores on the same new data, each as a process of its own would have it. */
export interface SharedData {
  open(): Promise<Store>;
}

/** What makes data that several processes share, by the name of the engine; `skip` where it is not here. */
export function sharedData(postgres: ReturnType<typeof postgresStores>): {
  readonly engine: string;
  readonly skip: string | false;
  make(t: TestContext): Promise<SharedData>;
}[] {
  return [
    { engine: 'one SQLite', skip: false, make: onSqlite },
    {
      engine: 'one PostgreSQL',
      skip: skipWithoutPostgres(),
      async make(t) {
        const url = await (await postgres.server()).createDatabase();
        return { open: () => closedWith(t, openPostgresStore({ url })) };
      },
    },
  ];
}

async function onSqlite(t: TestContext): Promise<SharedData> {
  const temporary = makeTemporaryDirectory();
  const directory = join(temporary.path, 'data');
  const hold = await holdDirectory(directory);
  const opened: Store[] = [];
  t.after(async () => {
    for (const store of opened) await store.close();
    hold.release();
    temporary.remove();
  });
  return {
    async open() {
      const store = await openSqliteStore({ directory, isShared: true });
      opened.push(store);
      return store;
    },
  };
}

async function closedWith<One extends Store>(t: TestContext, opening: Promise<One>): Promise<One> {
  const store = await opening;
  t.after(() => store.close());
  return store;
}

/** Opens a node on a store that is open. */
export async function openNode(
  t: TestContext,
  store: Store,
  clock: Clock,
  configured: readonly ConfiguredProvider[] = [],
): Promise<AccessNode> {
  const folder = makeTemporaryDirectory();
  t.after(() => folder.remove());
  const registry = await Registry.open({ store, clock, isShared: true });
  const directory = folder.path;
  const parts = await openAccessAndSignIn(t, { store, clock, registry, directory, configured });
  registry.whenRecordsChange(() => parts.signIn.providers.load());
  return { store, registry, ...parts };
}
