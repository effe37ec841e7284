import { CurfewError } from '../../core/errors.ts';
import type { Ask, Connection } from './connection.ts';
import { isLedgerMoved, isPassing, isUnreachable } from './errors.ts';
import type { LedgerView } from './ledger-view.ts';
import { lockKeys, lockLedger, lockRows } from './locks.ts';
import { type Row, type Statement, statement } from './statement.ts';

/** One write as it is to be carried out, by what the node knows of the ledger now. */
export interface Plan<Result> {
  /** What has to be locked against others who do the same for the same user or key. */
  readonly keys?: readonly number[];
  /** The ids and numbers of the sessions that it may change; all are locked in one order. */
  readonly sessionIds?: readonly string[];
  readonly sessionNumbers?: readonly number[];
  readonly statements: readonly Statement[];
  /** Makes the result of the rows of each statement, after the commit. @throws TryAgain */
  read(rows: readonly Row[][]): Result | Promise<Result>;
}

/** A kind of write: `shared` ones go together and share a commit; a cut goes alone, and nothing else beside it. */
export interface Write<Result> {
  readonly kind: 'shared' | 'exclusive';
  plan(ask: Ask): Plan<Result> | Promise<Plan<Result>>;
}

/** What a writer needs of its connection. */
export type WritingConnection = Pick<Connection, 'query' | 'transaction' | 'converse'>;

/** Thrown by `read` when nothing was changed because another node was faster. */
export class TryAgain extends Error {}

/** What was committed: the rows of every statement of every plan, in order. */
interface Committed {
  readonly plans: readonly Plan<unknown>[];
  readonly rows: readonly Row[][];
}

interface Waiting {
  readonly write: Write<unknown>;
  readonly since: number;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** Writes that share one commit at most. */
const mostPerCommit = 64;
const mostWaiting = 10_000;
/** After so many attempts the ledger is read under its lock, so that a storm of cuts cannot keep a write out for ever. */
const mostAttempts = 3;
const lastAttempt = 12;
/** How long a write may wait for its turn. One that has been sent is not given up: nobody could say whether it was done. */
const longestWaitMs = 10_000;
const sharedTimeoutMs = 10_000;
const exclusiveTimeoutMs = 120_000;

/**
 * Carries out the writes of this node in the order in which they were called. Those that wait go together: one message, one
 * commit. Everything that is decided by the ledger holds the ledger's lock, shared, and demands in the same transaction that
 * the ledger has not grown beyond what is known here; a cut holds it alone.
 */
export class Writer {
  readonly #connection: WritingConnection;
  readonly #view: LedgerView;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(connection: WritingConnection, view: LedgerView) {
    this.#connection = connection;
    this.#view = view;
  }

  /** Carries out one write. @throws CurfewError `store_unavailable`, `store_full` */
  run<Result>(write: Write<Result>): Promise<Result> {
    if (this.#closed) return Promise.reject(new CurfewError('store_unavailable', 'The store is closed.'));
    if (this.#queue.length >= mostWaiting) return Promise.reject(overloaded());
    return new Promise((resolve, reject) => {
      this.#queue.push({ write, since: performance.now(), resolve: resolve as Waiting['resolve'], reject });
      this.#running ??= this.#drain();
    });
  }

  /** Finishes what waits. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #drain(): Promise<void> {
    // Whatever is called in this tick goes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const batch = this.#nextBatch();
      if (batch.length > 0) await this.#carryOut(batch);
    }
    this.#running = undefined;
  }

  #nextBatch(): Waiting[] {
    const now = performance.now();
    const [first] = this.#queue;
    const size = this.#queue.findIndex(
      ({ write }, index) => index === mostPerCommit || write.kind === 'exclusive',
    );
    const taken = first?.write.kind === 'exclusive' ? 1 : size < 0 ? this.#queue.length : size;
    const batch = this.#queue.slice(0, taken);
    this.#queue = this.#queue.slice(taken);
    return batch.filter(({ since, reject }) => {
      const isLate = now - since > longestWaitMs;
      if (isLate) reject(overloaded());
      return !isLate;
    });
  }

  /** Carries out writes together; where they fail together, one by one, so that only those at fault are told. */
  async #carryOut(batch: readonly Waiting[]): Promise<void> {
    let done: Committed;
    try {
      done = await this.#attempt(batch.map(({ write }) => write));
    } catch (error) {
      if (batch.length === 1 || isUnreachable(error)) for (const { reject } of batch) reject(error);
      else for (const one of batch) await this.#carryOut([one]);
      return;
    }
    let place = 0;
    for (const [index, one] of batch.entries()) {
      const plan = done.plans[index] as Plan<unknown>;
      const rows = done.rows.slice(place, place + plan.statements.length);
      place += plan.statements.length;
      try {
        one.resolve(await plan.read(rows));
      } catch (error) {
        if (error instanceof TryAgain) await this.#carryOut([one]);
        else one.reject(error);
      }
    }
  }

  async #attempt(writes: readonly Write<unknown>[]): Promise<Committed> {
    for (let attempt = 1; ; attempt++) {
      try {
        return attempt <= mostAttempts ? await this.#atOnce(writes) : await this.#underLock(writes);
      } catch (error) {
        if (attempt === lastAttempt || !(isLedgerMoved(error) || isPassing(error))) throw error;
        if (isLedgerMoved(error)) await this.#view.catchUp();
      }
    }
  }

  /** Sends a whole transaction in one message: nothing is locked while this node thinks. */
  async #atOnce(writes: readonly Write<unknown>[]): Promise<Committed> {
    // Taken before the plans are made: whatever is learnt meanwhile makes the demand fail, and never a plan lack an entry.
    const { head } = this.#view;
    const plans = [];
    for (const write of writes) plans.push(await write.plan((one) => this.#connection.query(one)));
    const isAlone = writes[0]?.kind === 'exclusive';
    const demand = statement((p) => `SELECT curfew.demand_head(${p.add(head, 'bigint')})`);
    const before = [lockLedger(isAlone), ...locksOf(plans), demand];
    const rows = await this.#connection.transaction(
      [...before, ...plans.flatMap(({ statements }) => statements)],
      isAlone ? exclusiveTimeoutMs : sharedTimeoutMs,
    );
    return { plans, rows: rows.slice(before.length) };
  }

  /** Takes the lock first, reads what the ledger has then, and decides by that. */
  #underLock(writes: readonly Write<unknown>[]): Promise<Committed> {
    const isAlone = writes[0]?.kind === 'exclusive';
    return this.#connection.converse('write', async (ask) => {
      await ask(lockLedger(isAlone));
      await this.#view.catchUpBy(ask);
      const plans = [];
      for (const write of writes) plans.push(await write.plan(ask));
      for (const lock of locksOf(plans)) await ask(lock);
      const rows = [];
      for (const { statements } of plans) for (const one of statements) rows.push(await ask(one));
      return { plans, rows };
    });
  }
}

function locksOf(plans: readonly Plan<unknown>[]): Statement[] {
  const keys = plans.flatMap((plan) => plan.keys ?? []);
  const ids = plans.flatMap((plan) => plan.sessionIds ?? []);
  const numbers = plans.flatMap((plan) => plan.sessionNumbers ?? []);
  return [
    ...(keys.length === 0 ? [] : [lockKeys(keys)]),
    ...(ids.length + numbers.length === 0 ? [] : [lockRows(ids, numbers)]),
  ];
}

function overloaded(): CurfewError {
  return new CurfewError(
    'store_unavailable',
    'The database does not keep up with what is to be written; try again in a moment.',
    { retryAfterSeconds: 1 },
  );
}
