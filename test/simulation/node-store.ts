import { randomUUID } from 'node:crypto';
import { compileSelector, type Selector } from '../../src/session/selector.ts';
import type {
  EndCommand,
  LedgerEntry,
  LedgerQuery,
  Lookup,
  RegisterCommand,
  RegisterOutcome,
  RevokeCommand,
  RevokeOutcome,
  SliceResult,
  Store,
  StoredRecord,
  StoredSession,
  StoreVersions,
  Touch,
  UpdateCommand,
} from '../../src/session/store.ts';
import type { Connection, Lock } from './connection.ts';
import { type Database, headOf, type Row, type State, type Writes } from './database.ts';
import type { Flaw } from './flaw.ts';

/** What a transaction came to, or that the ledger has grown beyond what the node knows of it. */
type Decided<Result> = { result: Result; writes?: Writes } | 'moved';

const ledgerShared: Lock = { name: 'the ledger', mode: 'share' };
const ledgerAlone: Lock = { name: 'the ledger', mode: 'exclusive' };
const sliceRows = 1;

/** What a node needs for sessions and the ledger; questions for people are not simulated. */
type Simulated = Pick<
  Store,
  | 'description'
  | 'lookup'
  | 'versions'
  | 'find'
  | 'head'
  | 'revocations'
  | 'activeRevocations'
  | 'register'
  | 'update'
  | 'end'
  | 'touch'
  | 'revoke'
  | 'sweep'
  | 'expire'
  | 'purge'
  | 'records'
  | 'addRefusals'
  | 'noteNode'
  | 'close'
>;

/**
 * The store of one simulated node. It keeps the protocol of the engine for PostgreSQL: one message is one transaction, the
 * writes of a node go one after the other, whatever is decided by the ledger holds its lock shared and demands that the
 * ledger is as the node knows it, a cut holds it alone, and a look-up takes no lock at all.
 */
export class NodeStore implements Simulated {
  readonly description = 'a simulated PostgreSQL';
  readonly #connection: Connection;
  readonly #flaws: ReadonlySet<Flaw>;
  readonly #policy: readonly StoredRecord[];
  /** Called when the database has another ledger than the one this node knew. */
  readonly #onFork: () => void;
  #known = 0;
  /** The newest entry that this node was given, and the connection on which the database was seen to have it. */
  #newest: LedgerEntry | undefined;
  #proven: Promise<void> | undefined;
  #provenOn = 0;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(
    connection: Connection,
    flaws: ReadonlySet<Flaw>,
    policy: readonly StoredRecord[],
    onFork: () => void,
  ) {
    this.#connection = connection;
    this.#flaws = flaws;
    this.#policy = policy;
    this.#onFork = onFork;
    this.#provenOn = connection.number;
  }

  lookup(tokenHash: Buffer): Promise<Lookup> {
    const token = tokenHash.toString('hex');
    const lies = this.#flaws.has('a node answers without catching up');
    return this.#read('look-up', (state) => ({
      session: find(state, (row) => row.tokenHash === token),
      head: lies ? 0 : headOf(state),
    }));
  }

  versions(): Promise<StoreVersions> {
    return this.#read('versions', (state) => ({ head: headOf(state), records: 0 }));
  }

  find(id: string): Promise<StoredSession | undefined> {
    return this.#read('find', (state) => find(state, (row) => row.id === id));
  }

  async head() {
    return this.#read('head', (state) => ({
      seq: headOf(state),
      hash: state.ledger.get(headOf(state))?.hash ?? '',
    }));
  }

  async revocations({ after = 0, limit }: LedgerQuery): Promise<LedgerEntry[]> {
    const read = (state: State): LedgerEntry[] => entriesAfter(state, after).slice(0, limit);
    return this.#given(await this.#read(`revocations after ${after}`, read));
  }

  async activeRevocations(since: number): Promise<LedgerEntry[]> {
    const isActive = ({ sweptAt, at }: LedgerEntry): boolean => sweptAt === null || at > since;
    return this.#given(
      await this.#read('active revocations', (state) => entriesAfter(state, 0).filter(isActive)),
    );
  }

  async register(command: RegisterCommand): Promise<RegisterOutcome> {
    const { session, tokenHash, limit, now } = command;
    const user = `user ${session.realm}/${session.username}`;
    const lockless = this.#flaws.has('sessions are counted without a lock');
    const counts = limit.kind === 'refuse' || limit.kind === 'displace';
    const keys: Lock[] = counts && !lockless ? [{ name: user, mode: 'exclusive' }] : [];
    return this.#write<RegisterOutcome>(`register ${session.username}`, keys, (state, database) => {
      const cut = entriesAfter(state, session.epoch).find(({ selector }) =>
        compileSelector(selector)(session),
      );
      const slips = this.#flaws.has('a registration takes the epoch of its end');
      if (cut !== undefined && !slips) return { result: { kind: 'revoked', revocation: cut.seq } };
      const displaced: Row[] = [];
      if (limit.kind === 'refuse' || limit.kind === 'displace') {
        const isOf = (row: Row): boolean => row.realm === session.realm && row.username === session.username;
        const live = [...state.sessions.values()].filter((row) => isOf(row) && isLive(state, row));
        if (live.length >= limit.max && limit.kind === 'refuse') {
          return { result: { kind: 'limit_reached', live: live.length, max: limit.max } };
        }
        for (const row of live.slice(0, Math.max(0, live.length - limit.max + 1))) {
          displaced.push({ ...row, ended: { at: now, reason: 'displaced' } });
        }
      }
      const row: Row = {
        ...session,
        ...(slips ? { epoch: headOf(state) } : {}),
        number: database.newRowNumber(),
        tokenHash: tokenHash.toString('hex'),
      };
      return {
        result: { kind: 'registered', session: row, displaced },
        writes: { sessions: [...displaced, row] },
      };
    });
  }

  update({ id, now, accessGroups }: UpdateCommand): Promise<StoredSession | undefined> {
    return this.#change(`refresh ${id.slice(0, 4)}`, id, (state, row) => ({
      ...row,
      lastAccessAt: Math.max(row.lastAccessAt, now, floorOf(state)),
      ...(accessGroups === undefined ? {} : { accessGroups, epoch: headOf(state) }),
    }));
  }

  end({ id, reason, now }: EndCommand): Promise<StoredSession | undefined> {
    return this.#change(`end ${id.slice(0, 4)}`, id, (_state, row) => ({
      ...row,
      ended: { at: now, reason },
    }));
  }

  async touch(touches: readonly Touch[]): Promise<void> {
    const before = this.#flaws.has('an access writes the whole row')
      ? await this.#read('rows before an access', (state) => state)
      : undefined;
    await this.#write('touch', [], (state) => {
      const floor = this.#flaws.has('an access that is written late keeps its instant') ? 0 : floorOf(state);
      const overwrites = this.#flaws.has('an access overwrites a later one');
      const sessions = touches.flatMap((touch) => {
        const row = (before ?? state).sessions.get(touch.number);
        const lastAccessAt = Math.max(touch.lastAccessAt, floor);
        if (row === undefined || !isLive(before ?? state, row)) return [];
        return row.lastAccessAt < lastAccessAt || overwrites || before !== undefined
          ? [{ ...row, lastAccessAt }]
          : [];
      });
      return { result: undefined, writes: { sessions } };
    });
  }

  async revoke(command: RevokeCommand): Promise<RevokeOutcome> {
    const { now, by, face, reason, untilCommit = false } = command;
    const movesEnd = untilCommit && !this.#flaws.has('a cut ends its range with the order');
    const early = this.#flaws.has('a cut is acknowledged before its commit');
    const sequence = this.#flaws.has('revocations are numbered before the lock');
    const database = this.#connection.database;
    const number = sequence ? await this.#read('next number', () => database.newEntryNumber()) : undefined;
    const decide = (state: State): Decided<RevokeOutcome> => {
      const head = headOf(state);
      const seq = number ?? head + 1;
      const at = Math.max(now, state.ledger.get(head)?.at ?? 0);
      const selector = movesEnd ? untilNow(command.selector, state) : command.selector;
      const matches = compileSelector(selector);
      const hit = [...state.sessions.values()].filter((row) => matches(row) && isLive(state, row));
      const hash = `${seq}, ${randomUUID()}`;
      const facts = { seq, at, selector, reason, by, face, matched: hit.length, previousHash: '', hash };
      const entry: LedgerEntry = { ...facts, swept: 0, sweptAt: null };
      return {
        result: { kind: 'revoked', revocation: entry, sessions: hit, unknown: [] },
        writes: { entry },
      };
    };
    const label = `cut of ${JSON.stringify(command.selector)}`;
    if (sequence) return this.#send(label, [ledgerShared], decide) as Promise<RevokeOutcome>;
    const outcome = await this.#write(label, [], decide, { alone: true, early });
    if (outcome.kind === 'revoked') this.#given([{ ...outcome.revocation, swept: 0, sweptAt: null }]);
    return outcome;
  }

  sweep(now: number): Promise<SliceResult> {
    const hasty = this.#flaws.has('a sweep ends after its first slice');
    const blind = this.#flaws.has('a sweep passes over the epoch');
    const decide = (state: State, database: Database): Decided<SliceResult> => {
      const oldest = entriesAfter(state, 0).find(({ sweptAt }) => sweptAt === null);
      if (oldest === undefined) return { result: { rows: 0, more: false, completed: [] } };
      const matches = compileSelector(oldest.selector);
      const left = [...state.sessions.values()].filter(
        (row) => row.ended === undefined && matches(row) && (blind || row.epoch < oldest.seq),
      );
      const free = left.filter(({ number }) => database.canLock(this, `row ${number}`, 'exclusive'));
      const rows = free.slice(0, sliceRows);
      const isOver = hasty || left.length === rows.length;
      const ended = { at: oldest.at, reason: 'revoked' as const, revocation: oldest.seq };
      return {
        result: { rows: rows.length, more: false, completed: isOver ? [oldest.seq] : [] },
        writes: {
          sessions: rows.map((row) => ({ ...row, ended })),
          entry: { ...oldest, swept: oldest.swept + rows.length, sweptAt: isOver ? now : null },
        },
      };
    };
    return this.#send(
      'sweep',
      [{ name: 'the sweep', mode: 'exclusive' }, ledgerShared],
      decide,
    ) as Promise<SliceResult>;
  }

  async expire(): Promise<SliceResult> {
    return { rows: 0, more: false, completed: [] };
  }

  async purge(): Promise<SliceResult> {
    return { rows: 0, more: false, completed: [] };
  }

  async records(kind: StoredRecord['kind']): Promise<StoredRecord[]> {
    if (kind === 'node') return this.#read('nodes', (state) => [...state.nodes.values()]);
    return kind === 'policy' ? [...this.#policy] : [];
  }

  async addRefusals(): Promise<void> {}

  async noteNode(name: string, body: { readonly seenAt: number } | undefined): Promise<void> {
    const node: StoredRecord = { kind: 'node', id: name, version: 1, body };
    const told = JSON.stringify(body);
    await this.#send(`says ${told}`, [], () => ({ result: undefined, writes: { node } }));
  }

  async close(): Promise<void> {}

  async #read<Result>(label: string, read: (state: State) => Result): Promise<Result> {
    await this.#prove();
    return this.#connection.send({ label, locks: [], decide: (state) => ({ result: read(state) }) });
  }

  #change(
    label: string,
    id: string,
    change: (state: State, row: Row) => Row,
  ): Promise<StoredSession | undefined> {
    return this.#write(label, [], (state) => {
      const row = find(state, (one) => one.id === id);
      if (row === undefined || !isLive(state, row)) return { result: undefined };
      const changed = change(state, row);
      return { result: changed, writes: { sessions: [changed] } };
    });
  }

  /** The writes of a node go one after the other; one that the ledger has passed by is tried again. */
  #write<Result>(
    label: string,
    locks: readonly Lock[],
    decide: (state: State, database: Database) => Decided<Result>,
    { alone = false, early = false } = {},
  ): Promise<Result> {
    const lockless = this.#flaws.has('a registration takes no lock') && label.startsWith('register');
    const ledger = lockless ? [] : [alone ? ledgerAlone : ledgerShared];
    const run = async (): Promise<Result> => {
      for (;;) {
        const known = this.#known;
        const result = await this.#send<Result>(
          label,
          [...ledger, ...locks],
          (state, database) => (headOf(state) === known || lockless ? decide(state, database) : 'moved'),
          early,
        );
        if (result !== 'moved') return result;
        this.#known = await this.#read('head', headOf);
      }
    };
    const written = this.#lastWrite.then(run, run);
    this.#lastWrite = written.catch(() => undefined);
    return written;
  }

  #given(entries: LedgerEntry[]): LedgerEntry[] {
    const newest = entries.at(-1);
    if (newest !== undefined && newest.seq > (this.#newest?.seq ?? 0)) this.#newest = newest;
    return entries;
  }

  /** After a connection broke, the database may be another one: it must have the ledger that this node knows. */
  async #prove(): Promise<void> {
    if (this.#provenOn === this.#connection.number) return;
    const newest = this.#newest;
    if (newest === undefined || this.#flaws.has('a node keeps what the primary has lost')) return;
    this.#proven ??= this.#connection
      .send({
        label: 'compare the ledger',
        locks: [],
        decide: (state) => ({ result: state.ledger.get(newest.seq)?.hash === newest.hash }),
      })
      .then((isSame) => {
        if (isSame) this.#provenOn = this.#connection.number;
        else this.#onFork();
      })
      .finally(() => {
        this.#proven = undefined;
      });
    await this.#proven;
  }

  async #send<Result>(
    label: string,
    locks: readonly Lock[],
    decide: (state: State, database: Database) => Decided<Result>,
    answersEarly = false,
  ): Promise<Result | 'moved'> {
    await this.#prove();
    return this.#connection.send<Result | 'moved'>({
      label,
      locks,
      answersEarly,
      decide: (state, database) => {
        const decided = decide(state, database);
        return decided === 'moved' ? { result: 'moved' } : decided;
      },
    });
  }
}

function find(state: State, isIt: (row: Row) => boolean): Row | undefined {
  return [...state.sessions.values()].find(isIt);
}

/** The instant before which no access is written: the end of every range of those used since an instant. */
function floorOf(state: State): number {
  const ends = [...state.ledger.values()].map(({ selector: { lastAccessFrom, lastAccessTo } }) =>
    lastAccessFrom === undefined || lastAccessTo === undefined ? 0 : Date.parse(lastAccessTo),
  );
  return Math.max(0, ...ends);
}

/** The selector with the end of its range behind every access that is written by now. */
function untilNow({ lastAccessTo, ...open }: Selector, state: State): Selector {
  if (lastAccessTo === undefined) return open;
  const isMeant = compileSelector({ ...open, lastAccessFrom: lastAccessTo });
  const late = [...state.sessions.values()].filter((row) => isMeant(row) && isLive(state, row));
  const end = Math.max(Date.parse(lastAccessTo), ...late.map((row) => row.lastAccessAt + 1));
  return { ...open, lastAccessTo: new Date(end).toISOString() };
}

export function entriesAfter(state: State, seq: number): LedgerEntry[] {
  return [...state.ledger.values()].filter((entry) => entry.seq > seq).sort((a, b) => a.seq - b.seq);
}

/** Whether nothing has ended a session in this state: no mark on its row, and no revocation after its epoch. */
export function isLive(state: State, row: Row): boolean {
  return (
    row.ended === undefined &&
    !entriesAfter(state, row.epoch).some(({ selector }) => compileSelector(selector)(row))
  );
}
