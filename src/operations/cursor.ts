import { createHash } from 'node:crypto';
import { CurfewError } from '../core/errors.ts';
import { canonicalJson } from '../session/revocation.ts';

/**
 * Opaque places in lists. A cursor carries a digest of the filter it was made for: with another filter the place would
 * mean something else, so it is refused instead of answering a wrong page.
 */
export function writeCursor(place: readonly number[], filter: unknown): string {
  return Buffer.from(JSON.stringify([digestOf(filter), ...place])).toString('base64url');
}

/**
 * The numbers of a cursor.
 * @throws CurfewError `invalid_input` for one that is spoilt or was made for another filter
 */
export function readCursor(cursor: string, filter: unknown, length: number): readonly number[] {
  const parsed = parse(cursor);
  if (!Array.isArray(parsed) || parsed.length !== length + 1) throw spoilt('it was not made by this server');
  const [digest, ...place] = parsed as unknown[];
  if (digest !== digestOf(filter)) throw spoilt('it belongs to a list with another filter');
  if (!place.every((part): part is number => Number.isSafeInteger(part))) {
    throw spoilt('it was not made by this server');
  }
  return place;
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function digestOf(filter: unknown): string {
  return createHash('sha256').update(canonicalJson(filter)).digest('base64url').slice(0, 16);
}

function spoilt(why: string): CurfewError {
  const message = `is not a place in this list: ${why}; take nextCursor as it was answered, with the same filter`;
  return new CurfewError('invalid_input', `cursor: ${message}`, { faults: [{ path: 'cursor', message }] });
}
