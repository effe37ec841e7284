import { bytesToAddress } from '../../core/address.ts';
import { CurfewError } from '../../core/errors.ts';
import { bytesToUuid } from '../../core/ids.ts';
import type { LedgerHead, Origin } from '../../session/revocation.ts';
import type { Selector } from '../../session/selector.ts';
import { type Ending, endReasons } from '../../session/session.ts';
import type { JournalEntry, LedgerEntry, StoredSession } from '../../session/store.ts';
import type { Row, SqlValue } from './database.ts';
import type { Dictionary } from './dictionary.ts';

/** Stands for "no limit" in the column `deadline`, so that it compares as any other instant. */
export const noDeadline = Number.MAX_SAFE_INTEGER;

/** The number that stands for a reason in the column `end_reason`; 0 is none. */
export function reasonNumber(reason: (typeof endReasons)[number]): number {
  return endReasons.indexOf(reason) + 1;
}

export function numberOrNull(value: SqlValue | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

/** The first 6 bytes of a token hash as a number: what the index holds. */
export function tokenKey(tokenHash: Uint8Array): number {
  return Buffer.from(tokenHash.buffer, tokenHash.byteOffset, tokenHash.length).readUIntBE(0, 6);
}

/** The session of a whole row. */
export function sessionOfRow(row: Row, dictionary: Dictionary): StoredSession {
  const provider = dictionary.provider(Number(row.provider));
  const rights = dictionary.rightsOf(Number(row.rights));
  const ended = endingOfRow(row);
  return {
    number: Number(row.number),
    id: bytesToUuid(row.id as Uint8Array),
    realm: dictionary.realm(Number(row.realm)),
    username: String(row.username),
    subject: String(row.subject),
    provider: { type: provider.type, name: provider.name },
    accessGroups: rights.accessGroups,
    adminIds: rights.adminIds,
    attributes: row.attributes === null ? {} : (JSON.parse(String(row.attributes)) as Record<string, string>),
    client: {
      ...(row.ip === null ? {} : { ip: bytesToAddress(row.ip as Uint8Array) }),
      ...(row.user_agent === null ? {} : { userAgent: String(row.user_agent) }),
    },
    ...(row.app === null ? {} : { app: dictionary.app(Number(row.app)).name }),
    createdAt: Number(row.created_at),
    lastAccessAt: Number(row.last_access_at),
    idleTimeoutMs: numberOrNull(row.idle_timeout_ms),
    expiresAt: numberOrNull(row.expires_at),
    epoch: Number(row.epoch),
    providerConfigVersion: Number(row.provider_config_version),
    ...(ended === undefined ? {} : { ended }),
  };
}

function endingOfRow(row: Row): Ending | undefined {
  const reason = endReasons[Number(row.end_reason) - 1];
  if (reason === undefined) return undefined;
  const revocation = numberOrNull(row.revocation);
  return { at: Number(row.ended_at), reason, ...(revocation === null ? {} : { revocation }) };
}

export function originOfRow(row: Row): Origin {
  return {
    by: { kind: row.by_kind as Origin['by']['kind'], id: String(row.by_id), name: String(row.by_name) },
    face: row.face as Origin['face'],
    ...(row.from_address === null ? {} : { from: String(row.from_address) }),
  };
}

export function revocationOfRow(row: Row): LedgerEntry {
  return {
    ...originOfRow(row),
    seq: Number(row.seq),
    at: Number(row.at),
    selector: chained(row, 'selector') as Selector,
    reason: String(row.reason),
    matched: Number(row.matched),
    previousHash: String(row.previous_hash),
    hash: String(row.hash),
    swept: Number(row.swept),
    sweptAt: numberOrNull(row.swept_at),
  };
}

export function journalOfRow(row: Row): JournalEntry {
  return {
    ...originOfRow(row),
    seq: Number(row.seq),
    at: Number(row.at),
    event: String(row.event),
    detail: chained(row, 'detail') as Record<string, unknown>,
    previousHash: String(row.previous_hash),
    hash: String(row.hash),
  };
}

/** What an entry of a chain holds as JSON. @throws CurfewError `ledger_broken` when somebody has made it unreadable */
function chained(row: Row, column: 'selector' | 'detail'): unknown {
  try {
    return JSON.parse(String(row[column]));
  } catch {
    const chain = column === 'selector' ? 'ledger' : 'journal';
    throw new CurfewError(
      'ledger_broken',
      `Entry ${row.seq} of the ${chain} was changed after it was written: its ${column} cannot be read. Keep the data as it is, and compare it with the last backup that verifies.`,
      { facts: { seq: Number(row.seq) } },
    );
  }
}

export function headOfRow(row: Row | undefined, emptyHash: string): LedgerHead & { at: number } {
  if (row === undefined) return { seq: 0, hash: emptyHash, at: 0 };
  return { seq: Number(row.seq), hash: String(row.hash), at: Number(row.at) };
}
