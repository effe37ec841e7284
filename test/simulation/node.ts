import { CurfewError } from '../../src/core/errors.ts';
import { Housekeeper } from '../../src/session/housekeeper.ts';
import { Registry } from '../../src/session/registry.ts';
import type { Store, StoredRecord } from '../../src/session/store.ts';
import { hour } from '../support/manual-clock.ts';
import { Connection } from './connection.ts';
import type { Database } from './database.ts';
import type { Flaw } from './flaw.ts';
import { NodeStore } from './node-store.ts';
import type { World } from './world.ts';

/** A part of a node that is started with its process, and waited for before the process answers anything. */
export type Companion = (node: SimulatedNode, registry: Registry, store: Store) => Promise<void>;

interface Process {
  readonly registry: Promise<Registry>;
  readonly store: NodeStore;
}

/** One node: the real registry and housekeeper, over a store whose messages the scheduler delivers. */
export class SimulatedNode {
  readonly name: string;
  readonly #world: World;
  readonly #flaws: ReadonlySet<Flaw>;
  readonly #policy: readonly StoredRecord[];
  readonly #companion: Companion;
  #connection: Connection;
  #process: Process | undefined;
  #starts = 0;
  #isStopped = false;
  /** Answers that somebody waits for. */
  readonly #open = new Set<(error: Error) => void>();

  constructor(
    world: World,
    name: string,
    database: Database,
    flaws: ReadonlySet<Flaw>,
    policy: readonly StoredRecord[],
    companion: Companion = async () => {},
  ) {
    this.#companion = companion;
    this.#world = world;
    this.name = name;
    this.#flaws = flaws;
    this.#policy = policy;
    this.#connection = this.#connect(database);
    this.start();
  }

  /**
   * Asks the node something over the network: the question takes its time to arrive, and so does the answer. A node that dies
   * meanwhile, or is not there, gives an error.
   */
  ask<Answer>(label: string, question: (registry: Registry) => Promise<Answer> | Answer): Promise<Answer> {
    const { name } = this;
    const isAwake = (): boolean => !this.#isStopped;
    return new Promise<Answer>((resolve, reject) => {
      const arrive = (): void => {
        const start = this.#starts;
        const running = this.#process;
        if (running === undefined) {
          reject(new CurfewError('store_unavailable', `${name} is down`));
          return;
        }
        this.#open.add(reject);
        const tell = (how: string, say: () => void): void =>
          this.#world.post(
            `${name} answers ${label}: ${how}`,
            () => {
              if (start !== this.#starts) return;
              this.#open.delete(reject);
              say();
            },
            () => start !== this.#starts || isAwake(),
          );
        running.registry.then(question).then(
          (answer) => tell(shown(answer), () => resolve(answer)),
          (error: unknown) => tell(shown(error), () => reject(error)),
        );
      };
      this.#world.post(`${name} is asked to ${label}`, arrive, isAwake);
    });
  }

  /** Does all the background work there is, once. */
  tidy(): Promise<void> {
    return this.ask('tidy up', async (registry) => {
      await registry.touches.flushAll().catch(() => undefined);
      const store = this.#process?.store as unknown as Store;
      const observer = { swept: () => {}, failed: () => {}, recovered: () => {} };
      const { clock } = this.#world;
      return new Housekeeper({ registry, store, clock, observer, historyMs: 7 * 24 * hour }).tidy();
    });
  }

  stop(): void {
    this.#isStopped = true;
  }

  wake(): void {
    this.#isStopped = false;
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** One more with every death of its process. */
  get life(): number {
    return this.#starts;
  }

  /** The process is killed. */
  kill(): void {
    this.#starts += 1;
    this.#process = undefined;
    this.#connection.forget();
    const open = [...this.#open];
    this.#open.clear();
    for (const reject of open) reject(new CurfewError('store_unavailable', `${this.name} died`));
  }

  /** Starts it, if it is not running. */
  start(): void {
    if (this.#process !== undefined) return;
    this.#connection = this.#connect(this.#connection.database);
    const store = new NodeStore(this.#connection, this.#flaws, this.#policy, () => {
      this.kill();
      this.#world.post(`${this.name} starts anew, for its ledger is not the database's`, () => this.start());
    });
    const registry = this.#openRegistry(store as unknown as Store);
    this.#process = { registry, store };
    const starts = this.#starts;
    registry.catch((error: unknown) => {
      if (!(error instanceof CurfewError)) this.#world.fail(error);
      // It could not read what it needs; whoever watches over it starts it again.
      if (starts !== this.#starts) return;
      this.kill();
      this.#world.post(`${this.name} is started again`, () => this.start());
    });
  }

  async #openRegistry(store: Store): Promise<Registry> {
    const registry = await Registry.open({ store, clock: this.#world.clock, isShared: true });
    await this.#companion(this, registry, store);
    return registry;
  }

  breakConnection(): void {
    this.#connection.break();
  }

  get database(): Database {
    return this.#connection.database;
  }

  moveTo(database: Database): void {
    this.#connection.moveTo(database);
  }

  #connect(database: Database): Connection {
    return new Connection(this.#world, { name: this.name, isStopped: () => this.#isStopped }, database);
  }
}

function shown(answer: unknown): string {
  if (answer instanceof CurfewError) return answer.code;
  if (answer instanceof Error) return answer.message;
  if (typeof answer !== 'object' || answer === null) return String(answer);
  if ('live' in answer)
    return answer.live === true ? 'live' : `not live, ${'reason' in answer ? answer.reason : ''}`;
  if ('revocation' in answer) return `revocation ${(answer.revocation as { seq: number }).seq}`;
  if ('session' in answer) return `epoch ${(answer.session as { epoch: number }).epoch}`;
  return 'done';
}
