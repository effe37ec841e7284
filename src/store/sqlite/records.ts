import { CurfewError } from '../../core/errors.ts';
import { chainHash, emptyChainHash } from '../../session/revocation.ts';
import type {
  JournalEntry,
  RecordChange,
  RecordKind,
  RecordQuery,
  Refusal,
  StoredRecord,
} from '../../session/store.ts';
import type { Database } from './database.ts';
import { headOfRow, journalOfRow } from './row.ts';

/** At most this many addresses are kept per session; further ones are counted under the empty one. */
const mostAddresses = 50;

export function readRecords(db: Database, kind: RecordKind): StoredRecord[] {
  return db.all('SELECT * FROM record WHERE kind = ? ORDER BY id', kind).map(recordOfRow(kind));
}

export function readRecord(db: Database, kind: RecordKind, id: string): StoredRecord | undefined {
  return db.all('SELECT * FROM record WHERE kind = ? AND id = ?', kind, id).map(recordOfRow(kind))[0];
}

export function readRecordPage(db: Database, { kind, prefix, after, limit }: RecordQuery): StoredRecord[] {
  // The highest code point stands behind every id that begins with the prefix, so one range of the index holds them.
  const sql = 'SELECT * FROM record WHERE kind = ? AND id >= ? AND id > ? AND id < ? ORDER BY id LIMIT ?';
  return db.all(sql, kind, prefix, after ?? '', `${prefix}\u{10ffff}`, limit).map(recordOfRow(kind));
}

function recordOfRow(kind: RecordKind) {
  return ({ id, body, version }: Record<string, unknown>): StoredRecord => ({
    kind,
    id: String(id),
    body: JSON.parse(String(body)) as unknown,
    version: Number(version),
  });
}

/** Applies all writes with their journal entry; the writer's transaction makes it all or nothing. */
export function changeRecords(db: Database, change: RecordChange): JournalEntry {
  for (const { kind, id, body, ifVersion } of change.writes) {
    const current = db.number('SELECT version FROM record WHERE kind = ? AND id = ?', kind, id);
    if (current !== ifVersion) {
      const found = current === 0 ? 'it does not exist' : `it has version ${current}`;
      const expected = ifVersion === 0 ? 'it was expected not to exist' : `version ${ifVersion} was expected`;
      const message = `The ${kind} ${id} was changed by somebody else: ${found}, ${expected}. Read it again, then repeat the change.`;
      throw new CurfewError('changed_meanwhile', message);
    }
    if (body === undefined) db.run('DELETE FROM record WHERE kind = ? AND id = ?', kind, id);
    else {
      const sql = 'INSERT OR REPLACE INTO record (kind, id, body, version) VALUES (?, ?, ?, ?)';
      db.run(sql, kind, id, JSON.stringify(body), ifVersion + 1);
    }
  }
  return appendJournal(db, change);
}

function appendJournal(db: Database, { by, face, from, event, detail, now }: RecordChange): JournalEntry {
  const last = headOfRow(
    db.get('SELECT seq, at, hash FROM journal ORDER BY seq DESC LIMIT 1'),
    emptyChainHash,
  );
  // What JSON does not keep is dropped before the hash is taken, so that reading gives what was hashed.
  const kept = JSON.parse(JSON.stringify(detail)) as Record<string, unknown>;
  const entry = { seq: last.seq + 1, at: Math.max(now, last.at), event, detail: kept, by, face };
  const hash = chainHash(last.hash, { ...entry, from: from ?? null });
  db.run(
    `INSERT INTO journal (seq, at, event, detail, by_kind, by_id, by_name, face, from_address, previous_hash, hash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    entry.seq,
    entry.at,
    event,
    JSON.stringify(kept),
    by.kind,
    by.id,
    by.name,
    face,
    from ?? null,
    last.hash,
    hash,
  );
  return { ...entry, ...(from === undefined ? {} : { from }), previousHash: last.hash, hash };
}

export function readJournal(db: Database, after: number, limit: number): JournalEntry[] {
  return db.all('SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT ?', after, limit).map(journalOfRow);
}

export function addRefusals(db: Database, refusals: readonly Refusal[]): void {
  for (const { number, ip, count, firstAt, lastAt } of refusals) {
    const known = db.get('SELECT 1 FROM refusal WHERE session = ? AND ip = ?', number, ip) !== undefined;
    const crowded =
      !known && db.number('SELECT count(*) FROM refusal WHERE session = ?', number) >= mostAddresses;
    db.run(
      `INSERT INTO refusal (session, ip, count, first_at, last_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (session, ip) DO UPDATE SET count = count + excluded.count,
         first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)`,
      number,
      crowded ? '' : ip,
      count,
      firstAt,
      lastAt,
    );
  }
}

export function noteNode(
  db: Database,
  name: string,
  body: { readonly seenAt: number } | undefined,
  forgetBefore: number,
): void {
  db.run("DELETE FROM record WHERE kind = 'node' AND json_extract(body, '$.seenAt') < ?", forgetBefore);
  if (body === undefined) db.run("DELETE FROM record WHERE kind = 'node' AND id = ?", name);
  else {
    const sql = "INSERT OR REPLACE INTO record (kind, id, body, version) VALUES ('node', ?, ?, 1)";
    db.run(sql, name, JSON.stringify(body));
  }
}

export function readRefusals(db: Database, session: number): Refusal[] {
  const rows = db.all('SELECT * FROM refusal WHERE session = ? ORDER BY last_at DESC LIMIT 100', session);
  return rows.map((row) => ({
    number: Number(row.session),
    ip: String(row.ip),
    count: Number(row.count),
    firstAt: Number(row.first_at),
    lastAt: Number(row.last_at),
  }));
}
