import type { Clock } from '../core/clock.ts';
import type { Registry } from './registry.ts';
import type { Store } from './store.ts';

/** What a node says of itself. Instants are epoch milliseconds. */
export interface NodeState {
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
  readonly registry: Pick<Registry, 'ledger' | 'catchUp'>;
  readonly clock: Clock;
  readonly name: string;
  readonly version: string;
  /** Whether other processes share the store; one that is alone says nothing of itself there. */
  readonly isShared: boolean;
  /** Told when a node cannot be heard of any more, and once when it can again. */
  readonly onChange?: (error: unknown) => void;
  readonly intervalMs?: number;
}

const everyMs = 5000;
/** A node that was not heard of for so long is taken for gone. */
export const silentMs = 3 * everyMs;
const forgottenMs = 24 * 3_600_000;

/** The nodes that share a store: this one says from time to time that it lives, and knows what the others have said. */
export class Nodes {
  readonly name: string;
  readonly #options: NodesOptions;
  readonly #startedAt: number;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isFailing = false;

  constructor(options: NodesOptions) {
    this.#options = options;
    this.name = options.name;
    this.#startedAt = options.clock.now();
  }

  /** Begins to say that this node lives. */
  start(): void {
    if (!this.#options.isShared || this.#timer !== undefined) return;
    this.#running = this.#say();
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.#say());
    }, this.#options.intervalMs ?? everyMs).unref();
  }

  /** Says that this node has stopped. */
  async stop(): Promise<void> {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    await this.#running;
    const { store, clock } = this.#options;
    await store.noteNode(this.name, undefined, clock.now() - forgottenMs);
  }

  /** Every node that was heard of within a day and did not stop in order, by name; this one as it is now. */
  async list(): Promise<NodeState[]> {
    const { store, isShared } = this.#options;
    const own = this.#state();
    if (!isShared) return [own];
    const others = (await store.records('node')).map(({ body }) => body as NodeState);
    return [...others.filter(({ name }) => name !== this.name), own].sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
  }

  #state(): NodeState {
    const { registry, clock, version } = this.#options;
    const { head } = registry.ledger;
    return { name: this.name, version, startedAt: this.#startedAt, head, seenAt: clock.now() };
  }

  async #say(): Promise<void> {
    const { store, registry, clock, onChange } = this.#options;
    try {
      await registry.catchUp();
      await store.noteNode(this.name, this.#state(), clock.now() - forgottenMs);
      if (this.#isFailing) onChange?.(undefined);
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) onChange?.(error);
      this.#isFailing = true;
    }
  }
}
