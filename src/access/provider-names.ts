import { CurfewError } from '../core/errors.ts';
import type { RecordStore, RecordWrite } from '../session/store.ts';

/** Two nodes that name providers, or say which is in use, at the same time both write this record, so that one of them is refused. */
const rosterId = 'providers';
/** Who is late has been overtaken by a change of somebody else, and there are seldom more of them at once. */
export const mostAttempts = 10;

/**
 * Runs a change that is decided by what other providers there are: that no other has a name, or that no other is in use. The change writes the
 * record it is given together with its own, in one transaction; when anybody was faster, all is read and decided anew.
 * @param reload reads the providers anew; it runs after the record was read, so that nothing can come in between unseen
 * @param attempts after how many times of being late it is given up
 * @throws CurfewError `changed_meanwhile` when others are faster again and again, and what the change throws
 */
export async function decidingAmongProviders<T>(
  store: Pick<RecordStore, 'record'>,
  reload: () => Promise<unknown>,
  change: (claim: RecordWrite) => Promise<T>,
  attempts = mostAttempts,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const found = await store.record('counter', rosterId);
    await reload();
    try {
      return await change({ kind: 'counter', id: rosterId, body: {}, ifVersion: found?.version ?? 0 });
    } catch (error) {
      const isLate = error instanceof CurfewError && error.code === 'changed_meanwhile';
      if (!isLate || attempt >= attempts) throw error;
    }
  }
}
