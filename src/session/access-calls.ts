import { newId } from '../core/ids.ts';
import type { CallState, NodeState } from './nodes.ts';

/** How somebody waits: by a clock that only goes forward, in milliseconds. */
export interface Waiting {
  now(): number;
  pause(ms: number): Promise<void>;
}

const realWaiting: Waiting = {
  now: () => performance.now(),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

export interface AccessCallsOptions {
  /** The name of this node. */
  readonly name: string;
  /** What the other nodes have said of themselves, as it is in the store now. */
  readonly others: () => Promise<readonly NodeState[]>;
  /** Says anew what this node says of itself, with what `said` gives. */
  readonly say: () => Promise<void>;
  /** Writes every access that this node holds. */
  readonly write: () => Promise<void>;
  /** Whether a node should have been heard of since. */
  readonly isSilent: (node: NodeState) => boolean;
  /** How long the others are waited for, in milliseconds. */
  readonly waitMs?: number;
  /** How it is waited for them, where time is not that of the machine. */
  readonly waiting?: Waiting;
}

/** Longer than a node takes that is under load, shorter than somebody waits who has an order to give. */
const mostWaitMs = 3000;
const lookEveryMs = 50;

/**
 * The calls by which a node has all others write the accesses that they hold, so that the rows tell the last access of
 * every session as of the call or later. A call goes by the store: whoever calls says so in what it says of itself, the
 * others look there from time to time, write, and say whose call they have followed.
 */
export class AccessCalls {
  readonly #options: AccessCallsOptions;
  #calls: string | undefined;
  #followed: Readonly<Record<string, string>> = {};
  #underWay: Promise<readonly NodeState[]> | undefined;
  #next: Promise<readonly NodeState[]> | undefined;
  #following: Promise<void> | undefined;

  constructor(options: AccessCallsOptions) {
    this.#options = options;
  }

  /** What belongs to calls in what this node says of itself. */
  get said(): CallState {
    return {
      ...(this.#calls === undefined ? {} : { calls: this.#calls }),
      ...(Object.keys(this.#followed).length === 0 ? {} : { followed: this.#followed }),
    };
  }

  /**
   * Has every node write the accesses that it noted before this call. Gives those that did not say in time that they have,
   * silent ones too, which are not waited for.
   * @throws CurfewError `store_unavailable`
   */
  call(): Promise<readonly NodeState[]> {
    // A call under way may have been followed before the accesses were noted that this one is about, so the next one serves.
    const before = this.#underWay;
    if (before === undefined) return this.#start();
    this.#next ??= before.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  /** Follows the calls of others, if there are any that were not followed yet. */
  follow(): Promise<void> {
    this.#following ??= this.#follow().finally(() => {
      this.#following = undefined;
    });
    return this.#following;
  }

  #start(): Promise<readonly NodeState[]> {
    this.#next = undefined;
    const asking = this.#ask().finally(() => {
      if (this.#underWay === asking) this.#underWay = undefined;
    });
    this.#underWay = asking;
    return asking;
  }

  async #ask(): Promise<readonly NodeState[]> {
    const { name, others, say, isSilent, waitMs = mostWaitMs, waiting = realWaiting } = this.#options;
    if ((await others()).length === 0) return [];
    const call = newId();
    const until = waiting.now() + waitMs;
    this.#calls = call;
    try {
      await say();
      for (;;) {
        const missing = (await others()).filter(({ followed }) => followed?.[name] !== call);
        if (missing.every(isSilent) || waiting.now() >= until) return missing;
        await waiting.pause(lookEveryMs);
      }
    } finally {
      this.#calls = undefined;
    }
  }

  async #follow(): Promise<void> {
    const { others, say, write } = this.#options;
    const found = await others();
    const calling = found.filter(({ name, calls }) => calls !== undefined && this.#followed[name] !== calls);
    if (calling.length === 0) return;
    await write();
    const isThere = new Set(found.map(({ name }) => name));
    this.#followed = Object.fromEntries([
      ...Object.entries(this.#followed).filter(([name]) => isThere.has(name)),
      ...calling.map(({ name, calls }) => [name, calls as string]),
    ]);
    await say();
  }
}
