import type { SessionStore } from '../session/store.ts';

/**
 * The epoch of a session made at an instant, however long ago: the number of the last revocation made before it. A
 * revocation of the same millisecond counts as later. The instants of the ledger never go back, so it is found by halving.
 */
export async function epochOf(
  store: Pick<SessionStore, 'head' | 'revocations'>,
  instant: number,
): Promise<number> {
  let before = 0;
  let after = (await store.head()).seq + 1;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    const [entry] = await store.revocations({ after: middle - 1, limit: 1 });
    if (entry === undefined || entry.at >= instant) after = middle;
    else before = middle;
  }
  return before;
}
