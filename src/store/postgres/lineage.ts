import { CurfewError } from '../../core/errors.ts';
import type { LedgerEntry } from '../../session/store.ts';
import type { Ask } from './connection.ts';
import { statement } from './statement.ts';

type Known = Pick<LedgerEntry, 'seq' | 'hash'>;

/**
 * Which history of the database this node has followed. A server that takes over from another goes on with a history of its
 * own. One that was replaced may come back and not know it, and one that took over without every commit, or was restored,
 * gives numbers a second time that this node has seen already: neither may be asked, or a cut would be passed over.
 */
export class Lineage {
  readonly #where: string;
  #newest: Known = { seq: 0, hash: '' };
  #timeline = 0;

  constructor(where: string) {
    this.#where = where;
  }

  /** Takes note of entries that this node judges by. */
  note(entries: readonly Known[]): void {
    for (const { seq, hash } of entries) if (seq > this.#newest.seq) this.#newest = { seq, hash };
  }

  /** To be asked of every new connection. @throws CurfewError `store_unavailable` when it leads to another history */
  async admit(ask: Ask): Promise<void> {
    const timeline = await timelineOf(ask);
    if (timeline > 0 && timeline < this.#timeline) {
      throw new CurfewError(
        'store_unavailable',
        `A server of ${this.#where} was replaced by another (timeline ${timeline}, and ${this.#timeline} was seen already), and does not know it; make it a standby.`,
      );
    }
    const { seq, hash } = this.#newest;
    if (seq > 0) {
      const [row] = await ask(
        statement((p) => `SELECT hash FROM curfew.revocation WHERE seq = ${p.add(seq, 'bigint')}`),
      );
      if (row?.[0] !== hash) {
        throw new CurfewError(
          'store_unavailable',
          `The ledger in ${this.#where} is not the one this server knows: entry ${seq} is ${row === undefined ? 'missing' : 'another'} there. The database was restored, or a standby took over that lacked it. Look at what was lost ("curfew ledger verify" with an anchor), then start this server anew.`,
        );
      }
    }
    this.#timeline = Math.max(this.#timeline, timeline);
  }
}

/** The number of the history that a server writes; 0 where it does not say. */
async function timelineOf(ask: Ask): Promise<number> {
  try {
    const [row] = await ask({ text: 'SELECT pg_walfile_name(pg_current_wal_lsn())', values: [] });
    return Number.parseInt(String(row?.[0]).slice(0, 8), 16) || 0;
  } catch {
    // Some services that speak as PostgreSQL does keep no log of this kind.
    return 0;
  }
}
