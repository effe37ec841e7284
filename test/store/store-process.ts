import { CurfewError } from '../../src/core/errors.ts';
import type { Store, StoredSession } from '../../src/session/store.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { plain } from '../support/sessions.ts';

/** The data that a process is to open: a folder of SQLite, or the way to a PostgreSQL. */
export type Opening = { readonly directory: string } | { readonly url: string };

/** What a process is told: which data to open at first, then calls of the store. */
export type StoreCall = { readonly id: number; readonly name: string; readonly args: readonly unknown[] };

/** What it answers to each. */
export type StoreAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly code?: string; readonly message: string } };

/** An answer as data that can be sent: a store may give sessions as objects that read more when they are asked. */
function asData(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(asData);
  if (typeof answer !== 'object' || answer === null || Buffer.isBuffer(answer)) return answer;
  if ('accessGroups' in answer && 'number' in answer)
    return { ...plain(answer as StoredSession), number: answer.number };
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, asData(value)]));
}

/**
 * A node that can be killed: a store in a process of its own, which is called as its messages come, each without waiting for
 * the one before.
 */
if (process.send !== undefined) {
  let store: Store | undefined;
  const open = async (opening: Opening): Promise<Store> =>
    'url' in opening ? openPostgresStore(opening) : openSqliteStore(opening);
  const call = (name: string, args: readonly unknown[]): unknown => {
    if (store === undefined) throw new Error('the store is not open');
    const method: unknown = Reflect.get(store, name);
    if (typeof method !== 'function') throw new Error(`the store has no method ${name}`);
    return method.apply(store, args);
  };
  const answer = async ({ id, name, args }: StoreCall): Promise<StoreAnswer> => {
    try {
      if (name !== 'open') return { id, result: asData(await call(name, args)) };
      store = await open(args[0] as Opening);
      return { id, result: store.description };
    } catch (error) {
      const code = error instanceof CurfewError ? { code: error.code } : {};
      return { id, error: { ...code, message: error instanceof Error ? error.message : String(error) } };
    }
  };
  process.on('message', (message: StoreCall) => {
    void answer(message).then((told) => process.send?.(told));
  });
  // A test that was killed leaves nothing behind.
  process.on('disconnect', () => process.exit(0));
}
