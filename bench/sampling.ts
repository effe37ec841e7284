import { mixed, tokenAt } from './population.ts';

/** The indexes of so many sessions, chosen all over the store and the same in every run; `skip` leads to others. */
export function sampleIndexes(count: number, size: number, skip = 0): number[] {
  return Array.from({ length: count }, (_, n) => mixed(n + skip + 77) % size);
}

/** Tokens of sessions all over the store. */
export function sampleTokens(count: number, size: number): string[] {
  return sampleIndexes(count, size).map(tokenAt);
}

/** `Authorization` headers with the tokens of sessions all over the store. */
export function sampleBearers(count: number, size: number): string[] {
  return sampleTokens(count, size).map((token) => `Bearer ${token}`);
}
