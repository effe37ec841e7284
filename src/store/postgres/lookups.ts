import { CurfewError } from '../../core/errors.ts';
import type { Lookup, StoreVersions } from '../../session/store.ts';
import type { Connection } from './connection.ts';
import { sessionColumns, sessionOfRow, tokenKey, wordNumbersOf } from './row.ts';
import type { Row, Statement } from './statement.ts';
import type { Words } from './words.ts';

export interface LookupOptions {
  /** How long a look-up may take, from the call to the answer, in milliseconds. */
  readonly deadlineMs: number;
  /** How many may wait. */
  readonly mostWaiting: number;
}

interface Waiting {
  /** Undefined asks for the heads alone. */
  readonly tokenHash: Buffer | undefined;
  readonly since: number;
  resolve(lookup: Lookup & StoreVersions): void;
  reject(error: unknown): void;
}

/** Look-ups that go into one statement at most. */
const mostJoined = 256;
const headColumns = 2;

const text = `SELECT coalesce((SELECT max(seq) FROM curfew.revocation), 0), coalesce((SELECT max(seq) FROM curfew.journal), 0),
    token_hash, ${sessionColumns}
  FROM (SELECT 1) AS one LEFT JOIN curfew.session ON token_key = ANY($1::bigint[])`;

/**
 * The hot path: from the hash of a token to its row. Look-ups that come in the same tick, or while others are under way, are
 * joined into one statement, which gives the rows and the heads of ledger and journal from one snapshot. Nothing is kept
 * from one statement to the next.
 */
export class Lookups {
  readonly #idle: Connection[];
  readonly #connections: readonly Connection[];
  readonly #words: Words;
  readonly #options: LookupOptions;
  readonly #underWay = new Set<{ readonly connection: Connection; readonly batch: readonly Waiting[] }>();
  #queue: Waiting[] = [];
  #scheduled = false;
  #alarm: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(connections: readonly Connection[], words: Words, options: LookupOptions) {
    this.#connections = connections;
    this.#idle = [...connections];
    this.#words = words;
    this.#options = options;
  }

  /** Finds the session of a token hash; without one it gives the heads alone. @throws CurfewError `store_unavailable` */
  find(tokenHash: Buffer | undefined): Promise<Lookup & StoreVersions> {
    if (this.#closed) return Promise.reject(new CurfewError('store_unavailable', 'The store is closed.'));
    if (this.#queue.length >= this.#options.mostWaiting) return Promise.reject(tooLate());
    return new Promise((resolve, reject) => {
      this.#queue.push({ tokenHash, since: performance.now(), resolve, reject });
      this.#schedule();
    });
  }

  /** Finishes what waits. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#queue.length + this.#underWay.size > 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    clearTimeout(this.#alarm);
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }

  #schedule(): void {
    if (this.#scheduled || this.#idle.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    while (this.#queue.length > 0) {
      const connection = this.#idle.shift();
      if (connection === undefined) break;
      const batch = this.#queue.slice(0, mostJoined);
      this.#queue = this.#queue.slice(mostJoined);
      const entry = { connection, batch };
      this.#underWay.add(entry);
      this.#ask(connection, batch)
        .catch((error: unknown) => {
          for (const { reject } of batch) reject(error);
        })
        .finally(() => {
          this.#underWay.delete(entry);
          this.#idle.push(connection);
          if (this.#queue.length > 0) this.#schedule();
        });
    }
    this.#watch();
  }

  async #ask(connection: Connection, batch: readonly Waiting[]): Promise<void> {
    const rows = await connection.query(lookupOf(batch), this.#options.deadlineMs);
    const found = rows.filter((row) => row[headColumns] !== null);
    const places = found.map((row) => row.slice(headColumns + 1));
    const learning = this.#words.learn(places.map(wordNumbersOf));
    if (learning !== undefined) await learning;
    const [head, records] = (rows[0] as Row).slice(0, headColumns) as [number, number];
    const sessions = new Map(
      found.map((row, index) => [
        (row[headColumns] as Buffer).toString('latin1'),
        sessionOfRow(places[index] as Row, this.#words),
      ]),
    );
    // A process that was stopped for a while holds answers that were true before.
    const oldest = performance.now() - this.#options.deadlineMs;
    for (const { tokenHash, since, resolve, reject } of batch) {
      if (since < oldest) reject(tooLate());
      else resolve({ session: tokenHash && sessions.get(tokenHash.toString('latin1')), head, records });
    }
  }

  /** Sees to it that nobody waits longer than the deadline. */
  #watch(): void {
    if (this.#alarm !== undefined) return;
    const first = [...this.#underWay][0]?.batch[0] ?? this.#queue[0];
    if (first === undefined) return;
    const leftMs = first.since + this.#options.deadlineMs - performance.now();
    this.#alarm = setTimeout(
      () => {
        this.#alarm = undefined;
        this.#expire();
        this.#watch();
      },
      Math.max(1, Math.ceil(leftMs)),
    );
  }

  #expire(): void {
    const oldest = performance.now() - this.#options.deadlineMs;
    for (const { batch } of this.#underWay) {
      for (const { since, reject } of batch) if (since <= oldest) reject(tooLate());
    }
    const left = this.#queue.findIndex(({ since }) => since > oldest);
    const late = left < 0 ? this.#queue : this.#queue.slice(0, left);
    this.#queue = left < 0 ? [] : this.#queue.slice(left);
    for (const { reject } of late) reject(tooLate());
  }
}

function lookupOf(batch: readonly Waiting[]): Statement {
  const keys = new Set<number>();
  for (const { tokenHash } of batch) if (tokenHash !== undefined) keys.add(tokenKey(tokenHash));
  return { name: 'curfew_lookup', text, values: [[...keys]] };
}

function tooLate(): CurfewError {
  return new CurfewError(
    'store_unavailable',
    'The database did not answer in time, so it cannot be known whether the session is live.',
    { retryAfterSeconds: 1, facts: { store: 'PostgreSQL' } },
  );
}
