import type { Clock } from '../core/clock.ts';
import { AccessCalls, type Waiting } from './access-calls.ts';
import type { Registry } from './registry.ts';
import type { Store } from './store.ts';

/** What a node says of the calls to write accesses. */
export interface CallState {
  /** The call of this node that the others are to follow, if it has one under way. */
  readonly calls?: string;
  /** The last call of each other node that this one has followed, by that node's name. */
  readonly followed?: Readonly<Record<string, string>>;
}

/** What a node says of itself. Instants are epoch milliseconds. */
export interface NodeState extends CallState {
  readonly name: string;
  /** The version of Curfew that it runs. */
  readonly version: string;
  readonly startedAt: number;
  /** The last revocation that it knew of when it was last heard of; it reads the others before it answers. */
  readonly head: number;
  /** When it was last heard of. */
  readonly seenAt: number;
}

export interface NodesOptions {
  readonly store: Pick<Store, 'noteNode' | 'records'>;
  readonly registry: Pick<Registry, 'ledger' | 'catchUp' | 'touches'>;
  readonly clock: Clock;
  readonly name: string;
  readonly version: string;
  /** Whether other processes share the store; one that is alone says nothing of itself there. */
  readonly isShared: boolean;
  /** Told when a node cannot be heard of any more, and once when it can again. */
  readonly onChange?: (error: unknown) => void;
  readonly intervalMs?: number;
  /** How long the others are waited for that are called, in milliseconds. */
  readonly callWaitMs?: number;
  /** How it is waited for them, where time is not that of the machine. */
  readonly waiting?: Waiting;
}

const everyMs = 5000;
/** How often a node looks whether another calls. */
const lookEveryMs = 200;
/** A node that was not heard of for so long is taken for gone. */
export const silentMs = 3 * everyMs;
const forgottenMs = 24 * 3_600_000;

/** The nodes that share a store: this one says from time to time that it lives, and knows what the others have said. */
export class Nodes {
  readonly name: string;
  readonly #options: NodesOptions;
  readonly #startedAt: number;
  readonly #calls: AccessCalls;
  #timer: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #following: Promise<void> | undefined;
  #isFailing = false;

  constructor(options: NodesOptions) {
    this.#options = options;
    this.name = options.name;
    this.#startedAt = options.clock.now();
    this.#calls = new AccessCalls({
      name: options.name,
      others: () => this.#others(),
      say: () => this.#write(),
      write: () => options.registry.touches.flushInPortions(),
      isSilent: ({ seenAt }) => options.clock.now() - seenAt > silentMs,
      ...(options.callWaitMs === undefined ? {} : { waitMs: options.callWaitMs }),
      ...(options.waiting === undefined ? {} : { waiting: options.waiting }),
    });
  }

  /** Begins to say that this node lives. Fulfilled when it has been said once, or could not be. */
  async start(): Promise<void> {
    if (!this.#options.isShared || this.#timer !== undefined) return;
    this.#running = this.say();
    const said = this.#running;
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.say());
    }, this.#options.intervalMs ?? everyMs).unref();
    this.#looking = setInterval(() => {
      // A store that does not answer is told of by what this node says of itself; whoever called goes by this one's silence.
      this.#following = this.follow().catch(() => undefined);
    }, lookEveryMs).unref();
    await said;
  }

  /**
   * Has the other nodes write the accesses that they hold, so that the rows tell who was used when.
   * @returns the names of nodes that were not heard. One that has long been silent is among them, whatever the question is
   * about: it may have woken and answered somebody before it could say that it lives.
   * @throws CurfewError `store_unavailable`
   */
  async gatherAccesses(): Promise<readonly string[]> {
    if (!this.#options.isShared) return [];
    return (await this.#calls.call()).map(({ name }) => name);
  }

  /**
   * Looks whether another node calls, and if so writes what this one holds.
   * @throws CurfewError `store_unavailable`
   */
  follow(): Promise<void> {
    return this.#calls.follow();
  }

  /** Says that this node has stopped. */
  async stop(): Promise<void> {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    clearInterval(this.#looking);
    await Promise.all([this.#running, this.#following]);
    const { store, clock } = this.#options;
    await store.noteNode(this.name, undefined, clock.now() - forgottenMs);
  }

  /** Every node that was heard of within a day and did not stop in order, by name; this one as it is now. */
  async list(): Promise<NodeState[]> {
    const own = this.#state();
    if (!this.#options.isShared) return [own];
    return [...(await this.#others()), own].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #others(): Promise<NodeState[]> {
    const found = await this.#options.store.records('node');
    return found.map(({ body }) => body as NodeState).filter(({ name }) => name !== this.name);
  }

  #state(): NodeState {
    const { registry, clock, version } = this.#options;
    const { head } = registry.ledger;
    const { said } = this.#calls;
    return { name: this.name, version, startedAt: this.#startedAt, head, seenAt: clock.now(), ...said };
  }

  #write(): Promise<void> {
    const { store, clock } = this.#options;
    return store.noteNode(this.name, this.#state(), clock.now() - forgottenMs);
  }

  /** Says once that this node lives. */
  async say(): Promise<void> {
    const { registry, onChange } = this.#options;
    try {
      await registry.catchUp();
      await this.#write();
      if (this.#isFailing) onChange?.(undefined);
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) onChange?.(error);
      this.#isFailing = true;
    }
  }
}
