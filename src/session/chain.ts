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
  for (;;) {
    const page = await read(last.seq, pageSize);
    for (const entry of page) {
      const problem = problemOf(entry, last, partOf(entry), anchor);
      if (problem !== undefined) return report({ seq: entry.seq, problem });
      last = entry;
    }
    if (page.length < pageSize) break;
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
