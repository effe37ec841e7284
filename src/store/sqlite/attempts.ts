import type { Tries } from '../../session/attempt-store.ts';
import {
  type AttemptPlace,
  type AttemptRow,
  countPlaces,
  type Failed,
  isWindow,
  knownForMs,
  mostKnownAddresses,
  opensAt,
  type Standing,
  standingOf,
  withFailure,
} from '../../session/attempts.ts';
import type { SliceResult } from '../../session/store.ts';
import type { Database } from './database.ts';

/** Deleted in one slice. */
const mostForgotten = 100;

const one = `SELECT scope, count, not_before, forgotten_at FROM attempt
  WHERE scope = ? AND account = ? AND address = ? AND forgotten_at > ?`;
const standingQuery = [one, one, one, one].join(' UNION ALL ');

/** What stands against a place. */
export function readStanding(db: Database, place: AttemptPlace, now: number): Standing {
  const places = [...countPlaces(place), ['known', place.account, place.address] as const];
  const rows = db.all(standingQuery, ...places.flatMap((values) => [...values, now]));
  return standingOf(
    rows.map(
      (row): AttemptRow => [
        String(row.scope),
        Number(row.count),
        Number(row.not_before),
        Number(row.forgotten_at),
      ],
    ),
  );
}

export function failAttempt(db: Database, place: AttemptPlace, now: number): Failed {
  const failed = withFailure(readStanding(db, place, now), now);
  if (failed.kind === 'closed') return failed;
  for (const [scope, account, address] of countPlaces(place)) {
    const { failures, notBefore, forgottenAt } = failed.counts[scope];
    write(db, [scope, account, address], [failures, notBefore, forgottenAt]);
  }
  return failed;
}

export function succeedAttempt(db: Database, place: AttemptPlace, now: number): number {
  const { account, address } = place;
  const opens = opensAt(readStanding(db, place, now), now);
  if (opens > now) return opens;
  db.run("DELETE FROM attempt WHERE scope = 'pair' AND account = ? AND address = ?", account, address);
  write(db, ['known', account, address], [0, now, now + knownForMs]);
  db.run(
    `DELETE FROM attempt WHERE scope = 'known' AND account = ? AND address IN (SELECT address FROM attempt
       WHERE scope = 'known' AND account = ? ORDER BY not_before DESC, address LIMIT -1 OFFSET ?)`,
    account,
    account,
    mostKnownAddresses,
  );
  return opens;
}

export function confirmAttempt(db: Database, place: AttemptPlace, now: number): number {
  return opensAt(readStanding(db, place, now), now);
}

export function spendTry(db: Database, key: string, windowMs: number, now: number): Tries {
  const row = db.get("SELECT * FROM attempt WHERE scope = 'tries' AND account = '' AND address = ?", key);
  const until = Number(row?.forgotten_at ?? 0);
  const tries = isWindow(until, windowMs, now)
    ? { count: Number(row?.count) + 1, until }
    : { count: 1, until: now + windowMs };
  write(db, ['tries', '', key], [tries.count, 0, tries.until]);
  return tries;
}

export function forgetAttempts(db: Database, now: number): SliceResult {
  const rows = db.run(
    `DELETE FROM attempt WHERE (scope, account, address) IN
       (SELECT scope, account, address FROM attempt WHERE forgotten_at <= ? ORDER BY forgotten_at LIMIT ?)`,
    now,
    mostForgotten,
  ).changes;
  return { rows, more: rows === mostForgotten, completed: [] };
}

function write(
  db: Database,
  place: readonly [scope: string, account: string, address: string],
  values: readonly [count: number, notBefore: number, forgottenAt: number],
): void {
  db.run(
    `INSERT OR REPLACE INTO attempt (scope, account, address, count, not_before, forgotten_at)
     VALUES (?, ?, ?, ?, ?, ?)`,
    ...place,
    ...values,
  );
}
