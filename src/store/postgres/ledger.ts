import { emptyChainHash, type LedgerHead } from '../../session/revocation.ts';
import type { LedgerEntry, LedgerQuery } from '../../session/store.ts';
import type { Ask } from './connection.ts';
import { revocationColumns, revocationOfRow } from './row.ts';
import { statement } from './statement.ts';

/** Entries of the ledger. */
export async function readRevocations(
  ask: Ask,
  { limit, after, before }: LedgerQuery,
): Promise<LedgerEntry[]> {
  const rows = await ask(
    statement((p) => {
      const which =
        after === undefined
          ? `seq < ${p.add(before ?? Number.MAX_SAFE_INTEGER, 'bigint')} ORDER BY seq DESC`
          : `seq > ${p.add(after, 'bigint')} ORDER BY seq`;
      return `SELECT ${revocationColumns} FROM curfew.revocation WHERE ${which} LIMIT ${p.add(limit, 'bigint')}`;
    }),
  );
  return rows.map(revocationOfRow);
}

/** The revocations that may still matter, ascending. */
export async function readActive(ask: Ask, since: number): Promise<LedgerEntry[]> {
  const rows = await ask(
    statement(
      (p) => `SELECT ${revocationColumns} FROM curfew.revocation
        WHERE swept_at IS NULL OR at >= ${p.add(since, 'bigint')} ORDER BY seq`,
    ),
  );
  return rows.map(revocationOfRow);
}

/** The last entry. */
export async function readHead(ask: Ask): Promise<LedgerHead> {
  const [row] = await ask({
    text: 'SELECT seq, hash FROM curfew.revocation ORDER BY seq DESC LIMIT 1',
    values: [],
  });
  const [seq, hash] = (row ?? [0, emptyChainHash]) as [number, string];
  return { seq, hash };
}
