import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  Registry as PromRegistry,
} from 'prom-client';
import type { StoreObserver } from '../../session/observed-store.ts';
import type { Store, StoreStatistics } from '../../session/store.ts';
import type { CheckCounts } from './check.ts';
import type { StreamCounts } from './stream-places.ts';

/** Numbers of the store are read at most so often, however many scrapers there are. */
const statisticsAgeMs = 1000;

/** What is counted and measured, in a registry of its own. */
export interface Metrics {
  readonly registry: PromRegistry;
  /** All of it as Prometheus reads it; where several processes answer, that of all of them together. */
  text(): Promise<string>;
  /** Takes over how the processes that answer on one port ask each other. */
  joinPeers(peers: (answer: () => Promise<unknown>) => () => Promise<readonly unknown[]>): void;
  readonly storeObserver: StoreObserver;
  /** Takes over the plain counters of a check face; they are read when metrics are asked for. */
  observeChecks(counts: Readonly<CheckCounts>): void;
  /** Takes over the plain counters of the forward-auth face. */
  observeGate(counts: Readonly<Record<string, number>>): void;
  /** Takes over the counts of the streams of events. */
  observeStreams(counts: () => StreamCounts): void;
  /** Takes over the store, whose statistics are read when metrics are asked for. */
  observeStore(store: Pick<Store, 'statistics'>, now: () => number): void;
  /** Takes over the name of this node, and the last revocation it knows of. */
  observeNode(name: string, version: string, head: () => number): void;
  /** A sweep ended so many seconds after its revocation was acknowledged. */
  swept(seconds: number): void;
}

/** Makes the metrics. */
export function createMetrics(): Metrics {
  const registry = new PromRegistry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const registrations = new Counter({
    name: 'curfew_registrations_total',
    help: 'Registrations of sessions, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const revocations = new Counter({
    name: 'curfew_revocations_total',
    help: 'Revocations appended to the ledger.',
    registers,
  });
  const revoked = new Counter({
    name: 'curfew_revoked_sessions_total',
    help: 'Live sessions that revocations matched, counted when each was made.',
    registers,
  });
  const sweeps = new Histogram({
    name: 'curfew_sweep_seconds',
    help: 'Seconds from an acknowledged revocation to the end of its sweep; small ones are swept at once and not in it. The sessions are dead from the start.',
    buckets: [0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300],
    registers,
  });
  const latency = new Histogram({
    name: 'curfew_store_seconds',
    help: 'Seconds that the store took, by method; of look-ups one in 64 is timed.',
    labelNames: ['method'],
    buckets: [0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
    registers,
  });
  let ask: (() => Promise<readonly unknown[]>) | undefined;
  return {
    registry,
    async text() {
      if (ask === undefined) return registry.metrics();
      return AggregatorRegistry.aggregate((await ask()) as object[]).metrics();
    },
    joinPeers(peers) {
      ask = peers(() => registry.getMetricsAsJSON());
    },
    storeObserver: {
      took: (method, seconds) => latency.observe({ method }, seconds),
      registered: ({ kind }) => registrations.inc({ outcome: kind }),
      revoked(outcome) {
        if (outcome.kind !== 'revoked') return;
        revocations.inc();
        revoked.inc(outcome.revocation.matched);
      },
    },
    observeChecks(counts) {
      new Counter({
        name: 'curfew_checks_total',
        help: 'Checks at /v1/check, by verdict; failed = it could not be known, so it was answered with 503.',
        labelNames: ['verdict'],
        registers,
        collect() {
          this.reset();
          for (const [verdict, count] of Object.entries(counts)) this.inc({ verdict }, count);
        },
      });
    },
    observeGate(counts) {
      new Counter({
        name: 'curfew_forward_auth_total',
        help: 'Requests that proxies asked about at /forward-auth/ and over gRPC, by what became of them; failed = it could not be known, so it was answered with 503.',
        labelNames: ['outcome'],
        registers,
        collect() {
          this.reset();
          for (const [outcome, count] of Object.entries(counts)) this.inc({ outcome }, count);
        },
      });
    },
    observeStreams(counts) {
      new Gauge({
        name: 'curfew_event_streams',
        help: 'Streams of events that are open at /v1/events on this node: consoles, `curfew top`, `curfew sessions watch` and others.',
        registers,
        collect() {
          this.set(counts().open);
        },
      });
      new Counter({
        name: 'curfew_event_streams_refused_total',
        help: 'Streams of events that were refused for lack of room, by what was full: caller = one person or key has as many as they may, node = this node has no place left for such a caller.',
        labelNames: ['full'],
        registers,
        collect() {
          this.reset();
          for (const [full, count] of Object.entries(counts().refused)) this.inc({ full }, count);
        },
      });
    },
    observeStore(store, now) {
      const read = remembered(() => store.statistics(now()));
      const gauge = (name: string, help: string, pick: (statistics: StoreStatistics) => number): void => {
        new Gauge({
          name,
          help,
          registers,
          // Every process reads the same store.
          aggregator: 'max',
          async collect() {
            const statistics = await read();
            // A number that cannot be known is left out rather than answered as it was.
            if (statistics === undefined) this.reset();
            else this.set(pick(statistics));
          },
        });
      };
      gauge('curfew_live_sessions', 'Live sessions in the store.', ({ live }) => live);
      gauge('curfew_unswept_revocations', 'Revocations whose sweep has not ended.', ({ unswept }) => unswept);
      gauge('curfew_store_bytes', 'Size of the store on disk.', ({ sizeBytes }) => sizeBytes);
    },
    observeNode(name, version, head) {
      new Gauge({
        name: 'curfew_node_info',
        help: 'Always 1; says which node answered, and its version.',
        labelNames: ['name', 'version'],
        registers,
      }).set({ name, version }, 1);
      new Gauge({
        name: 'curfew_ledger_head_seen',
        help: 'The last revocation that this node knows of; it reads those that it has missed before it answers.',
        labelNames: ['name'],
        registers,
        collect() {
          this.set({ name }, head());
        },
      });
    },
    swept: (seconds) => sweeps.observe(seconds),
  };
}

/** The answer of a question that is asked at most once in a while; undefined when it fails. */
function remembered<Answer>(ask: () => Promise<Answer>): () => Promise<Answer | undefined> {
  let askedAt = Number.NEGATIVE_INFINITY;
  let answer: Promise<Answer | undefined> = Promise.resolve(undefined);
  return () => {
    if (performance.now() - askedAt > statisticsAgeMs) {
      askedAt = performance.now();
      answer = ask().catch(() => undefined);
    }
    return answer;
  };
}
