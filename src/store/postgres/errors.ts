import { CurfewError } from '../../core/errors.ts';

/** What an error of the server carries; https://www.postgresql.org/docs/current/errcodes-appendix.html has the codes. */
interface ServerError extends Error {
  readonly code?: string;
  readonly severity?: string;
}

/** Raised by `curfew.demand_head` when the ledger has grown since the caller last read it. */
export const ledgerMovedCode = 'CF001';
const diskFull = '53100';
/** Tells whoever gives advice which store has failed. */
const ofPostgres = { facts: { store: 'PostgreSQL' } } as const;

/**
 * Whether a transaction may simply be tried again: another one was in its way, and nothing of it was done. A word or a
 * key that another node has just written shows as a value that is missing or there twice.
 */
export function isPassing(error: unknown): boolean {
  return ['40P01', '40001', '23502', '23505'].includes(codeOf(error) ?? '');
}

export function isLedgerMoved(error: unknown): boolean {
  return codeOf(error) === ledgerMovedCode;
}

/** Whether nothing can be done at present, rather than this one thing: the way is broken, or the server stops or is full. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof CurfewError) || !error.code.startsWith('store_')) return false;
  const code = codeOf(error) ?? '';
  return !/^[0-9A-Z]{5}$/.test(code) || /^(08|25|53|57|58)/.test(code);
}

/** The code that the server gave an error, or that the system gave a broken connection. */
export function codeOf(error: unknown): string | undefined {
  const origin = error instanceof CurfewError ? error.cause : error;
  const code = (origin as ServerError | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The error of ours for a failure of the server or of the way to it. `where` names the database, without secrets. */
export function translate(error: unknown, where: string): CurfewError {
  if (error instanceof CurfewError) return error;
  const problem = error instanceof Error ? error.message || (codeOf(error) ?? error.name) : String(error);
  if (codeOf(error) === diskFull) {
    const message = `The disk of the database ${where} is full; free some space. PostgreSQL says: ${problem}`;
    return new CurfewError('store_full', message, ofPostgres, { cause: error });
  }
  const advice = /^(?!08|57)[0-9A-Z]{5}$/.test(codeOf(error) ?? '')
    ? 'The log of PostgreSQL says more.'
    : 'Check that PostgreSQL runs there and lets Curfew in.';
  const message = `The data in ${where} cannot be read or written: ${problem}. ${advice}`;
  return new CurfewError('store_unavailable', message, ofPostgres, { cause: error });
}
