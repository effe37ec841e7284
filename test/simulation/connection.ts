import { CurfewError } from '../../src/core/errors.ts';
import type { Database, LockMode, State, Writes } from './database.ts';
import type { World } from './world.ts';

export interface Lock {
  readonly name: string;
  readonly mode: LockMode;
}

/** A transaction that is sent in one message: its locks in order, then what it reads and writes. */
export interface Transaction<Result> {
  readonly label: string;
  readonly locks: readonly Lock[];
  /** Decides by the state as of the last lock. Without writes nothing is committed. */
  readonly decide: (state: State, database: Database) => { result: Result; writes?: Writes };
  /** Of a mistaken design: the answer is sent before the commit. */
  readonly answersEarly?: boolean;
}

/** What of a node the network has to know. */
export interface Machine {
  readonly name: string;
  /** A machine that stands still receives nothing. */
  readonly isStopped: () => boolean;
}

/**
 * The way of one node to the database. A message may take any time; a connection that breaks loses every answer under way,
 * while what was sent before may be carried out all the same, at once or late.
 */
export class Connection {
  readonly #world: World;
  readonly #machine: Machine;
  #database: Database;
  #breaks = 0;
  readonly #waiting = new Set<(error: Error) => void>();

  constructor(world: World, machine: Machine, database: Database) {
    this.#world = world;
    this.#machine = machine;
    this.#database = database;
  }

  get database(): Database {
    return this.#database;
  }

  /** One more with every connection after one that broke. */
  get number(): number {
    return this.#breaks;
  }

  /** Sends a transaction and waits for its answer. @throws CurfewError `store_unavailable` when the connection breaks */
  send<Result>(transaction: Transaction<Result>): Promise<Result> {
    const { label, locks, decide, answersEarly = false } = transaction;
    const name = `${this.#machine.name}: ${label}`;
    const world = this.#world;
    const database = this.#database;
    const breaks = this.#breaks;
    const life = database.life;
    const isLost = (): boolean => database.life !== life;
    const owner = {};
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.add(reject);
      const isBroken = (): boolean => breaks !== this.#breaks;
      const answer = (result: Result): void =>
        world.post(
          `${name}: the answer arrives`,
          () => {
            if (isBroken()) return;
            this.#waiting.delete(reject);
            resolve(result);
          },
          () => isBroken() || !this.#machine.isStopped(),
        );
      const finish = (): void => {
        if (isLost()) return;
        const { result, writes } = decide(database.visible, database);
        if (writes === undefined) {
          database.release(owner);
          answer(result);
          return;
        }
        // Who writes a row that another transaction holds waits for that one, and decides anew by what it left.
        const rows = (writes.sessions ?? []).map(({ number }) => `row ${number}`);
        const areFree = (): boolean =>
          isLost() || rows.every((row) => database.canLock(owner, row, 'exclusive'));
        if (!areFree()) {
          world.post(`${database.name}: ${name} has its rows`, finish, areFree);
          return;
        }
        for (const row of rows) database.lock(owner, row, 'exclusive');
        if (answersEarly) answer(result);
        database.commit(owner, name, writes, () => {
          if (!answersEarly) answer(result);
        });
      };
      const step = (place: number): void => {
        const lock = locks[place];
        if (lock === undefined) {
          world.post(`${database.name}: ${name}`, finish);
          return;
        }
        world.post(
          `${database.name}: ${name} locks ${lock.name}`,
          () => {
            if (isLost()) return;
            database.lock(owner, lock.name, lock.mode);
            step(place + 1);
          },
          () => isLost() || database.canLock(owner, lock.name, lock.mode),
        );
      };
      // A message that was sent may be lost with its connection, or arrive late.
      const arrive = (): void => {
        if (isLost() || (isBroken() && world.choose(2) === 0)) return;
        const [first] = locks;
        if (first === undefined) finish();
        else step(0);
      };
      world.post(`${database.name}: receives ${name}`, arrive);
    });
  }

  /** The connection breaks. The node hears of it at once, the database when it looks. */
  break(): void {
    this.#breaks += 1;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const reject of waiting) reject(unreachable());
  }

  /** The node dies: nobody is left to hear anything. */
  forget(): void {
    this.#breaks += 1;
    this.#waiting.clear();
  }

  /** Goes to another server from now on. */
  moveTo(database: Database): void {
    this.break();
    this.#database = database;
  }
}

function unreachable(): CurfewError {
  return new CurfewError('store_unavailable', 'the connection broke');
}
