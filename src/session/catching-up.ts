import { CurfewError } from '../core/errors.ts';
import type { ActiveLedger } from './ledger.ts';
import type { Eventually, LedgerEntry, Store, StoreVersions } from './store.ts';

/** Reads something anew that is kept in memory from the records of the store. */
export type Reload = () => Promise<void>;

const pageSize = 1000;

/**
 * Keeps what a node holds in memory level with what the others have committed: the active ledger, and whatever is made of
 * records. Nothing is read where nothing has changed, and what many wait for is read once.
 */
export class CatchingUp {
  readonly #store: Pick<Store, 'versions' | 'revocations'>;
  readonly #ledger: ActiveLedger;
  readonly #take: (entry: LedgerEntry) => void;
  readonly #reloads: Reload[] = [];
  /** The change of records up to which everything in memory is known to be read. */
  #records = 0;
  #reading: Promise<void> | undefined;
  #reloading: Promise<void> | undefined;

  /** `take` is given the entries that are missing here, in ascending order. */
  constructor(
    store: Pick<Store, 'versions' | 'revocations'>,
    ledger: ActiveLedger,
    take: (entry: LedgerEntry) => void,
  ) {
    this.#store = store;
    this.#ledger = ledger;
    this.#take = take;
  }

  /** Has something read anew when records were changed elsewhere, the first time now unless the caller has just read it. */
  whenRecordsChange(reload: Reload): void {
    this.#reloads.push(reload);
  }

  /** Says that everything in memory is read from records as of a change or later. */
  startAt(records: number): void {
    this.#records = records;
  }

  /** Sees to it that whatever was committed before this call is known here. @throws CurfewError `store_unavailable` */
  withEverything(): Eventually<void> {
    const versions = this.#store.versions();
    return versions instanceof Promise ? versions.then((found) => this.#reach(found)) : this.#reach(versions);
  }

  #reach({ head, records }: StoreVersions): Eventually<void> {
    if (head <= this.#ledger.head && records <= this.#records) return undefined;
    return Promise.all([this.withLedger(head), this.#withRecords(records)]).then(() => undefined);
  }

  /** Sees to it that the ledger up to a number is known here. @throws CurfewError `store_unavailable` */
  async withLedger(head: number): Promise<void> {
    while (this.#ledger.head < head) {
      const own = this.#reading === undefined;
      this.#reading ??= this.#readLedger().finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
      if (!own || this.#ledger.head >= head) continue;
      const message = `The ledger ends at entry ${this.#ledger.head} for this node, and entry ${head} is known to exist, so it cannot be told who is live.`;
      throw new CurfewError('store_unavailable', message);
    }
  }

  async #readLedger(): Promise<void> {
    for (;;) {
      const entries = await this.#store.revocations({ after: this.#ledger.head, limit: pageSize });
      for (const entry of entries) this.#take(entry);
      if (entries.length < pageSize) return;
    }
  }

  async #withRecords(records: number): Promise<void> {
    // What is read already may have begun too early, and then it is read once more.
    while (this.#records < records) {
      this.#reloading ??= this.#reload().finally(() => {
        this.#reloading = undefined;
      });
      await this.#reloading;
    }
  }

  async #reload(): Promise<void> {
    // Taken before anything is read: what is committed meanwhile counts as not read.
    const { records } = await this.#store.versions();
    await Promise.all(this.#reloads.map((reload) => reload()));
    this.#records = Math.max(this.#records, records);
  }
}
