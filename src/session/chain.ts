import { CurfewError } from '../core/errors.ts';
import { chainedPart, chainHash, emptyChainHash, type LedgerHead } from './revocation.ts';
import type { JournalEntry, LedgerEntry } from './store.ts';

/** What every entry of a chain has. */
interface Link {
  readonly seq: number;
  readonly at: number;
  readonly previousHash: string;
  readonly hash: string;
}

/** A hash of a chain that somebody wrote down outside of Curfew. */
export interface Anchor {
  readonly seq: number;
  readonly hash: string;
}

/** Where and how a chain is broken. */
export interface Break {
  readonly seq: number;
  readonly problem: string;
}

/** What the walk along a chain found: how far it holds, and the first place where it does not. */
export interface ChainReport {
  readonly entries: number;
  readonly head: LedgerHead;
  readonly broken?: Break;
}

/** Reads the entries after a number, ascending, at most `limit`. */
export type ReadLinks<Entry extends Link> = (after: number, limit: number) => Promise<readonly Entry[]>;

const pageSize = 1000;

/** The part of an entry of the journal that its hash covers: everything but the two hashes. */
export function chainedJournalPart(entry: Omit<JournalEntry, 'hash' | 'previousHash'>): unknown {
  const { seq, at, by, face, from, event, detail } = entry;
  return { seq, at, by, face, from: from ?? null, event, detail };
}

/** Walks the ledger. An edited, removed, inserted or reordered entry breaks it; a cut end shows against head or anchor. */
export function verifyLedger(
  read: ReadLinks<LedgerEntry>,
  known: { head?: LedgerHead; anchor?: Anchor | undefined } = {},
): Promise<ChainReport> {
  return verifyChain(read, chainedPart, known);
}

/** Walks the journal of administration. */
export function verifyJournal(read: ReadLinks<JournalEntry>): Promise<ChainReport> {
  return verifyChain(read, chainedJournalPart, {});
}

async function verifyChain<Entry extends Link>(
  read: ReadLinks<Entry>,
  partOf: (entry: Entry) => unknown,
  { head, anchor }: { head?: LedgerHead; anchor?: Anchor | undefined },
): Promise<ChainReport> {
  let last: Link = { seq: 0, at: 0, previousHash: '', hash: emptyChainHash };
  const report = (broken?: Break): ChainReport => ({
    entries: last.seq,
    head: { seq: last.seq, hash: last.hash },
    ...(broken === undefined ? {} : { broken }),
  });
  let size = pageSize;
  for (;;) {
    let page: readonly Entry[];
    try {
      page = await read(last.seq, size);
    } catch (error) {
      if (!(error instanceof CurfewError) || error.code !== 'ledger_broken') throw error;
      // One entry of the page cannot be read; those before it may be broken too, so they are read one by one.
      if (size === 1)
        return report({ seq: Number(error.details.facts?.seq), problem: 'it cannot be read any more' });
      size = 1;
      continue;
    }
    for (const entry of page) {
      const problem = problemOf(entry, last, partOf(entry), anchor);
      if (problem !== undefined) return report({ seq: entry.seq, problem });
      last = entry;
    }
    if (page.length < size) break;
  }
  return report(endProblem(last, head) ?? anchorBeyond(last, anchor));
}

function problemOf(entry: Link, last: Link, part: unknown, anchor: Anchor | undefined): string | undefined {
  if (entry.seq !== last.seq + 1) return `entry ${last.seq + 1} is missing; the next one is ${entry.seq}`;
  if (entry.previousHash !== last.hash) return `it does not follow from entry ${last.seq}`;
  if (entry.hash !== chainHash(entry.previousHash, part)) return 'it was changed after it was written';
  if (entry.at < last.at) return `it is older than entry ${last.seq}`;
  if (anchor?.seq === entry.seq && anchor.hash !== entry.hash) {
    return 'its hash is not the one that was noted; the chain was written anew';
  }
  return undefined;
}

/** Entries made while the chain was walked lie beyond the head that was read before, and are no break. */
function endProblem(last: Link, head: LedgerHead | undefined): Break | undefined {
  if (head === undefined || last.seq >= head.seq) return undefined;
  return { seq: last.seq + 1, problem: `the chain ends here, but its head is entry ${head.seq}` };
}

function anchorBeyond(last: Link, anchor: Anchor | undefined): Break | undefined {
  if (anchor === undefined || anchor.seq <= last.seq) return undefined;
  return { seq: last.seq + 1, problem: `the chain ends here, but entry ${anchor.seq} was noted` };
}
