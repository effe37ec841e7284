import { createHash } from 'node:crypto';
import { type Statement, statement } from './statement.ts';

/**
 * The locks by which nodes keep out of each other's way. All belong to a transaction, so they end with it however it ends, and
 * lie in memory of the server. Whoever takes several takes them in this order: the ledger's, those of users and keys in
 * ascending order, rows of sessions by ascending number. Checks take none.
 */

/** Half of the 64 bits of an advisory lock: `curf`, so that no other program in the same database means the same lock. */
const ours = 0x63757266;
/** The same for keys drawn from a hash. */
const oursHashed = 0x63757268;
const ledger = 1;
const schema = 2;
const journal = 3;

/**
 * The lock of the ledger. A cut takes it alone: it waits for the writes under way, and those that come later wait for it.
 * Its number is given, and its commit becomes visible, before anybody else's, so numbers have no gap and no check sees a later
 * entry without the one before. All that is decided by the ledger takes it shared.
 */
export function lockLedger(alone: boolean): Statement {
  return { text: `SELECT pg_advisory_xact_lock${alone ? '' : '_shared'}(${ours}, ${ledger})`, values: [] };
}

/** The lock under which the schema is changed. */
export const lockSchema: Statement = {
  text: `SELECT pg_advisory_xact_lock(${ours}, ${schema})`,
  values: [],
};

/** The lock under which records change and the journal grows. */
export const lockJournal: Statement = {
  text: `SELECT pg_advisory_xact_lock(${ours}, ${journal})`,
  values: [],
};

/** The number that stands for a user or a key in its lock. Two may share one, and then wait for each other in vain. */
export function keyOf(...parts: readonly (string | Buffer)[]): number {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest().readInt32BE(0);
}

export function lockKeys(keys: readonly number[]): Statement {
  const sorted = [...new Set(keys)].sort((a, b) => a - b);
  return statement(
    (p) =>
      `SELECT pg_advisory_xact_lock(${oursHashed}, key) FROM unnest(${p.add(sorted, 'integer[]')}) AS key`,
  );
}

/** Locks rows in the order of their numbers, so that no two transactions wait for each other. */
export function lockRows(ids: readonly string[], numbers: readonly number[]): Statement {
  return statement(
    (p) => `SELECT count(*) FROM (SELECT 1 FROM curfew.session
      WHERE id = ANY(${p.add(ids, 'uuid[]')}) OR number = ANY(${p.add(numbers, 'bigint[]')})
      ORDER BY number FOR NO KEY UPDATE) AS locked`,
  );
}
