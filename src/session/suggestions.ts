import type { AddressRange } from '../core/address.ts';

/** What somebody may mean who has begun to write a name or an address. */
export interface SuggestQuery {
  /** Texts that a name may begin with; the first is the one that somebody wrote. */
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

/**
 * Names exactly as written come first, then those that differ from it in capital letters alone, then longer ones, each in
 * the order of their letters; addresses come in the order of their numbers.
 */
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

/** The first of several lists in a common order, the nearest to what was written first, each value of a realm once. */
export function firstOf(
  suggestions: readonly Suggestion[],
  { beginnings: [written = ''], limit }: Pick<SuggestQuery, 'beginnings' | 'limit'>,
): Suggestion[] {
  const known = new Map(suggestions.map((one) => [JSON.stringify([one.value, one.realm]), one]));
  const inOrder = (a: Suggestion, b: Suggestion): number =>
    distance(a.value, written) - distance(b.value, written) || byLetters(a, b);
  return [...known.values()].sort(inOrder).slice(0, limit);
}

function distance(value: string, written: string): 0 | 1 | 2 {
  if (value === written) return 0;
  return value.toLowerCase() === written.toLowerCase() ? 1 : 2;
}

function byLetters(a: Suggestion, b: Suggestion): number {
  return Buffer.compare(Buffer.from(a.value), Buffer.from(b.value)) || (a.realm < b.realm ? -1 : 1);
}
