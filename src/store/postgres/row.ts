import { bytesToAddress } from '../../core/address.ts';
import { CurfewError } from '../../core/errors.ts';
import type { Origin } from '../../session/revocation.ts';
import type { Selector } from '../../session/selector.ts';
import { type Client, type Ending, type EndReason, endReasons } from '../../session/session.ts';
import type { JournalEntry, LedgerEntry, StoredSession } from '../../session/store.ts';
import type { Row } from './statement.ts';
import type { WordNumbers, Words } from './words.ts';

/** Stands for "no limit" in the column `deadline`, so that it compares as any other instant. */
export const noDeadline = Number.MAX_SAFE_INTEGER;

/** The number that stands for a reason in the column `end_reason`; 0 is none. */
export function reasonNumber(reason: (typeof endReasons)[number]): number {
  return endReasons.indexOf(reason) + 1;
}

/** The first 6 bytes of a token hash as a number: what the index holds. */
export function tokenKey(tokenHash: Buffer): number {
  return tokenHash.readUIntBE(0, 6);
}

/** What a query reads of a session, in this order. */
export const sessionColumns = `number, id, realm, provider, rights, app, username, subject, provider_session, ip, user_agent,
  attributes, created_at, last_access_at, idle_timeout_ms, expires_at, epoch, provider_config_version, end_reason, ended_at,
  revocation`;

type SessionRow = readonly [
  number: number,
  id: string,
  realm: number,
  provider: number,
  rights: number,
  app: number | null,
  username: string,
  subject: string,
  providerSession: string | null,
  ip: Buffer | null,
  userAgent: string | null,
  attributes: string | null,
  createdAt: number,
  lastAccessAt: number,
  idleTimeoutMs: number | null,
  expiresAt: number | null,
  epoch: number,
  providerConfigVersion: number,
  endReason: number,
  endedAt: number | null,
  revocation: number | null,
];

/** The words that rows of `sessionColumns` name. */
export function wordNumbersOf(row: Row): WordNumbers {
  const [, , realm, provider, rights, app] = row as unknown as SessionRow;
  return { realm, provider, rights, app };
}

/** The session of a row that was read with `sessionColumns`, whose words are known. */
export function sessionOfRow(row: Row, words: Words): StoredSession {
  const read = row as unknown as SessionRow;
  const { accessGroups, adminIds } = words.rights(read[4]);
  const session: Writable<StoredSession> = {
    number: read[0],
    id: read[1],
    realm: words.realm(read[2]),
    username: read[6],
    subject: read[7],
    provider: words.provider(read[3]),
    accessGroups,
    adminIds,
    attributes: read[11] === null ? {} : (JSON.parse(read[11]) as Record<string, string>),
    client: clientOf(read[9], read[10]),
    createdAt: read[12],
    lastAccessAt: read[13],
    idleTimeoutMs: read[14],
    expiresAt: read[15],
    epoch: read[16],
    providerConfigVersion: read[17],
  };
  if (read[5] !== null) session.app = words.app(read[5]);
  if (read[8] !== null) session.providerSession = read[8];
  const reason = endReasons[read[18] - 1];
  if (reason !== undefined) session.ended = endingOf(reason, read[19] ?? 0, read[20]);
  return session;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function clientOf(ip: Buffer | null, userAgent: string | null): Client {
  const client: Writable<Client> = {};
  if (ip !== null) client.ip = bytesToAddress(ip);
  if (userAgent !== null) client.userAgent = userAgent;
  return client;
}

function endingOf(reason: EndReason, at: number, revocation: number | null): Ending {
  return revocation === null ? { at, reason } : { at, reason, revocation };
}

/** What a query reads of the ledger, in this order. */
export const revocationColumns = `seq, at, by_kind, by_id, by_name, face, from_address, previous_hash, hash, selector,
  reason, matched, swept, swept_at`;

export function revocationOfRow(row: Row): LedgerEntry {
  return {
    ...chainOf(row),
    selector: chained(row, 'selector') as Selector,
    reason: row[10] as string,
    matched: row[11] as number,
    swept: row[12] as number,
    sweptAt: row[13] as number | null,
  };
}

/** What a query reads of the journal, in this order. */
export const journalColumns =
  'seq, at, by_kind, by_id, by_name, face, from_address, previous_hash, hash, detail, event';

export function journalOfRow(row: Row): JournalEntry {
  return {
    ...chainOf(row),
    event: row[10] as string,
    detail: chained(row, 'detail') as Record<string, unknown>,
  };
}

function chainOf(row: Row): Origin & { seq: number; at: number; previousHash: string; hash: string } {
  const [seq, at, kind, id, name, face, from, previousHash, hash] = row as [
    number,
    number,
    Origin['by']['kind'],
    string,
    string,
    Origin['face'],
    string | null,
    string,
    string,
  ];
  return { by: { kind, id, name }, face, ...(from === null ? {} : { from }), seq, at, previousHash, hash };
}

/** What an entry of a chain holds as JSON. @throws CurfewError `ledger_broken` when somebody has made it unreadable */
function chained(row: Row, column: 'selector' | 'detail'): unknown {
  try {
    return JSON.parse(row[9] as string);
  } catch {
    const chain = column === 'selector' ? 'ledger' : 'journal';
    throw new CurfewError(
      'ledger_broken',
      `Entry ${row[0]} of the ${chain} was changed after it was written: its ${column} cannot be read. Keep the data as it is, and compare it with the last backup that verifies.`,
      { facts: { seq: row[0] as number } },
    );
  }
}
