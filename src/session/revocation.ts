import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical-json.ts';
import type { Selector } from './selector.ts';

export { canonicalJson } from '../core/canonical-json.ts';

/** Who ordered something: an administrator, an application key, a session's own user, or Curfew itself. */
export interface Actor {
  readonly kind: 'administrator' | 'key' | 'session' | 'system';
  /** The administrator's number, the key's or session's id, or the name of the part of Curfew. */
  readonly id: string;
  readonly name: string;
}

/** The face an order came through. */
export type FaceName =
  | 'http'
  | 'element'
  | 'kibana'
  | 'ibm'
  | 'forward-auth'
  | 'cli'
  | 'console'
  | 'sign-in'
  | 'system';

/** Where an order came from; part of every record of evidence. */
export interface Origin {
  readonly by: Actor;
  readonly face: FaceName;
  /** The address of the caller, when there is one. */
  readonly from?: string;
}

/** One entry of the ledger: a selector that has been ordered dead. Never changed once written. */
export interface Revocation extends Origin {
  /** The number of the entry: 1, 2, 3, ... without a gap. */
  readonly seq: number;
  /** Epoch milliseconds, never smaller than that of the entry before. */
  readonly at: number;
  readonly selector: Selector;
  readonly reason: string;
  /** How many live sessions matched, counted in the transaction that wrote the entry. */
  readonly matched: number;
  /** SHA-256 in hex of the entry before; 64 zeros for the first. */
  readonly previousHash: string;
  /** SHA-256 in hex over `previousHash` and the canonical text of this entry. */
  readonly hash: string;
}

/** How far the sweep of a revocation has come. Not part of the chain. */
export interface SweepProgress {
  readonly swept: number;
  /** Epoch milliseconds of the moment when nothing matching was left, or null while there is. */
  readonly sweptAt: number | null;
}

/** The end of the chain: the number of the last entry, 0 when there is none, and its hash. */
export interface LedgerHead {
  readonly seq: number;
  readonly hash: string;
}

/** The hash before the first entry. */
export const emptyChainHash = '0'.repeat(64);

/** The hash of an entry of a chain: SHA-256 over the hash before it, a line feed, and its canonical JSON. */
export function chainHash(previousHash: string, entry: unknown): string {
  return createHash('sha256')
    .update(`${previousHash}\n${canonicalJson(entry)}`)
    .digest('hex');
}

/** The part of a revocation that its hash covers: everything but the two hashes. */
export function chainedPart(revocation: Omit<Revocation, 'hash' | 'previousHash'>): unknown {
  const { seq, at, selector, by, face, from, reason, matched } = revocation;
  return { seq, at, selector, by, face, from: from ?? null, reason, matched };
}

/**
 * A cut of up to so many sessions ends their rows at once and is told with all of them; a wider one is told with its exact
 * number and as many of them.
 */
export const smallCut = 1000;
