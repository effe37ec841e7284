import { bytesToAddress } from '../../core/address.ts';
import { CurfewError } from '../../core/errors.ts';
import { digitsToUuid } from '../../core/ids.ts';
import type { LedgerHead, Origin } from '../../session/revocation.ts';
import type { Selector } from '../../session/selector.ts';
import { type Client, type Ending, type EndReason, endReasons } from '../../session/session.ts';
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

/**
 * What a query reads of a session: all its facts as one text, a JSON array. The engine hands over such a text in a fifth of
 * the time that it takes for so many columns.
 */
export const sessionFacts = `json_array(number, lower(hex(id)), realm, username, subject, provider, rights, app,
  lower(hex(ip)), user_agent, json(attributes), created_at, last_access_at, idle_timeout_ms, expires_at, epoch,
  provider_config_version, end_reason, ended_at, revocation, provider_session) AS facts`;

/** What that text holds, in its order. Words stand as their numbers; an address that is not known has no digits. */
type SessionFacts = [
  number: number,
  idDigits: string,
  realm: number,
  username: string,
  subject: string,
  provider: number,
  rights: number,
  app: number | null,
  ipDigits: string,
  userAgent: string | null,
  attributes: Readonly<Record<string, string>> | null,
  createdAt: number,
  lastAccessAt: number,
  idleTimeoutMs: number | null,
  expiresAt: number | null,
  epoch: number,
  providerConfigVersion: number,
  endReason: number,
  endedAt: number | null,
  revocation: number | null,
  providerSession: string | null,
];

/** The session of a row that was read with `sessionFacts`. */
export function sessionOfRow(row: Row, dictionary: Dictionary): StoredSession {
  const facts = JSON.parse(row.facts as string) as SessionFacts;
  const { type, name } = dictionary.provider(facts[5]);
  const { accessGroups, adminIds } = dictionary.rightsOf(facts[6]);
  const session: Writable<StoredSession> = {
    number: facts[0],
    id: digitsToUuid(facts[1]),
    realm: dictionary.realm(facts[2]),
    username: facts[3],
    subject: facts[4],
    provider: { type, name },
    accessGroups,
    adminIds,
    attributes: facts[10] ?? {},
    client: clientOf(facts[8], facts[9]),
    createdAt: facts[11],
    lastAccessAt: facts[12],
    idleTimeoutMs: facts[13],
    expiresAt: facts[14],
    epoch: facts[15],
    providerConfigVersion: facts[16],
  };
  if (facts[7] !== null) session.app = dictionary.app(facts[7]).name;
  if (facts[20] !== null) session.providerSession = facts[20];
  const reason = endReasons[facts[17] - 1];
  if (reason !== undefined) session.ended = endingOf(reason, Number(facts[18]), facts[19]);
  return session;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function clientOf(ipDigits: string, userAgent: string | null): Client {
  const client: Writable<Client> = {};
  if (ipDigits !== '') client.ip = bytesToAddress(Buffer.from(ipDigits, 'hex'));
  if (userAgent !== null) client.userAgent = userAgent;
  return client;
}

function endingOf(reason: EndReason, at: number, revocation: number | null): Ending {
  return revocation === null ? { at, reason } : { at, reason, revocation };
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
