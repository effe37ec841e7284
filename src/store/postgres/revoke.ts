import { canonicalJson, chainedPart, type Revocation, smallCut } from '../../session/revocation.ts';
import type { Selector } from '../../session/selector.ts';
import type { LedgerEntry, RevokeCommand } from '../../session/store.ts';
import { deadBy, matching } from './condition.ts';
import type { Knowledge } from './parts.ts';
import { reasonNumber } from './row.ts';
import { type Statement, statement } from './statement.ts';
import { type Plan, TryAgain, type Write } from './writer.ts';

type Outcome =
  | { readonly kind: 'revoked'; readonly entry: LedgerEntry }
  | { readonly kind: 'too_many'; readonly matched: number };

/** Appends a revocation. Its cost is that of counting; only a small cut marks its rows at once. */
export function revoke(command: RevokeCommand, knowledge: Knowledge): Write<Outcome> {
  let { selector } = command;
  let pastMs = 1;
  return {
    kind: 'exclusive',
    plan: () =>
      plan({ ...command, selector }, knowledge, (latest) => {
        // A little further each time, so that nodes which write one access after the other do not keep the order out.
        selector = { ...selector, lastAccessTo: new Date(latest + pastMs).toISOString() };
        pastMs *= 10;
      }),
  };
}

/**
 * The ledger's lock is held alone, and the entry before is the one known here, or the transaction fails: so all of the new
 * entry is known but how many it matches.
 */
function plan(command: RevokeCommand, { view }: Knowledge, moveEnd: (latest: number) => void): Plan<Outcome> {
  const { selector, now, by, face, from, reason, atMost, untilCommit = false } = command;
  const last = view.end;
  // The instant that is written decides who is live, also where the clock of the caller is behind the ledger.
  const at = Math.max(now, last.at);
  const entry = {
    seq: last.seq + 1,
    at,
    selector,
    by,
    face,
    ...(from === undefined ? {} : { from }),
    reason,
  };
  return {
    statements: [
      appending({ ...entry, previousHash: last.hash }, now, view.unswept(), { atMost, untilCommit }),
    ],
    read([rows = []]) {
      const [matched, hash, latest] = (rows[0] ?? []) as [number, string | null, number | null];
      if (latest !== null) {
        moveEnd(latest);
        throw new TryAgain();
      }
      if (hash === null) return { kind: 'too_many', matched };
      const made = {
        ...entry,
        matched,
        previousHash: last.hash,
        hash,
        ...(matched <= smallCut ? { swept: matched, sweptAt: now } : { swept: 0, sweptAt: null }),
      };
      view.apply(made);
      return { kind: 'revoked', entry: made };
    },
  };
}

/**
 * One statement that counts, appends, and marks the rows of a small cut: all of them see the same snapshot. Where accesses
 * were written that lie behind the moment it was made for, it does nothing, and gives the latest of them.
 */
function appending(
  entry: Omit<Revocation, 'matched' | 'hash'>,
  now: number,
  unswept: readonly LedgerEntry[],
  { atMost, untilCommit }: { atMost: number | undefined; untilCommit: boolean },
): Statement {
  return statement((p) => {
    const { seq, at, by } = entry;
    const atPlace = p.add(at, 'bigint');
    const seqPlace = p.add(seq, 'bigint');
    const hitBy = (selector: Selector): string =>
      `live AND deadline > ${atPlace} AND NOT ${deadBy(unswept, p)} AND ${matching(selector, p)}`;
    const isHit = hitBy(entry.selector);
    const late = untilCommit
      ? `SELECT max(last_access_at) AS latest FROM curfew.session WHERE ${hitBy(behindRange(entry.selector))}`
      : 'SELECT NULL::bigint AS latest';
    const latest = '(SELECT latest FROM late)';
    const few = '(SELECT count(*) FROM few)';
    const n = '(SELECT n FROM counted)';
    const [before, after] = chainedText(entry).map((text) => p.add(text, 'text'));
    const hash = `encode(sha256(convert_to(${before} || n || ${after}, 'UTF8')), 'hex')`;
    const values = [
      seqPlace,
      atPlace,
      p.add(canonicalJson(entry.selector), 'text'),
      p.add(by.kind, 'text'),
      p.add(by.id, 'text'),
      p.add(by.name, 'text'),
      p.add(entry.face, 'text'),
      p.add(entry.from ?? null, 'text'),
      p.add(entry.reason, 'text'),
      'n',
      p.add(entry.previousHash, 'text'),
      hash,
      `CASE WHEN n <= ${smallCut} THEN n ELSE 0 END`,
      `CASE WHEN n <= ${smallCut} THEN ${p.add(now, 'bigint')} END`,
    ];
    return `WITH late AS MATERIALIZED (${late}),
      few AS MATERIALIZED (SELECT number FROM curfew.session WHERE ${isHit} LIMIT ${smallCut + 1}),
      counted AS MATERIALIZED (SELECT CASE WHEN ${few} <= ${smallCut} THEN ${few}
        ELSE (SELECT count(*) FROM curfew.session WHERE ${isHit}) END AS n),
      entry AS (INSERT INTO curfew.revocation (seq, at, selector, by_kind, by_id, by_name, face, from_address, reason,
          matched, previous_hash, hash, swept, swept_at)
        SELECT ${values.join(', ')} FROM counted
        WHERE ${latest} IS NULL AND n <= coalesce(${p.add(atMost ?? null, 'bigint')}, n) RETURNING hash),
      marked AS (UPDATE curfew.session SET live = false, end_reason = ${reasonNumber('revoked')}, ended_at = ${atPlace},
          revocation = ${seqPlace}
        WHERE ${n} <= ${smallCut} AND EXISTS (SELECT FROM entry) AND number IN (SELECT number FROM few))
      SELECT n, (SELECT hash FROM entry), ${latest} FROM counted`;
  });
}

/** The sessions that would be meant if they had not been used after the end of the range. */
function behindRange({ lastAccessTo, ...selector }: Selector): Selector {
  return lastAccessTo === undefined ? selector : { ...selector, lastAccessFrom: lastAccessTo };
}

/** What the hash of an entry covers, without the count, which only the database knows: the text before it and after it. */
function chainedText(entry: Omit<Revocation, 'matched' | 'hash'>): [before: string, after: string] {
  const part = chainedPart({ ...entry, matched: 0 }) as Record<string, unknown>;
  const { at, by, face, from, reason, selector, seq } = part;
  // The members stand in alphabetical order, these before `matched` and those after it.
  const before = canonicalJson({ at, by, face, from }).slice(0, -1);
  const after = canonicalJson({ reason, selector, seq }).slice(1);
  return [`${entry.previousHash}\n${before},"matched":`, `,${after}`];
}
