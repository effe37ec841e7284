import type { AddressRange } from '../core/address.ts';

/** What somebody may mean who has begun to write a name or an address. */
export interface SuggestQuery {
  /** Texts that a name may begin with. */
  readonly beginnings: readonly string[];
  /** Where the addresses lie that begin so; none for a text that no address begins with. */
  readonly addresses: readonly AddressRange[];
  /** Only names of this realm. */
  readonly realm?: string;
  /** The most of each kind. */
  readonly limit: number;
  readonly now: number;
}

/** A name or address that live sessions of a realm bear. */
export interface Suggestion {
  readonly value: string;
  readonly realm: string;
  /** How many of them are live, counted up to `mostCounted`. */
  readonly live: number;
}

/** In the order of their letters, or of the numbers of addresses. */
export interface Suggestions {
  readonly usernames: readonly Suggestion[];
  readonly subjects: readonly Suggestion[];
  readonly addresses: readonly Suggestion[];
}

/** Where counting ends: somebody who chooses between names needs to know no more. */
export const mostCounted = 1000;

/**
 * The ways in which a name may begin that somebody writes so: as it stands, and in the usual letters. Names are kept as they
 * were given, and an index finds none in other letters.
 */
export function beginningsOf(text: string): string[] {
  const lower = text.toLowerCase();
  const [first = ''] = lower;
  return [...new Set([text, lower, text.toUpperCase(), first.toUpperCase() + lower.slice(first.length)])];
}

/** The end of the names that begin with a text: they come before it in the order of bytes. */
export function endOfBeginning(text: string): string {
  return `${text}\u{10ffff}`;
}

/** The first of several lists in a common order, each value of a realm once. */
export function firstOf(suggestions: readonly Suggestion[], limit: number): Suggestion[] {
  const known = new Map(suggestions.map((one) => [JSON.stringify([one.value, one.realm]), one]));
  return [...known.values()].sort(byLetters).slice(0, limit);
}

function byLetters(a: Suggestion, b: Suggestion): number {
  return Buffer.compare(Buffer.from(a.value), Buffer.from(b.value)) || (a.realm < b.realm ? -1 : 1);
}
