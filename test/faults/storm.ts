import type { Random } from '../support/seed.ts';
import type { KnownSession, OrderedCut, Witness } from './witness.ts';

/** A node as a storm sees it. */
export interface StormNode {
  readonly name: string;
  /** Changes when the node is started anew. */
  readonly url: string;
}

interface Answer {
  /** 0 when none came. */
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: the form of each answer is known where it is asked for.
  readonly body: any;
}

export interface StormOptions {
  readonly nodes: readonly StormNode[];
  /** The secret of a key that may register and terminate. */
  readonly key: string;
  readonly random: Random;
  readonly witness: Witness;
  /** How many callers each node has at once. */
  readonly callers?: number;
}

const users = 30;
const apps = ['shop', 'mail'];
/** Sessions that are asked about; most have ended, and all of them must stay so. */
const mostKnown = 300;
/** Checks that nobody waits for, at once. */
const mostWatching = 100;
/** How long somebody waits for an answer: longer than a node may take. */
const patienceMs = 20_000;

/** Callers that sign in, check and cut at every node at once, until they are told to stop. */
export class Storm {
  readonly #options: StormOptions;
  readonly #known: KnownSession[] = [];
  readonly #watching = new Set<Promise<boolean>>();
  #isOver = false;
  #callers: Promise<void>[] = [];

  constructor(options: StormOptions) {
    this.#options = options;
  }

  start(): void {
    const { nodes, callers = 4 } = this.#options;
    this.#isOver = false;
    // Each has a node of its own, so that those of one node that stands still do not hold up the others.
    this.#callers = nodes.flatMap((node) => Array.from({ length: callers }, () => this.#call(node)));
  }

  /** Ends when everybody has an answer, or has given up. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#callers);
    while (this.#watching.size > 0) await Promise.all(this.#watching);
  }

  /** Every node is asked about every session once. */
  async checkAll(): Promise<void> {
    for (const node of this.#options.nodes) {
      for (let from = 0; from < this.#known.length; from += 20) {
        await Promise.all(this.#known.slice(from, from + 20).map((session) => this.#check(node, session)));
      }
    }
  }

  async #call(node: StormNode): Promise<void> {
    const { random } = this.#options;
    while (!this.#isOver) {
      const dice = random.below(100);
      const session = this.#known.length === 0 ? undefined : random.pick(this.#known);
      let isAnswered: boolean;
      if (session === undefined || dice < 20) isAnswered = await this.#signIn(node);
      else if (dice < 50) isAnswered = await this.#cut(node, session);
      else isAnswered = await this.#check(node, session);
      // Who gets no answer does not ask again at once.
      if (!isAnswered) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #signIn(node: StormNode): Promise<boolean> {
    const { random, witness, key } = this.#options;
    const began = await ask(node, 'GET', '/v1/ledger', key);
    if (began.status !== 200) return false;
    const epoch: number = began.body.head;
    const facts = { username: `user ${random.below(users)}`, app: random.pick(apps), epoch };
    // Some sign-ins take a while, so that cuts come in between.
    if (random.oneIn(4)) await new Promise((resolve) => setTimeout(resolve, random.below(60)));
    const provider = { type: 'basic', name: 'main' };
    const { status, body } = await ask(node, 'POST', '/v1/sessions', key, { ...facts, provider });
    if (status === 201) {
      if (this.#known.length >= mostKnown) this.#known.splice(random.below(mostKnown), 1);
      this.#known.push({ ...facts, token: body.token, id: body.session.id });
    } else if (status === 409) witness.refusedSignIns.push({ session: facts, answeredAt: performance.now() });
    return status !== 0 && status < 500;
  }

  async #cut(node: StormNode, session: KnownSession): Promise<boolean> {
    const { random, witness, key } = this.#options;
    const { username, app, id } = session;
    const selector = random.pick<OrderedCut['selector']>([
      { username },
      { username, app },
      { sessionIds: [id] },
    ]);
    const cut = witness.order({ selector, orderedAt: performance.now() }, username);
    const { status, body } = await ask(node, 'POST', '/v1/revocations', key, { selector, reason: 'a test' });
    if (status !== 201) return false;
    cut.acknowledgedAt = performance.now();
    cut.seq = body.revocation.seq;
    // The checks that matter most come right after the acknowledgement, at the other nodes.
    for (const other of this.#options.nodes) this.#watch(other, session);
    return true;
  }

  /** Checks without waiting for the answer. */
  #watch(node: StormNode, session: KnownSession): void {
    if (this.#watching.size >= mostWatching) return;
    const watching = this.#check(node, session).finally(() => this.#watching.delete(watching));
    this.#watching.add(watching);
  }

  async #check(node: StormNode, session: KnownSession): Promise<boolean> {
    const startedAt = performance.now();
    const { status, headers } = await ask(node, 'GET', '/v1/check', session.token);
    const answeredAt = performance.now();
    const reason = headers.get('curfew-reason');
    this.#options.witness.checks.push({ session, node: node.name, startedAt, answeredAt, status, reason });
    return status === 200 || status === 401;
  }
}

/** Asks a node. The status is 0 when no answer comes. */
export async function ask(
  { url }: Pick<StormNode, 'url'>,
  method: string,
  path: string,
  bearer: string,
  body?: unknown,
): Promise<Answer> {
  try {
    const answer = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMs),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  } catch {
    return { status: 0, headers: new Headers(), body: undefined };
  }
}
