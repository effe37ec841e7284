import {
  canonicalJson,
  chainedPart,
  chainHash,
  emptyChainHash,
  type Revocation,
  smallCut,
} from '../../session/revocation.ts';
import type { RevokeCommand, RevokeOutcome } from '../../session/store.ts';
import { untilNow } from './accesses.ts';
import { endRow } from './end.ts';
import { countSessions, listSessions, type Snapshot } from './query.ts';
import { headOfRow } from './row.ts';
import { unknownNames } from './summarise.ts';

/**
 * Appends a revocation. Its cost is that of counting; only a small cut marks its rows at once, and gives them back. Which
 * sessions a wider one ended is for others to read, see `Cuts`.
 */
export function revoke(snapshot: Snapshot, command: RevokeCommand): RevokeOutcome {
  const { db } = snapshot;
  const { now, by, face, from, reason } = command;
  const last = headOfRow(
    db.get('SELECT seq, at, hash FROM revocation ORDER BY seq DESC LIMIT 1'),
    emptyChainHash,
  );
  // The instant that is written decides who is live, also where the clock of the caller is behind the ledger.
  const at = Math.max(now, last.at);
  const selector = command.untilCommit === true ? untilNow(snapshot, command.selector, at) : command.selector;
  const query = { selector, state: 'live', now: at } as const;
  const matched = countSessions(snapshot, query);
  if (command.atMost !== undefined && matched > command.atMost) return { kind: 'too_many', matched };
  const entry = {
    seq: last.seq + 1,
    at,
    selector,
    by,
    face,
    ...(from === undefined ? {} : { from }),
    reason,
    matched,
  };
  const revocation: Revocation = {
    ...entry,
    previousHash: last.hash,
    hash: chainHash(last.hash, chainedPart(entry)),
  };
  const sweptAtOnce = matched <= smallCut;
  const hit =
    sweptAtOnce && matched > 0 ? listSessions(snapshot, { ...query, limit: smallCut }).sessions : [];
  append(snapshot, revocation, sweptAtOnce ? { swept: matched, sweptAt: now } : { swept: 0, sweptAt: null });
  const ended = { at: revocation.at, reason: 'revoked', revocation: revocation.seq } as const;
  const sessions = hit.map((session) => endRow(db, session, ended));
  return {
    kind: 'revoked',
    revocation,
    sessions,
    unknown: matched === 0 ? unknownNames(snapshot, selector) : [],
  };
}

function append(
  { db }: Snapshot,
  entry: Revocation,
  progress: { swept: number; sweptAt: number | null },
): void {
  db.run(
    `INSERT INTO revocation (seq, at, selector, by_kind, by_id, by_name, face, from_address, reason, matched,
       previous_hash, hash, swept, swept_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    entry.seq,
    entry.at,
    canonicalJson(entry.selector),
    entry.by.kind,
    entry.by.id,
    entry.by.name,
    entry.face,
    entry.from ?? null,
    entry.reason,
    entry.matched,
    entry.previousHash,
    entry.hash,
    progress.swept,
    progress.sweptAt,
  );
}
