import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { atEnd } from '../promises/at-end.ts';
import { type ServerProcess, type StartOptions, startProcess } from '../promises/server-process.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type RunningPostgres, startPostgres } from '../support/postgres.ts';
import { randomFrom, seedOfRun } from '../support/seed.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { Storm, type StormNode } from './storm.ts';
import { Witness } from './witness.ts';

/** How many times as long as usual a storm lasts. */
export const rounds = Number(process.env.CURFEW_TEST_FAULT_ROUNDS ?? 1);

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface NodeOptions {
  readonly name: string;
  /** The way to the database. */
  readonly store: string;
  readonly secretKey: string;
  readonly proxy?: FaultProxy;
  /** The network that it runs in, when it is another than ours. */
  readonly place?: Pick<StartOptions, 'through' | 'host'>;
}

/** A node in a process of its own, with a way to the database that a test can cut. */
export class ClusterNode implements StormNode {
  readonly name: string;
  readonly #proxy: FaultProxy | undefined;
  readonly #start: () => Promise<ServerProcess>;
  #process: ServerProcess;

  private constructor(
    name: string,
    proxy: FaultProxy | undefined,
    start: () => Promise<ServerProcess>,
    first: ServerProcess,
  ) {
    this.name = name;
    this.#proxy = proxy;
    this.#start = start;
    this.#process = first;
  }

  /** `store` is the way to the database, in which this node goes through its own proxy. */
  static async start(t: TestContext, name: string, store: string, secretKey: string): Promise<ClusterNode> {
    const url = new URL(store);
    const proxy = await startFaultProxy(Number(url.port));
    atEnd(t, () => proxy.close());
    url.port = String(proxy.port);
    return ClusterNode.startAt(t, { name, store: url.href, secretKey, proxy });
  }

  /** The same without a proxy of its own, or with one that `store` leads through already, and at any place. */
  static async startAt(t: TestContext, options: NodeOptions): Promise<ClusterNode> {
    const { name, store, secretKey, proxy, place } = options;
    const folder = makeTemporaryDirectory();
    atEnd(t, () => folder.remove());
    const env = { CURFEW_STORE: store, CURFEW_SECRET_KEY: secretKey };
    const flags = ['--log-level', 'warn', '--drain', '2s'];
    const start = () => startProcess(t, { data: join(folder.path, 'data'), flags, env, ...place });
    return new ClusterNode(name, proxy, start, await start());
  }

  get proxy(): FaultProxy {
    assert.ok(this.#proxy, 'this node has no proxy of its own');
    return this.#proxy;
  }

  get url(): string {
    return this.#process.url;
  }

  get process(): ServerProcess {
    return this.#process;
  }

  /** Starts it again after it was ended. */
  async restart(): Promise<void> {
    this.#process = await this.#start();
  }

  async isReady(): Promise<boolean> {
    const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(5000) }).catch(
      () => undefined,
    );
    await answer?.arrayBuffer().catch(() => undefined);
    return answer?.status === 200;
  }
}

/** Some nodes on one PostgreSQL, and everything to storm them. */
export class Cluster {
  readonly nodes: readonly ClusterNode[];
  readonly #postgres: RunningPostgres | undefined;
  /** The secret of a key that may register and terminate. */
  readonly key: string;

  private constructor(nodes: readonly ClusterNode[], postgres: RunningPostgres | undefined, key: string) {
    this.nodes = nodes;
    this.#postgres = postgres;
    this.key = key;
  }

  get postgres(): RunningPostgres {
    assert.ok(this.#postgres, 'the database is not one server');
    return this.#postgres;
  }

  /** Nodes that run already. */
  static of(nodes: readonly ClusterNode[], key: string): Cluster {
    return new Cluster(nodes, undefined, key);
  }

  /** Nodes on a database that runs already. */
  static async startAt(t: TestContext, store: string, { nodes: count = 3 } = {}): Promise<Cluster> {
    const secretKey = randomBytes(32).toString('base64url');
    const start = (number: number) => ClusterNode.startAt(t, { name: `node ${number}`, store, secretKey });
    const first = await start(1);
    const others = await Promise.all(Array.from({ length: count - 1 }, (_, index) => start(index + 2)));
    return new Cluster([first, ...others], undefined, await makeKey(first));
  }

  static async start(t: TestContext, { nodes: count = 3 } = {}): Promise<Cluster> {
    const postgres = await startPostgres({ settings: ['max_connections = 120'] });
    atEnd(t, () => postgres.stop());
    const secretKey = randomBytes(32).toString('base64url');
    const first = await ClusterNode.start(t, 'node 1', postgres.url, secretKey);
    const others = Array.from({ length: count - 1 }, (_, index) =>
      ClusterNode.start(t, `node ${index + 2}`, postgres.url, secretKey),
    );
    const nodes = [first, ...(await Promise.all(others))];
    return new Cluster(nodes, postgres, await makeKey(first));
  }

  node(index: number): ClusterNode {
    return this.nodes[index] as ClusterNode;
  }

  /**
   * Storms all nodes while something happens to them, and holds every answer against the promises.
   * @param happening what goes wrong; the storm goes on until it returns, and for a while after it
   */
  async weather(t: TestContext, happening: () => Promise<void>): Promise<Witness> {
    const seed = seedOfRun();
    const witness = new Witness();
    const storm = new Storm({ nodes: this.nodes, key: this.key, random: randomFrom(seed), witness });
    for (let round = 0; round < rounds; round++) {
      storm.start();
      try {
        await pause(800);
        await happening();
        await this.recovered();
        await pause(800);
      } finally {
        // A storm that went on would keep the process from ending.
        await storm.stop();
      }
    }
    await storm.checkAll();
    t.diagnostic(`CURFEW_SEED=${seed} ${JSON.stringify(witness.sight)}`);
    assert.deepEqual(witness.violations().slice(0, 5), []);
    const { acknowledged, live, refused } = witness.sight;
    assert.ok(acknowledged > 20 && live > 20 && refused > 20, 'the storm was one');
    return witness;
  }

  /** Waits until every node says that it is ready. */
  async recovered(): Promise<void> {
    const until = performance.now() + 60_000;
    for (const node of this.nodes) {
      while (!(await node.isReady())) {
        assert.ok(
          performance.now() < until,
          `${node.name} does not recover: ${node.process.output.slice(-2000)}`,
        );
        await pause(50);
      }
    }
  }
}

export async function makeKey(node: ClusterNode): Promise<string> {
  const { secret } = await node.process.client.keys.create({
    name: 'storm',
    scopes: ['register', 'terminate', 'list'],
  });
  return secret;
}
