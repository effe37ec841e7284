import { emptyChainHash } from '../../session/revocation.ts';
import type { LedgerEntry } from '../../session/store.ts';
import type { Ask } from './connection.ts';
import type { Lineage } from './lineage.ts';
import { revocationColumns, revocationOfRow } from './row.ts';
import { type Statement, statement } from './statement.ts';

/** The end of the ledger as the next entry needs it. */
export interface LedgerEnd {
  readonly seq: number;
  readonly at: number;
  readonly hash: string;
}

const pageSize = 1000;
const longestTail = 10_000;

/**
 * What this node knows of the ledger: where it ends, its newest entries, and those whose sweep may not have ended. It may
 * lag behind; whoever decides by it has the database say in the same transaction that it does not. Entries never change,
 * so what is known stays true; one that was swept meanwhile names no live row any more, so to ask for it does no harm.
 */
export class LedgerView {
  #end: LedgerEnd = { seq: 0, at: 0, hash: emptyChainHash };
  /** The entries after `#tailFrom`, without a gap. */
  #tail: LedgerEntry[] = [];
  #tailFrom = 0;
  readonly #unswept = new Map<number, LedgerEntry>();
  #accessFloor = 0;
  readonly #ask: Ask;
  readonly #lineage: Lineage | undefined;
  #catchingUp: Promise<void> | undefined;

  constructor(ask: Ask, lineage?: Lineage) {
    this.#ask = ask;
    this.#lineage = lineage;
  }

  /** Reads the end of the ledger and what is unswept. */
  async open(): Promise<void> {
    const rows = await this.#ask(
      plain(
        `SELECT ${revocationColumns} FROM curfew.revocation
         WHERE swept_at IS NULL OR seq = (SELECT max(seq) FROM curfew.revocation) ORDER BY seq`,
      ),
    );
    const entries = rows.map(revocationOfRow);
    const last = entries.at(-1);
    if (last === undefined) return;
    this.#tailFrom = last.seq - 1;
    for (const entry of entries) this.#note(entry);
    this.#tail = [last];
    this.#end = last;
  }

  get end(): LedgerEnd {
    return this.#end;
  }

  get head(): number {
    return this.#end.seq;
  }

  /**
   * No access is written before this instant: it would fall under a cut of those active in a range of time that has spared
   * its session for want of it.
   */
  get accessFloor(): number {
    return this.#accessFloor;
  }

  /** The entries whose sweep may not have ended, ascending, up to a number. */
  unswept(upTo: number = this.head): LedgerEntry[] {
    return [...this.#unswept.values()].filter(({ seq }) => seq <= upTo).sort((a, b) => a.seq - b.seq);
  }

  /** The entries after a number, ascending; older ones than are in memory are read. */
  after(seq: number): LedgerEntry[] | Promise<LedgerEntry[]> {
    if (seq >= this.#tailFrom) return this.#tail.slice(seq - this.#tailFrom);
    return this.#ask(
      statement(
        (p) => `SELECT ${revocationColumns} FROM curfew.revocation
          WHERE seq > ${p.add(seq, 'bigint')} AND seq <= ${p.add(this.head, 'bigint')} ORDER BY seq`,
      ),
    ).then((rows) => rows.map(revocationOfRow));
  }

  /** Takes in the next entry. One that is known changes nothing, and one that does not follow is left for catching up. */
  apply(entry: LedgerEntry): void {
    if (entry.seq !== this.head + 1) return;
    this.#note(entry);
    this.#tail.push(entry);
    this.#end = entry;
    if (this.#tail.length <= longestTail) return;
    this.#tail = this.#tail.slice(-longestTail / 2);
    this.#tailFrom = this.head - this.#tail.length;
  }

  /** Reads the entries made since. Calls that come meanwhile share the reading that has not begun yet. */
  async catchUp(): Promise<void> {
    // A reading under way may have begun before the entry was made that the caller knows of.
    const underWay = this.#catchingUp;
    if (underWay !== undefined) await underWay.catch(() => undefined);
    this.#catchingUp ??= this.catchUpBy(this.#ask).finally(() => {
      this.#catchingUp = undefined;
    });
    return this.#catchingUp;
  }

  /** Reads the entries made since within a transaction. */
  async catchUpBy(ask: Ask): Promise<void> {
    for (;;) {
      const rows = await ask(
        statement(
          (p) => `SELECT ${revocationColumns} FROM curfew.revocation
            WHERE seq > ${p.add(this.head, 'bigint')} ORDER BY seq LIMIT ${pageSize}`,
        ),
      );
      for (const row of rows) this.apply(revocationOfRow(row));
      if (rows.length < pageSize) return;
    }
  }

  /** Says that the sweep of an entry has ended. */
  noteSwept(seq: number): void {
    this.#unswept.delete(seq);
  }

  /** Forgets which entries are unswept but for those that the database names. */
  async refreshUnswept(): Promise<void> {
    const known = [...this.#unswept.keys()];
    if (known.length === 0) return;
    const rows = await this.#ask(
      statement(
        (p) => `SELECT seq FROM curfew.revocation
          WHERE seq = ANY(${p.add(known, 'bigint[]')}) AND swept_at IS NOT NULL`,
      ),
    );
    for (const [seq] of rows) this.#unswept.delete(seq as number);
  }

  #note(entry: LedgerEntry): void {
    this.#lineage?.note([entry]);
    if (entry.sweptAt === null) this.#unswept.set(entry.seq, entry);
    const { lastAccessFrom, lastAccessTo } = entry.selector;
    if (lastAccessFrom === undefined || lastAccessTo === undefined) return;
    this.#accessFloor = Math.max(this.#accessFloor, Date.parse(lastAccessTo));
  }
}

function plain(text: string): Statement {
  return { text, values: [] };
}
