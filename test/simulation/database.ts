import type { LedgerEntry, StoredRecord, StoredSession } from '../../src/session/store.ts';
import type { Flaw } from './flaw.ts';
import type { World } from './world.ts';

export type Row = StoredSession & { readonly tokenHash: string };

/** Everything that is committed, at one moment. Never changed: a snapshot is a reference to it. */
export interface State {
  readonly sessions: ReadonlyMap<number, Row>;
  readonly ledger: ReadonlyMap<number, LedgerEntry>;
  /** What the nodes have said of themselves, by name. */
  readonly nodes: ReadonlyMap<string, StoredRecord>;
}

/** What a transaction wrote. */
export interface Writes {
  readonly sessions?: readonly Row[];
  readonly entry?: LedgerEntry;
  readonly node?: StoredRecord;
}

export type LockMode = 'share' | 'exclusive';

/** A record of the write-ahead log. */
interface Commit {
  readonly writes: Writes;
  isOnStandby: boolean;
}

export const emptyState: State = { sessions: new Map(), ledger: new Map(), nodes: new Map() };

export function headOf(state: State): number {
  return Math.max(0, ...state.ledger.keys());
}

/**
 * The parts of PostgreSQL that decide what a node may see: one committed state that every statement reads as of its
 * start (READ COMMITTED), locks held until the end of a transaction, a write-ahead log, and a standby that must have
 * a commit before anybody sees it. A commit becomes visible some time after it is durable, and its locks are let go of
 * only then.
 */
export class Database {
  readonly name: string;
  readonly #world: World;
  readonly #flaws: ReadonlySet<Flaw>;
  readonly #locks = new Map<string, Map<object, LockMode>>();
  readonly #base: State;
  #log: Commit[] = [];
  #visible: State;
  /** Every state there was, with the time from which on it was visible. */
  readonly states: { readonly from: number; readonly state: State }[] = [];
  /** One more with every crash: what was under way before is lost. */
  #life = 0;
  #nextRow: number;
  #nextEntry = 0;
  /** A primary that its standby has left commits nothing. */
  isCutOff = false;
  /** The standby receives nothing for now, so commits wait. */
  isStandbyBehind = false;

  constructor(world: World, flaws: ReadonlySet<Flaw>, name = 'primary', base = emptyState) {
    this.#world = world;
    this.#flaws = flaws;
    this.name = name;
    this.#base = base;
    this.#visible = base;
    this.#nextRow = Math.max(0, ...base.sessions.keys());
    this.states.push({ from: world.time, state: base });
  }

  /** A snapshot of now. */
  get visible(): State {
    return this.#visible;
  }

  /** Which of its lives it is in; what was begun in an earlier one is lost. */
  get life(): number {
    return this.#life;
  }

  /** A number for a new row; numbers of transactions that fail are lost, as those of a sequence are. */
  newRowNumber(): number {
    this.#nextRow += 1;
    return this.#nextRow;
  }

  /** A number for a revocation from a sequence, which knows nothing of commits. */
  newEntryNumber(): number {
    this.#nextEntry = Math.max(this.#nextEntry, headOf(this.#visible)) + 1;
    return this.#nextEntry;
  }

  canLock(owner: object, name: string, mode: LockMode): boolean {
    for (const [other, held] of this.#locks.get(name) ?? []) {
      if (other !== owner && (mode === 'exclusive' || held === 'exclusive')) return false;
    }
    return true;
  }

  lock(owner: object, name: string, mode: LockMode): void {
    const held = this.#locks.get(name) ?? new Map<object, LockMode>();
    if (held.get(owner) !== 'exclusive') held.set(owner, mode);
    this.#locks.set(name, held);
  }

  /** Lets go of all locks of a transaction. */
  release(owner: object): void {
    for (const held of this.#locks.values()) held.delete(owner);
  }

  /** Commits: into the log, onto the standby, into sight; then the locks go and `done` is called. */
  commit(owner: object, label: string, writes: Writes, done: () => void): void {
    const life = this.#life;
    const commit: Commit = { writes, isOnStandby: false };
    const log = this.#log;
    log.push(commit);
    const isAlive = (): boolean => life === this.#life;
    const becomeVisible = (): void => {
      if (!isAlive()) return;
      this.#show(apply(this.#visible, writes));
      this.release(owner);
      done();
    };
    this.#shipToStandby(label, commit);
    if (this.#flaws.has('the standby is asynchronous')) becomeVisible();
    else {
      const isDue = (): boolean => !isAlive() || commit.isOnStandby;
      this.#world.post(`${this.name}: commit of ${label} becomes visible`, becomeVisible, isDue);
    }
  }

  #shipToStandby(label: string, commit: Commit): void {
    const log = this.#log;
    const arrive = (): void => {
      commit.isOnStandby = !this.isCutOff;
    };
    // The log is sent in its order.
    const isNext = (): boolean =>
      this.isCutOff || (!this.isStandbyBehind && log.find((one) => !one.isOnStandby) === commit);
    this.#world.post(`standby: receives ${label}`, arrive, isNext);
  }

  /** The process dies and comes back: what the log has is there, on the standby or not. */
  crash(): void {
    this.#life += 1;
    this.#locks.clear();
    this.#show(this.#log.reduce((state, { writes }) => apply(state, writes), this.#base));
  }

  /** The standby takes over: it has what it received, nothing else. */
  failOver(name: string): Database {
    const kept = this.#log.filter(({ isOnStandby }) => isOnStandby);
    const base = kept.reduce((state, { writes }) => apply(state, writes), this.#base);
    this.isCutOff = true;
    this.#life += 1;
    this.#locks.clear();
    const next = new Database(this.#world, this.#flaws, name, base);
    next.states.unshift(...this.states);
    return next;
  }

  #show(state: State): void {
    this.#visible = state;
    this.states.push({ from: this.#world.time, state });
  }
}

function apply(state: State, { sessions = [], entry, node }: Writes): State {
  const rows = new Map(state.sessions);
  for (const row of sessions) rows.set(row.number, row);
  const ledger = new Map(state.ledger);
  if (entry !== undefined) ledger.set(entry.seq, entry);
  const nodes = node === undefined ? state.nodes : new Map(state.nodes).set(node.id, node);
  return { sessions: rows, ledger, nodes };
}
