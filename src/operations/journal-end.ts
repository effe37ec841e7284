import type { JournalEntry, Store } from '../session/store.ts';

const sliceSize = 500;
/** How many entries are looked through for a caller who may see only some of them. */
const mostScanned = 10_000;

/** The last entries of the journal that somebody may see, the newest first. */
export async function lastEntries(
  store: Pick<Store, 'journal'>,
  maySee: (entry: JournalEntry) => boolean,
  limit: number,
): Promise<JournalEntry[]> {
  const found: JournalEntry[] = [];
  let before = (await lastNumber(store)) + 1;
  for (let scanned = 0; scanned < mostScanned && before > 1 && found.length < limit; scanned += sliceSize) {
    const after = Math.max(0, before - 1 - sliceSize);
    const slice = (await store.journal(after, sliceSize)).filter(({ seq }) => seq < before);
    found.push(...slice.filter(maySee).reverse());
    before = after + 1;
  }
  return found.slice(0, limit);
}

/** The number of the last entry, found by doubling and halving: numbers have no gap. */
async function lastNumber(store: Pick<Store, 'journal'>): Promise<number> {
  const isBehind = async (number: number): Promise<boolean> => (await store.journal(number, 1)).length === 0;
  let behind = 1;
  while (!(await isBehind(behind))) behind *= 2;
  let before = Math.floor(behind / 2);
  while (behind - before > 1) {
    const middle = Math.floor((before + behind) / 2);
    if (await isBehind(middle)) behind = middle;
    else before = middle;
  }
  return (await isBehind(before)) ? before : behind;
}
