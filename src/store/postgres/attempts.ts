import { CurfewError } from '../../core/errors.ts';
import type { AttemptStore, Tries } from '../../session/attempt-store.ts';
import {
  type AttemptPlace,
  type AttemptRow,
  clocksApartMs,
  countPlaces,
  type Failed,
  knownForMs,
  mostKnownAddresses,
  opensAt,
  type Standing,
  standingOf,
  withFailure,
} from '../../session/attempts.ts';
import type { SliceResult } from '../../session/store.ts';
import type { Ask, Connection } from './connection.ts';
import { keyOf, lockKeys } from './locks.ts';
import { type Statement, statement } from './statement.ts';

/** Deleted in one slice. */
const mostForgotten = 200;

/** So many wait for their turn before tries are left to each node to count. */
const mostWaiting = 200;

export interface AttemptParts {
  /** The connection on which fewest wait. */
  reader(): Connection;
  readonly writing: Connection;
  readonly housekeeping: Connection;
}

/** Failed attempts to sign in, of all nodes. Whoever writes locks account and address first, so counts cannot be missed. */
export class PostgresAttempts implements AttemptStore {
  readonly #parts: AttemptParts;

  constructor(parts: AttemptParts) {
    this.#parts = parts;
  }

  standing(place: AttemptPlace, now: number): Promise<Standing> {
    return readStanding((one) => this.#parts.reader().query(one), place, now);
  }

  fail(place: AttemptPlace, now: number): Promise<Failed> {
    return this.#change(place, async (ask) => {
      const failed = withFailure(await readStanding(ask, place, now), now);
      if (failed.kind === 'counted') {
        await ask(
          writing(
            countPlaces(place).map(([scope, account, address]) => {
              const { failures, notBefore, forgottenAt } = failed.counts[scope];
              return { place: [scope, account, address], values: [failures, notBefore, forgottenAt] };
            }),
          ),
        );
      }
      return failed;
    });
  }

  succeed(place: AttemptPlace, now: number): Promise<number> {
    const { account, address } = place;
    return this.#change(place, async (ask) => {
      const opens = opensAt(await readStanding(ask, place, now), now);
      if (opens > now) return opens;
      await ask(writing([{ place: ['known', account, address], values: [0, now, now + knownForMs] }]));
      await ask(
        statement((p) => {
          const [ofAccount, ofAddress] = [p.add(account, 'text'), p.add(address, 'text')];
          return `DELETE FROM curfew.attempt WHERE account = ${ofAccount} AND ((scope = 'pair' AND address = ${ofAddress})
            OR (scope = 'known' AND address IN (SELECT address FROM curfew.attempt
              WHERE scope = 'known' AND account = ${ofAccount}
              ORDER BY not_before DESC, address OFFSET ${mostKnownAddresses})))`;
        }),
      );
      return opens;
    });
  }

  confirm(place: AttemptPlace, now: number): Promise<number> {
    return this.#change(place, async (ask) => opensAt(await readStanding(ask, place, now), now));
  }

  async spend(key: string, windowMs: number, now: number): Promise<Tries> {
    if (this.#parts.writing.pending >= mostWaiting)
      throw new CurfewError(
        'store_unavailable',
        'Too many sign-ins are being tried for all of them to be counted.',
      );
    const [row] = await this.#parts.writing.query(
      statement((p) => {
        const [at, end] = [p.add(now, 'bigint'), p.add(now + windowMs, 'bigint')];
        const isOn = `kept.forgotten_at > ${at} AND kept.forgotten_at <= ${end} + ${clocksApartMs}`;
        return `INSERT INTO curfew.attempt AS kept (scope, account, address, count, not_before, forgotten_at)
          SELECT 'tries', '', ${p.add(key, 'text')}, 1, 0, ${end} FROM ${unsynced}
          ON CONFLICT (scope, account, address) DO UPDATE SET
            count = CASE WHEN ${isOn} THEN kept.count + 1 ELSE 1 END,
            forgotten_at = CASE WHEN ${isOn} THEN kept.forgotten_at ELSE ${end} END
          RETURNING count, forgotten_at`;
      }),
    );
    const [count, until] = row as [number, number];
    return { count, until };
  }

  async forget(now: number): Promise<SliceResult> {
    const [[found] = []] = await this.#parts.housekeeping.transaction([
      statement(
        (p) => `WITH old AS MATERIALIZED (SELECT scope, account, address FROM curfew.attempt
            WHERE forgotten_at <= ${p.add(now, 'bigint')} ORDER BY forgotten_at LIMIT ${mostForgotten}
            FOR UPDATE SKIP LOCKED),
          deleted AS (DELETE FROM curfew.attempt WHERE (scope, account, address) IN (SELECT * FROM old) RETURNING 1)
        SELECT count(*) FROM deleted`,
      ),
    ]);
    const [rows] = found as unknown as [number];
    return { rows, more: rows === mostForgotten, completed: [] };
  }

  #change<Result>({ account, address }: AttemptPlace, work: (ask: Ask) => Promise<Result>): Promise<Result> {
    return this.#parts.writing.converse('write', async (ask) => {
      await ask(lockKeys([keyOf('attempt of', account), keyOf('attempt from', address)]));
      return work(ask);
    });
  }
}

/** What is over within a minute need not be synced to a disk, which whoever tries without end would keep busy. */
const unsynced = "(SELECT set_config('synchronous_commit', 'off', true)) AS unsynced";

async function readStanding(ask: Ask, place: AttemptPlace, now: number): Promise<Standing> {
  const rows = await ask(
    statement((p) => {
      const at = p.add(now, 'bigint');
      const account = p.add(place.account, 'text');
      const address = p.add(place.address, 'text');
      const places = [
        ["'pair'", account, address],
        ["'account'", account, "''"],
        ["'address'", "''", address],
        ["'known'", account, address],
      ];
      return places
        .map(
          ([scope, who, from]) => `SELECT scope, count, not_before, forgotten_at FROM curfew.attempt
            WHERE scope = ${scope} AND account = ${who} AND address = ${from} AND forgotten_at > ${at}`,
        )
        .join(' UNION ALL ');
    }, 'attempt_standing'),
  );
  return standingOf(rows as unknown as AttemptRow[]);
}

interface Written {
  readonly place: readonly [scope: string, account: string, address: string];
  readonly values: readonly [count: number, notBefore: number, forgottenAt: number];
}

function writing(rows: readonly Written[]): Statement {
  return statement((p) => {
    const lines = rows.map(({ place, values }) => {
      const texts = place.map((value) => p.add(value, 'text'));
      const numbers = values.map((value) => p.add(value, 'bigint'));
      return `(${[...texts, ...numbers].join(', ')})`;
    });
    return `INSERT INTO curfew.attempt (scope, account, address, count, not_before, forgotten_at)
      VALUES ${lines.join(', ')}
      ON CONFLICT (scope, account, address) DO UPDATE
        SET count = excluded.count, not_before = excluded.not_before, forgotten_at = excluded.forgotten_at`;
  });
}
