import { canonicalJson } from '../core/canonical-json.ts';
import type { RevocationItem } from './lists.ts';

/** Where a ledger ends, as somebody has noted it: the number of an entry and its hash. */
export interface Noted {
  readonly seq: number;
  readonly hash: string;
}

/** A link that does not hold, and why. */
export interface BrokenLink {
  readonly seq: number;
  readonly problem: 'changed' | 'missing' | 'not_following' | 'older' | 'not_as_noted' | 'cut_off';
}

/** What a walk along the ledger has found. */
export interface ChainWalk {
  /** Entries whose hash was computed anew. */
  readonly checked: number;
  /** The newest entry met. */
  readonly head: Noted | undefined;
  /** The first entry, by its number, that does not hold; undefined when all do. */
  readonly broken: BrokenLink | undefined;
  /** Whether every entry from the first to the newest was met; else only links between neighbours that were met are proven. */
  readonly isWhole: boolean;
}

/** The text over which the hash of an entry is taken: the hash before it, a line feed, and its canonical JSON. */
export function chainedText(entry: Omit<RevocationItem, 'sweep' | 'hash'>): string {
  const { seq, at, selector, by, face, from = null, reason, matched, previousHash } = entry;
  return `${previousHash}\n${canonicalJson({ seq, at: Date.parse(at), selector, by, face, from, reason, matched })}`;
}

/** SHA-256 of a text in hexadecimal, by the cryptography that browsers and Node have in common. */
export async function sha256(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const noHash = '0'.repeat(64);

export interface WalkOptions {
  /** The end of the ledger as it was known before the walk: an entry that is missing there was cut off. */
  readonly end?: Noted | undefined;
  /** An entry that was noted earlier, elsewhere: finds a chain that was written anew as a whole. */
  readonly noted?: Noted | undefined;
  /** Whether the caller sees every entry; else gaps are no fault. */
  readonly seesAll: boolean;
  /** Told now and then how many entries were checked. */
  readonly onProgress?: (checked: number) => void;
}

/**
 * Proves a ledger from its entries, the newest first, as the API lists them: computes every hash anew, and follows every
 * link to the entry before.
 */
export async function walkChain(
  pages: AsyncIterable<readonly RevocationItem[]>,
  { end, noted, seesAll, onProgress }: WalkOptions,
): Promise<ChainWalk> {
  let checked = 0;
  let head: Noted | undefined;
  let broken: BrokenLink | undefined;
  let later: RevocationItem | undefined;
  let hasGaps = false;
  let metNoted = false;
  for await (const page of pages) {
    const hashes = await Promise.all(page.map((entry) => sha256(chainedText(entry))));
    for (const [index, entry] of page.entries()) {
      head ??= { seq: entry.seq, hash: entry.hash };
      // The walk goes back, so whatever is found last comes first in the ledger.
      if (later !== undefined && later.seq !== entry.seq + 1) {
        hasGaps = true;
        if (seesAll) broken = { seq: entry.seq + 1, problem: 'missing' };
      } else if (later !== undefined && later.previousHash !== entry.hash) {
        broken = { seq: later.seq, problem: 'not_following' };
      } else if (later !== undefined && isOlder(later, entry) && broken?.seq !== later.seq) {
        broken = { seq: later.seq, problem: 'older' };
      }
      if (entry.seq === noted?.seq) {
        metNoted = true;
        if (entry.hash !== noted.hash) broken = { seq: entry.seq, problem: 'not_as_noted' };
      }
      if (hashes[index] !== entry.hash) broken = { seq: entry.seq, problem: 'changed' };
      later = entry;
    }
    checked += page.length;
    onProgress?.(checked);
  }
  if (later !== undefined && later.seq !== 1) hasGaps = true;
  if (seesAll && later !== undefined && later.seq !== 1) broken = { seq: 1, problem: 'missing' };
  if (later?.seq === 1 && later.previousHash !== noHash) broken = { seq: 1, problem: 'not_following' };
  const last = Math.max(end?.seq ?? 0, metNoted ? 0 : (noted?.seq ?? 0));
  if (broken === undefined && seesAll && last > (head?.seq ?? 0)) {
    broken = { seq: (head?.seq ?? 0) + 1, problem: 'cut_off' };
  }
  return { checked, head, broken, isWhole: !hasGaps };
}

function isOlder(one: RevocationItem, other: RevocationItem): boolean {
  return Date.parse(one.at) < Date.parse(other.at);
}
