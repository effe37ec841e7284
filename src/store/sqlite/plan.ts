import type { Condition, Resolved } from './condition.ts';
import type { Database, SqlValue } from './database.ts';

/**
 * How a query walks: one index, one or more values of its leading column. Each value is a stream that is already in
 * the order of lists, so a page costs as many steps as it has rows.
 */
export interface Plan {
  readonly index: string;
  /** The leading column, or undefined for an index that starts with `live`. */
  readonly column?: string;
  readonly values: readonly SqlValue[];
  /** Whether the index continues with `live, created_at`, so that its streams come in the order of lists. */
  readonly ordered: boolean;
  /** Fields of the selector that the walk settles by itself. */
  readonly settled: ReadonlySet<keyof Resolved>;
  /** What bounds a walk over an index that is not ordered. */
  readonly bound?: Condition;
}

/** Beyond this many values a single walk with a filter is cheaper than merging streams. */
const mostStreams = 32;
/** Up to this many rows are sorted on the spot; more are found by walking in order. */
const mostSorted = 2000;
/** The same for lists by last access, whose walk meets the rows of a filter in no order. */
const mostSortedByAccess = 20_000;

const ipIndex = 'session_ip';

type Field = keyof Resolved;

/** The plan for a page: always one that can stop after a page, unless the rows are few. */
export function planForList(resolved: Resolved, db: Database): Plan {
  return exactPlan(resolved) ?? sparsePlan(resolved, db) ?? wordPlan(resolved) ?? fallbackPlan(resolved);
}

/** The plan for a page by last access: the walk in that order, unless the rows are few enough to be sorted. */
export function planForListByAccess(resolved: Resolved, db: Database): Plan {
  const plan = planForCount(resolved);
  return plan.index !== planForLastAccess.index && hasAtMost(plan, mostSortedByAccess, db)
    ? plan
    : planForLastAccess;
}

/** The plan for a count: the index that settles most, for rows need no order. */
export function planForCount(resolved: Resolved): Plan {
  return exactPlan(resolved) ?? rangePlan(resolved) ?? wordPlan(resolved) ?? fallbackPlan(resolved);
}

/** The plan of a sweep: ordered always, so that a place in it can be kept; the rows of session ids are few and never swept. */
export function planForSweep(resolved: Resolved): Plan {
  const { numbers: _few, ...rest } = resolved;
  return exactPlan(rest) ?? wordPlan(rest) ?? fallbackPlan(rest);
}

/** A walk over all rows in the order of their last access. */
export const planForLastAccess: Plan = {
  index: 'session_last_access',
  values: [null],
  ordered: true,
  settled: new Set(),
};

function exactPlan({ numbers, username, subject, providerSession }: Resolved): Plan | undefined {
  if (numbers !== undefined) {
    const bound = { sql: 'number IN (SELECT value FROM json_each(?))', values: [JSON.stringify(numbers)] };
    return { index: '', values: [null], ordered: false, settled: new Set<Field>(['numbers']), bound };
  }
  if (username !== undefined) return ordered('session_username', 'username', [username], ['username']);
  if (subject !== undefined) return ordered('session_subject', 'subject', [subject], ['subject']);
  if (providerSession !== undefined) {
    return ordered('session_provider_session', 'provider_session', [providerSession], ['providerSession']);
  }
  return undefined;
}

/** Words are numbered per realm, so a walk over their numbers settles the realm too. */
function wordPlan({ rights, apps, providers }: Resolved): Plan | undefined {
  if (rights !== undefined && rights.length <= mostStreams) {
    return ordered('session_rights', 'rights', rights, ['rights', 'realm']);
  }
  if (apps !== undefined && apps.length <= mostStreams)
    return ordered('session_app', 'app', apps, ['apps', 'realm']);
  if (providers !== undefined && providers.length <= mostStreams) {
    return ordered('session_provider', 'provider', providers, ['providers', 'realm']);
  }
  return undefined;
}

function fallbackPlan({ realm }: Resolved): Plan {
  if (realm !== undefined) return ordered('session_realm', 'realm', [realm], ['realm']);
  return { index: 'session_created', values: [null], ordered: true, settled: new Set() };
}

function rangePlan({
  ip,
  lastAccessFrom,
  lastAccessTo,
  providers,
  rights,
  apps,
}: Resolved): Plan | undefined {
  if (ip !== undefined) {
    const bound = { sql: 'ip IS NOT NULL AND ip >= ? AND ip <= ?', values: [ip.from, ip.to] };
    return { index: ipIndex, values: [null], ordered: false, settled: new Set<Field>(['ip']), bound };
  }
  const words = providers ?? rights ?? apps;
  if (words === undefined && (lastAccessFrom !== undefined || lastAccessTo !== undefined)) {
    const bound = {
      sql: 'last_access_at >= ? AND last_access_at < ?',
      values: [lastAccessFrom ?? 0, lastAccessTo ?? Number.MAX_SAFE_INTEGER],
    };
    const settled = new Set<Field>(['lastAccessFrom', 'lastAccessTo']);
    return { index: 'session_last_access', values: [null], ordered: false, settled, bound };
  }
  return undefined;
}

/** The plan over a range, when few enough rows lie in it to be sorted. */
function sparsePlan(resolved: Resolved, db: Database): Plan | undefined {
  const plan = rangePlan(resolved);
  if (plan?.bound === undefined) return undefined;
  return hasAtMost(plan, mostSorted, db) ? plan : undefined;
}

/** Whether a plan walks over so many rows at most. */
function hasAtMost(plan: Plan, most: number, db: Database): boolean {
  let found = 0;
  // Rows of an address lie together whether they are live or not. Asked for the few that are ended, the engine would walk over all.
  const starts = plan.index === ipIndex ? [undefined] : ([1, 0] as const);
  for (const live of starts) {
    for (const value of plan.values) {
      const { sql, values } =
        live === undefined && plan.bound !== undefined ? plan.bound : streamStart(plan, live ?? 1, value);
      const inner = `SELECT 1 FROM session ${hint(plan)} WHERE ${sql} LIMIT ${most + 1}`;
      found += db.number(`SELECT count(*) FROM (${inner})`, ...values);
      if (found > most) return false;
    }
  }
  return true;
}

/** How a plan's index is demanded. */
export function hint(plan: Plan): string {
  return plan.index === '' ? '' : `INDEXED BY ${plan.index}`;
}

/** Where a plan's walk over one of its values begins. */
export function streamStart(plan: Plan, live: 0 | 1, value: SqlValue): Condition {
  if (plan.column !== undefined) return { sql: `${plan.column} = ? AND live = ${live}`, values: [value] };
  if (plan.bound !== undefined)
    return { sql: `live = ${live} AND ${plan.bound.sql}`, values: plan.bound.values };
  return { sql: `live = ${live}`, values: [] };
}

function ordered(
  index: string,
  column: string,
  values: readonly SqlValue[],
  settled: readonly Field[],
): Plan {
  return { index, column, values, ordered: true, settled: new Set(settled) };
}
