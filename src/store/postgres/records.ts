import { CurfewError } from '../../core/errors.ts';
import { chainedJournalPart } from '../../session/chain.ts';
import { chainHash, emptyChainHash } from '../../session/revocation.ts';
import type {
  JournalEntry,
  RecordChange,
  RecordKind,
  RecordQuery,
  Refusal,
  StoredRecord,
} from '../../session/store.ts';
import type { Ask, Connection } from './connection.ts';
import { lockJournal } from './locks.ts';
import { journalColumns, journalOfRow } from './row.ts';
import { type Row, type Statement, statement } from './statement.ts';

/** At most this many addresses are kept per session; further ones are counted under the empty one. */
const mostAddresses = 50;

/** Every record of a kind, by ascending id. */
export function recordsOf(kind: RecordKind): Statement {
  return statement(
    (p) => `SELECT id, body, version FROM curfew.record WHERE kind = ${p.add(kind, 'text')} ORDER BY id`,
  );
}

/** One record. */
export function recordOf(kind: RecordKind, id: string): Statement {
  return statement(
    (p) => `SELECT id, body, version FROM curfew.record
      WHERE kind = ${p.add(kind, 'text')} AND id = ${p.add(id, 'text')}`,
  );
}

/** Records in the order of the bytes of their ids, which is that of the collation. */
export function recordPageOf({ kind, prefix, after, limit }: RecordQuery): Statement {
  return statement((p) => {
    const prefixPlace = p.add(prefix, 'text');
    const beyond = after === undefined ? 'true' : `id > ${p.add(after, 'text')}`;
    return `SELECT id, body, version FROM curfew.record
      WHERE kind = ${p.add(kind, 'text')} AND id >= ${prefixPlace} AND starts_with(id, ${prefixPlace}) AND ${beyond}
      ORDER BY id LIMIT ${p.add(limit, 'bigint')}`;
  });
}

export function recordOfRow(kind: RecordKind, row: Row): StoredRecord {
  const [id, body, version] = row as [string, string, number];
  return { kind, id, body: JSON.parse(body) as unknown, version };
}

/** The statements that keep what a node says of itself, and forget those not heard of for long. */
export function noteNode(
  name: string,
  body: { readonly seenAt: number } | undefined,
  forgetBefore: number,
): Statement[] {
  return [
    statement(
      (p) => `DELETE FROM curfew.record WHERE kind = 'node' AND
        (id = ${p.add(name, 'text')} AND ${p.add(body === undefined, 'boolean')}
          OR (body::jsonb ->> 'seenAt')::bigint < ${p.add(forgetBefore, 'bigint')})`,
    ),
    ...(body === undefined
      ? []
      : [
          statement(
            (p) => `INSERT INTO curfew.record (kind, id, body, version)
              VALUES ('node', ${p.add(name, 'text')}, ${p.add(JSON.stringify(body), 'text')}, 1)
              ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body`,
          ),
        ]),
  ];
}

/** Applies all writes with their journal entry. One node after the other: the journal is a chain. */
export function changeRecords(connection: Connection, change: RecordChange): Promise<JournalEntry> {
  return connection.converse('write', async (ask) => {
    await ask(lockJournal);
    for (const write of change.writes) await applyWrite(ask, write);
    return appendJournal(ask, change);
  });
}

async function applyWrite(
  ask: Ask,
  { kind, id, body, ifVersion }: RecordChange['writes'][number],
): Promise<void> {
  const [row] = await ask(recordOf(kind, id));
  const current = row === undefined ? 0 : recordOfRow(kind, row).version;
  if (current !== ifVersion) {
    const found = current === 0 ? 'it does not exist' : `it has version ${current}`;
    const expected = ifVersion === 0 ? 'it was expected not to exist' : `version ${ifVersion} was expected`;
    const message = `The ${kind} ${id} was changed by somebody else: ${found}, ${expected}. Read it again, then repeat the change.`;
    throw new CurfewError('changed_meanwhile', message);
  }
  await ask(
    statement((p) => {
      const [kindPlace, idPlace] = [p.add(kind, 'text'), p.add(id, 'text')];
      if (body === undefined)
        return `DELETE FROM curfew.record WHERE kind = ${kindPlace} AND id = ${idPlace}`;
      return `INSERT INTO curfew.record (kind, id, body, version)
        VALUES (${kindPlace}, ${idPlace}, ${p.add(JSON.stringify(body), 'text')}, ${p.add(ifVersion + 1, 'bigint')})
        ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body, version = excluded.version`;
    }),
  );
}

async function appendJournal(
  ask: Ask,
  { by, face, from, event, detail, now }: RecordChange,
): Promise<JournalEntry> {
  const [row] = await ask({
    text: 'SELECT seq, at, hash FROM curfew.journal ORDER BY seq DESC LIMIT 1',
    values: [],
  });
  const [lastSeq, lastAt, lastHash] = (row ?? [0, 0, emptyChainHash]) as [number, number, string];
  // What JSON does not keep is dropped before the hash is taken, so that reading gives what was hashed.
  const kept = JSON.parse(JSON.stringify(detail)) as Record<string, unknown>;
  const entry = {
    seq: lastSeq + 1,
    at: Math.max(now, lastAt),
    event,
    detail: kept,
    by,
    face,
    ...(from === undefined ? {} : { from }),
  };
  const hash = chainHash(lastHash, chainedJournalPart(entry));
  await ask(
    statement((p) => {
      const values = [p.add(entry.seq, 'bigint'), p.add(entry.at, 'bigint')];
      for (const text of [event, JSON.stringify(kept), by.kind, by.id, by.name, face, from ?? null])
        values.push(p.add(text, 'text'));
      values.push(p.add(lastHash, 'text'), p.add(hash, 'text'));
      return `INSERT INTO curfew.journal (seq, at, event, detail, by_kind, by_id, by_name, face, from_address,
        previous_hash, hash) VALUES (${values.join(', ')})`;
    }),
  );
  return { ...entry, previousHash: lastHash, hash };
}

/** Entries of the journal with a greater number. */
export async function readJournal(ask: Ask, after: number, limit: number): Promise<JournalEntry[]> {
  const rows = await ask(
    statement(
      (p) => `SELECT ${journalColumns} FROM curfew.journal WHERE seq > ${p.add(after, 'bigint')}
        ORDER BY seq LIMIT ${p.add(limit, 'bigint')}`,
    ),
  );
  return rows.map(journalOfRow);
}

/** Adds gathered refusals to those kept, in the order of their rows, so that no two nodes wait for each other. */
export async function addRefusals(connection: Connection, refusals: readonly Refusal[]): Promise<void> {
  if (refusals.length === 0) return;
  const sorted = [...refusals].sort((a, b) => a.number - b.number || (a.ip < b.ip ? -1 : 1));
  await connection.transaction(
    sorted.map(({ number, ip, count, firstAt, lastAt }) =>
      statement((p) => {
        const [session, address] = [p.add(number, 'bigint'), p.add(ip, 'text')];
        return `INSERT INTO curfew.refusal AS kept (session, ip, count, first_at, last_at)
          SELECT ${session}, CASE WHEN EXISTS (SELECT FROM curfew.refusal WHERE session = ${session} AND ip = ${address})
              OR (SELECT count(*) FROM curfew.refusal WHERE session = ${session}) < ${mostAddresses}
            THEN ${address} ELSE '' END,
            ${p.add(count, 'bigint')}, ${p.add(firstAt, 'bigint')}, ${p.add(lastAt, 'bigint')}
          ON CONFLICT (session, ip) DO UPDATE SET count = kept.count + excluded.count,
            first_at = least(kept.first_at, excluded.first_at), last_at = greatest(kept.last_at, excluded.last_at)`;
      }),
    ),
  );
}

/** The refusals of one session, the latest first. */
export async function readRefusals(ask: Ask, session: number): Promise<Refusal[]> {
  const rows = await ask(
    statement(
      (p) => `SELECT session, ip, count, first_at, last_at FROM curfew.refusal
        WHERE session = ${p.add(session, 'bigint')} ORDER BY last_at DESC LIMIT 100`,
    ),
  );
  return (rows as [number, string, number, number, number][]).map(([number, ip, count, firstAt, lastAt]) => ({
    number,
    ip,
    count,
    firstAt,
    lastAt,
  }));
}
