import type { LedgerEntry, SessionQuery } from '../../session/store.ts';
import { type Condition, conditionOf, resolve } from './condition.ts';
import type { Database } from './database.ts';
import type { Dictionary } from './dictionary.ts';
import { revocationOfRow } from './row.ts';

/** The revocations whose sweep has not ended, ascending: rows that still look live may be dead by them. */
export function unsweptRevocations(db: Database): LedgerEntry[] {
  return db.all('SELECT * FROM revocation WHERE swept_at IS NULL ORDER BY seq').map(revocationOfRow);
}

/** Whether a row that looks live is dead by one of these revocations. */
export function deadByLedger(
  entries: readonly LedgerEntry[],
  db: Database,
  dictionary: Dictionary,
): Condition {
  if (entries.length === 0) return { sql: '0', values: [] };
  const parts = entries.map(({ seq, selector }) => {
    const { sql, values } = conditionOf(resolve(selector, db, dictionary));
    return { sql: `(epoch < ? AND ${sql})`, values: [seq, ...values] };
  });
  return { sql: parts.map(({ sql }) => sql).join(' OR '), values: parts.flatMap(({ values }) => values) };
}

/** Which rows have the state asked for at the instant asked for, beside the column `live`. */
export interface StateFilter {
  /** The values of `live` that can hold such rows. */
  readonly liveValues: readonly (0 | 1)[];
  /** What a row of each value must fulfil besides. */
  conditionFor(live: 0 | 1): Condition;
}

/** The filter for a query; `entries` are the unswept revocations of the same snapshot. */
export function stateFilter(
  query: SessionQuery,
  entries: readonly LedgerEntry[],
  db: Database,
  dictionary: Dictionary,
): StateFilter {
  const at = query.asOf ?? query.now;
  const past = query.asOf !== undefined;
  const always: Condition = { sql: '1', values: [] };
  const made: Condition = past ? { sql: 'created_at <= ?', values: [at] } : always;
  const dead = deadByLedger(past ? entries.filter((entry) => entry.at <= at) : entries, db, dictionary);
  const alive = (live: 0 | 1): Condition => {
    if (live === 0) return past ? { sql: 'ended_at > ?', values: [at] } : { sql: '0', values: [] };
    if (dead.sql === '0') return { sql: 'deadline > ?', values: [at] };
    return { sql: `deadline > ? AND NOT (${dead.sql})`, values: [at, ...dead.values] };
  };
  switch (query.state) {
    case 'any':
      return { liveValues: [1, 0], conditionFor: () => made };
    case 'live':
      return { liveValues: past ? [1, 0] : [1], conditionFor: (live) => conjoin(made, alive(live)) };
    case 'ended':
      return {
        liveValues: [1, 0],
        conditionFor: (live) => {
          const { sql, values } = alive(live);
          return conjoin(made, sql === '0' ? always : { sql: `NOT (${sql})`, values });
        },
      };
  }
}

function conjoin(a: Condition, b: Condition): Condition {
  if (a.sql === '1') return b;
  if (b.sql === '1') return a;
  return { sql: `(${a.sql}) AND (${b.sql})`, values: [...a.values, ...b.values] };
}
