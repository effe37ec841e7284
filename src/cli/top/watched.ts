import type { Client } from '../../client/client.ts';
import { type ConnectionState, followEvents, type ServerEvent } from '../../client/events.ts';
import type { SessionItem } from '../../client/lists.ts';
import type { Inputs, Outputs, Selector } from '../../client/operations.ts';
import { Refresher } from '../../client/refresher.ts';
import type { TransportOptions } from '../../client/transport.ts';
import { CurfewError } from '../../core/errors.ts';

export type Order = NonNullable<Inputs['sessions.list']['order']>;

/** Which sessions are listed, and in which order. */
export interface Wanted {
  readonly selector: Selector;
  readonly order: Order;
  /** How many are fetched. */
  readonly limit: number;
}

/** What is known at this moment; undefined is what has not come yet, or may not be seen. */
export interface Seen {
  connection: ConnectionState;
  /** Why something could not be learnt, in a sentence. */
  trouble: string | undefined;
  node: string | undefined;
  /** Live sessions, as last told. */
  live: number | undefined;
  /** What came and went since somebody last looked. */
  registered: number;
  ended: number;
  refused: number;
  sessions: readonly SessionItem[];
  matched: number | undefined;
  timeline: Outputs['statistics.timeline'] | undefined;
  refusals: Outputs['statistics.refusals'] | undefined;
  revocations: Outputs['revocations.list']['revocations'] | undefined;
  nodes: Outputs['nodes.list'] | undefined;
}

const spanMs = 15 * 60_000;
const bucketSeconds = 15;
const soonMs = 300;
const listEveryMs = 1000;
const othersEveryMs = 3000;
/** Without events, as behind a proxy that holds them back, it is looked again so often. */
const lookEveryMs = 10_000;

/** Follows one server: what it tells by itself, and lists that are fetched anew when it has told something. */
export class Watched {
  readonly seen: Seen = {
    connection: 'connecting',
    trouble: undefined,
    node: undefined,
    live: undefined,
    registered: 0,
    ended: 0,
    refused: 0,
    sessions: [],
    matched: undefined,
    timeline: undefined,
    refusals: undefined,
    revocations: undefined,
    nodes: undefined,
  };
  readonly #client: Client;
  readonly #transport: TransportOptions;
  readonly #onChange: () => void;
  readonly #parts: Readonly<Record<'list' | 'timeline' | 'refusals' | 'revocations' | 'nodes', Refresher>>;
  #wanted: Wanted;
  #aheadMs = 0;

  constructor(
    { client, transport, wanted }: { client: Client; transport: TransportOptions; wanted: Wanted },
    onChange: () => void,
  ) {
    this.#client = client;
    this.#transport = transport;
    this.#wanted = wanted;
    this.#onChange = onChange;
    const part = (fetch: () => Promise<void>): Refresher => new Refresher(() => this.#attempt(fetch));
    this.#parts = {
      list: part(() => this.#list()),
      timeline: part(() => this.#timeline()),
      refusals: part(() => this.#refusals()),
      revocations: part(() => this.#revocations()),
      nodes: part(() => this.#nodes()),
    };
  }

  get wanted(): Wanted {
    return this.#wanted;
  }

  /** Lists other sessions, or in another order. */
  want(changes: Partial<Wanted>): void {
    this.#wanted = { ...this.#wanted, ...changes };
    this.#parts.list.within(0);
    if (changes.selector !== undefined) {
      this.#parts.timeline.within(0);
      this.#parts.refusals.within(0);
    }
  }

  /** Looks once at everything. @throws CurfewError where the first look already fails */
  async look(): Promise<void> {
    await this.#list();
    await this.#timeline();
    this.seen.live = this.seen.timeline?.total.live.at(-1);
    // Who may not see one part sees the others.
    for (const look of [() => this.#refusals(), () => this.#revocations(), () => this.#nodes()]) {
      await look().catch((error: unknown) => {
        if (!isForbidden(error)) throw error;
      });
    }
  }

  /** Follows until the signal is aborted. @throws CurfewError when the caller is not known any more, or may not look */
  async follow(signal: AbortSignal): Promise<void> {
    for (const part of Object.values(this.#parts)) part.within(0);
    const timer = setInterval(() => this.#lookAgain(), lookEveryMs);
    try {
      await followEvents({
        ...this.#transport,
        signal,
        onEvent: (event) => this.#hear(event),
        onState: (state, reason) => {
          this.seen.connection = state;
          this.seen.trouble = state === 'lost' ? reason?.message : undefined;
          this.#onChange();
        },
      });
    } finally {
      clearInterval(timer);
      for (const part of Object.values(this.#parts)) part.stop();
    }
  }

  #hear(event: ServerEvent): void {
    const { seen } = this;
    switch (event.type) {
      case 'hello':
        seen.node = event.data.node;
        this.#aheadMs = Date.parse(event.data.at) - Date.now();
        for (const part of Object.values(this.#parts)) part.within(soonMs);
        break;
      case 'pulse':
        seen.live = event.data.live;
        seen.registered += event.data.registered;
        seen.ended += event.data.ended;
        seen.refused += event.data.refused;
        this.#parts.list.within(listEveryMs);
        this.#parts.timeline.within(othersEveryMs);
        if (event.data.refused > 0) this.#parts.refusals.within(listEveryMs);
        break;
      case 'revocation':
        this.#parts.revocations.within(soonMs);
        this.#parts.list.within(soonMs);
        this.#parts.timeline.within(listEveryMs);
        break;
      case 'sweep':
        this.#parts.revocations.within(listEveryMs);
        break;
      case 'nodes':
        seen.nodes = event.data;
        break;
      case 'journal':
      case 'bye':
        break;
    }
    this.#onChange();
  }

  #lookAgain(): void {
    this.#parts.timeline.within(0);
    if (this.seen.connection !== 'live') this.#parts.list.within(0);
  }

  get #scope(): { realm?: string } {
    const { realm } = this.#wanted.selector;
    return realm === undefined ? {} : { realm };
  }

  async #list(): Promise<void> {
    const { selector, order, limit } = this.#wanted;
    const page = await this.#client.sessions.list({ ...selector, order, limit, count: 'exact' });
    this.seen.sessions = page.sessions;
    this.seen.matched = page.count;
  }

  async #timeline(): Promise<void> {
    const from = new Date(Date.now() + this.#aheadMs - spanMs).toISOString();
    this.seen.timeline = await this.#client.statistics.timeline({ ...this.#scope, from, bucketSeconds });
  }

  async #refusals(): Promise<void> {
    this.seen.refusals = await this.#client.statistics.refusals({ ...this.#scope, limit: 10 });
  }

  async #revocations(): Promise<void> {
    this.seen.revocations = (await this.#client.revocations.list({ limit: 5 })).revocations;
  }

  async #nodes(): Promise<void> {
    this.seen.nodes = await this.#client.nodes.list();
  }

  async #attempt(fetch: () => Promise<void>): Promise<void> {
    try {
      await fetch();
      if (this.seen.connection === 'live') this.seen.trouble = undefined;
    } catch (error) {
      if (!isForbidden(error)) this.seen.trouble = error instanceof Error ? error.message : String(error);
    }
    this.#onChange();
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof CurfewError && error.code === 'forbidden';
}
