import type { Clock } from '../core/clock.ts';
import { type Nodes, silentMs } from '../session/nodes.ts';
import type { Registry } from '../session/registry.ts';
import type { JournalEntry, LedgerEntry, Store } from '../session/store.ts';
import type { Closing, Fact, NodesFact, Position, Watcher } from './facts.ts';
import { Progress } from './progress.ts';
import { Pulses } from './pulses.ts';

export interface FeedOptions {
  readonly store: Pick<Store, 'versions' | 'revocations' | 'journal' | 'pulse' | 'refusedSince' | 'warnings'>;
  readonly registry: Pick<Registry, 'ledger' | 'catchUp' | 'refusals'>;
  readonly nodes: Pick<Nodes, 'list' | 'name'>;
  readonly clock: Clock;
  /** Told when the store fails under the feed; whoever watches is told too. */
  readonly onFailure?: (error: unknown) => void;
}

/** How often the store is asked whether anything has happened, while somebody watches. */
const roundMs = 250;
/** What is counted is counted at most so often, and takes at most a tenth of the time. */
const countMs = 1000;
const countShare = 10;
const nodesMs = 2000;
/** How long the store may fail before those who watch are told that nothing is known. */
const patienceMs = 2000;
const pageSize = 100;

/**
 * Tells whoever watches what has happened, on this node and on every other: it asks the store in short rounds, and only
 * while somebody watches. Each watcher is told every revocation and every entry of the journal once and in order, from the
 * place on which it asked to be told.
 */
export class Feed {
  readonly #options: FeedOptions;
  /** Each with the place it has been told everything up to when it was taken in, which the others may not have reached yet. */
  readonly #watchers = new Map<Watcher, Position>();
  readonly #pulses: Pulses;
  readonly #progress: Progress;
  /** What everybody who watches has been told. */
  #position: Position = { seq: 0, journal: 0 };
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #counting: Promise<void> | undefined;
  #countAt = 0;
  #nodesAt = 0;
  #nodesText = '';
  #nodesFact: NodesFact | undefined;
  #failingSince: number | undefined;
  #stopped = false;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#pulses = new Pulses(options.store, options.clock);
    this.#progress = new Progress(options.store, options.clock);
  }

  /** The place behind everything that is committed now. @throws CurfewError `store_unavailable` */
  async end(): Promise<Position> {
    const { store, registry } = this.#options;
    await registry.catchUp();
    const { records } = await store.versions();
    // Where nobody else writes, the store does not number its changes; the journal itself says where it ends.
    const journal = records > 0 ? records : await this.#endOfJournal();
    return { seq: registry.ledger.head, journal };
  }

  /**
   * Tells a watcher what has happened since a place, then what happens from now on. Fulfilled when it has caught up; what it
   * missed is read page by page, each when it is ready for more.
   * @throws CurfewError `store_unavailable`
   */
  async join(watcher: Watcher, from: Position): Promise<void> {
    const { store } = this.#options;
    let at = from;
    for (;;) {
      const why = this.#stopped ? 'stopping' : await watcher.closing();
      if (why !== undefined) {
        watcher.close(why);
        return;
      }
      if (this.#watchers.size === 0) {
        const end = await this.end();
        if (this.#watchers.size === 0) this.#position = end;
      }
      const [entries, changes] = await Promise.all([
        at.seq < this.#position.seq ? store.revocations({ after: at.seq, limit: pageSize }) : [],
        at.journal < this.#position.journal ? store.journal(at.journal, pageSize) : [],
      ]);
      for (const fact of factsOf(at, entries, changes)) {
        watcher.tell(fact);
        at = fact.position;
      }
      if (!(await watcher.ready())) return;
      // Nothing is awaited between this look and taking it in, so nothing is told twice or not at all.
      if (at.seq >= this.#position.seq && at.journal >= this.#position.journal && !this.#stopped) break;
    }
    this.#add(watcher, at);
  }

  /** Tells a watcher nothing more. */
  leave(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Says to everybody that this node stops, and takes nobody new. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#closeAll('stopping');
    await Promise.all([this.#round, this.#counting]);
  }

  #add(watcher: Watcher, at: Position): void {
    if (this.#watchers.size === 0) {
      this.#progress.forget();
      this.#pulses.keep(new Set());
      this.#nodesText = '';
      this.#nodesAt = 0;
    } else {
      for (const fact of this.#progress.current) watcher.tell(fact);
      const pulse = this.#pulses.latest(watcher.realm);
      if (pulse !== undefined) watcher.tell(pulse);
      if (this.#nodesFact !== undefined) watcher.tell(this.#nodesFact);
    }
    this.#countAt = 0;
    this.#watchers.set(watcher, at);
    this.#schedule(0);
  }

  #schedule(delayMs: number): void {
    const isDue = this.#watchers.size > 0 && !this.#stopped;
    if (!isDue || this.#timer !== undefined || this.#round !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#round = this.#look().finally(() => {
        this.#round = undefined;
        this.#schedule(roundMs);
      });
    }, delayMs).unref();
  }

  async #look(): Promise<void> {
    try {
      await this.#admit();
      await this.#entries();
      await this.#nodes();
      this.#failingSince = undefined;
    } catch (error) {
      this.#fail(error);
    }
    // A count may take long, and what happens meanwhile is told all the same.
    if (performance.now() < this.#countAt || this.#counting !== undefined) return;
    this.#counting = this.#counts()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#counting = undefined;
      });
  }

  #fail(error: unknown): void {
    const now = performance.now();
    if (this.#failingSince === undefined) this.#options.onFailure?.(error);
    this.#failingSince ??= now;
    if (now - this.#failingSince >= patienceMs) this.#closeAll('store_unavailable');
  }

  /** Lets go of those who may not be told any more, before anything is told. */
  async #admit(): Promise<void> {
    await this.#options.registry.catchUp();
    await Promise.all(
      [...this.#watchers.keys()].map(async (watcher) => {
        const why = await watcher.closing();
        if (why === undefined || !this.#watchers.has(watcher)) return;
        this.leave(watcher);
        watcher.close(why);
      }),
    );
  }

  async #entries(): Promise<void> {
    const { store, registry } = this.#options;
    const { records } = await store.versions();
    for (;;) {
      const from = this.#position;
      const [entries, changes] = await Promise.all([
        from.seq < registry.ledger.head ? store.revocations({ after: from.seq, limit: pageSize }) : [],
        records === 0 || from.journal < records ? store.journal(from.journal, pageSize) : [],
      ]);
      // All have left meanwhile and somebody else has come, who begins elsewhere.
      if (this.#position !== from) return;
      for (const fact of factsOf(from, entries, changes)) {
        this.#position = fact.position;
        this.#tell(fact);
      }
      // How far a cut comes is told from the moment on at which the cut is.
      if (entries.length > 0) this.#countAt = 0;
      if (entries.length < pageSize && changes.length < pageSize) return;
    }
  }

  async #counts(): Promise<void> {
    const start = performance.now();
    const { registry } = this.#options;
    // Uses that this node has refused a moment ago are counted too; if they cannot be written they are told later.
    await registry.refusals.flush().catch(() => undefined);
    for (const fact of await this.#progress.changes(this.#position.seq)) this.#tell(fact);
    const realms = new Set([...this.#watchers.keys()].map(({ realm }) => realm));
    this.#pulses.keep(realms);
    for (const realm of realms) {
      const fact = await this.#pulses.take(realm);
      if (fact !== undefined) this.#tell(fact);
    }
    const end = performance.now();
    this.#countAt = end + Math.max(countMs, countShare * (end - start));
  }

  async #nodes(): Promise<void> {
    const now = performance.now();
    if (now < this.#nodesAt) return;
    this.#nodesAt = now + nodesMs;
    const { nodes, store, registry, clock } = this.#options;
    const [found, warnings] = await Promise.all([nodes.list(), store.warnings()]);
    const text = JSON.stringify([
      warnings,
      // That a node was heard of once more is no news.
      found.map(({ name, version, startedAt, head, seenAt }) => {
        return [name, version, startedAt, head, clock.now() - seenAt > silentMs];
      }),
    ]);
    this.#nodesFact = { type: 'nodes', node: nodes.name, head: registry.ledger.head, warnings, nodes: found };
    if (text === this.#nodesText) return;
    this.#nodesText = text;
    this.#tell(this.#nodesFact);
  }

  #tell(fact: Fact): void {
    for (const [watcher, start] of this.#watchers) {
      if (fact.type === 'pulse' && fact.realm !== watcher.realm) continue;
      if (fact.type === 'revocation' && fact.entry.seq <= start.seq) continue;
      if (fact.type === 'journal' && fact.entry.seq <= start.journal) continue;
      watcher.tell('position' in fact ? notBefore(start, fact) : fact);
    }
  }

  #closeAll(why: Closing): void {
    for (const watcher of [...this.#watchers.keys()]) {
      this.leave(watcher);
      watcher.close(why);
    }
  }

  async #endOfJournal(): Promise<number> {
    for (let after = this.#position.journal; ; ) {
      const page = await this.#options.store.journal(after, 1000);
      after = page.at(-1)?.seq ?? after;
      if (page.length < 1000) return after;
    }
  }
}

type Happened = Extract<Fact, { position: Position }>;

/** The fact with a place that is not before another: who was told more of one chain must not be led back in it. */
function notBefore({ seq, journal }: Position, fact: Happened): Happened {
  const { position } = fact;
  if (position.seq >= seq && position.journal >= journal) return fact;
  return {
    ...fact,
    position: { seq: Math.max(position.seq, seq), journal: Math.max(position.journal, journal) },
  };
}

/** Entries of both chains in the order of their instants, each with the place behind it. */
function factsOf(
  from: Position,
  entries: readonly LedgerEntry[],
  changes: readonly JournalEntry[],
): Happened[] {
  let position = from;
  const facts: Happened[] = [];
  let next = 0;
  const takeChangesUntil = (at: number): void => {
    for (; next < changes.length; next++) {
      const entry = changes[next] as JournalEntry;
      if (entry.at > at) return;
      position = { ...position, journal: entry.seq };
      facts.push({ type: 'journal', entry, position });
    }
  };
  for (const entry of entries) {
    takeChangesUntil(entry.at);
    position = { ...position, seq: entry.seq };
    facts.push({ type: 'revocation', entry, position });
  }
  takeChangesUntil(Number.POSITIVE_INFINITY);
  return facts;
}
