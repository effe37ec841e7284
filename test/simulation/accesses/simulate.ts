import assert from 'node:assert/strict';
import { Nodes } from '../../../src/session/nodes.ts';
import { scopeKey } from '../../../src/session/policy.ts';
import type { Registry } from '../../../src/session/registry.ts';
import type { Store, StoredRecord } from '../../../src/session/store.ts';
import { iso } from '../../support/manual-clock.ts';
import { anOrigin, aRegistration } from '../../support/sessions.ts';
import { Database } from '../database.ts';
import type { Flaw } from '../flaw.ts';
import { nameOf, nodeCount } from '../history.ts';
import { SimulatedNode } from '../node.ts';
import { play, type Simulation, scheduleFaults, takeSteps, unlessRefused } from '../play.ts';
import { World } from '../world.ts';
import { AccessJudge, type AskedCut, type AskedUse } from './judge.ts';
import { type Fault, type Program, type Step, sessionCount } from './program.ts';

/** No limits: only cuts end a session, so that every end is one that somebody has ordered. */
const scope = { kind: 'default' } as const;
const rule = { idleTimeoutMs: null, lifespanMs: null, sessionLimit: { kind: 'unlimited' } };
const policy: readonly StoredRecord[] = [
  { kind: 'policy', id: scopeKey(scope), version: 1, body: { scope, rule } },
];
/** An event takes a millisecond, so this is enough for a few rounds of question and answer. */
const callWaitMs = 60;
/** After this long somebody who has said nothing is taken for silent. */
const aWhileMs = 20_000;

/** Plays a history of uses and of cuts by last access. @throws Violation when one of them ends or spares whom it must not */
export function simulateAccesses(program: Program, flaws: ReadonlySet<Flaw> = new Set()): Promise<void> {
  return play(new AccessSimulation(program, flaws));
}

/** Real registries, nodes and access calls over a simulated database and network. */
class AccessSimulation implements Simulation {
  readonly world: World;
  readonly #program: Program;
  readonly #flaws: ReadonlySet<Flaw>;
  readonly #judge = new AccessJudge();
  readonly #database: Database;
  readonly #nodes: SimulatedNode[];
  /** What each process knows of the others. */
  readonly #parts = new Map<SimulatedNode, Nodes>();
  /** Nodes that will look whether somebody calls. */
  readonly #looking = new Set<SimulatedNode>();
  readonly #tokens: { readonly id: string; readonly token: string }[] = [];
  #running = 0;

  constructor(program: Program, flaws: ReadonlySet<Flaw>) {
    this.#program = program;
    this.#flaws = flaws;
    this.world = new World(program.choices);
    this.#database = new Database(this.world, flaws);
    const companion = (node: SimulatedNode, registry: Registry, store: Store) =>
      this.#join(node, registry, store);
    this.#nodes = Array.from(
      { length: nodeCount },
      (_, index) => new SimulatedNode(this.world, nameOf(index), this.#database, flaws, policy, companion),
    );
  }

  async run(): Promise<void> {
    void this.#signIn();
    await this.world.settle();
    assert.equal(this.#tokens.length, sessionCount);
    for (const [index, steps] of this.#program.clients.entries()) void this.#client(`client ${index}`, steps);
    scheduleFaults(this.world, this.#program.faults, (fault) => this.#strike(fault));
    await this.world.run();
    for (const node of this.#nodes) this.#bringBack(node);
    await this.world.run();
    assert.equal(this.#running, 0, `somebody waits for ever; open: ${this.world.stuck.join('; ')}`);
    // Everything that is still held is written, and every node is asked about everybody.
    for (const node of this.#nodes) void node.tidy().catch(unlessRefused);
    await this.world.run();
    for (const index of this.#nodes.keys())
      for (let session = 0; session < sessionCount; session++)
        void this.#use(index, session, true).catch(unlessRefused);
    await this.world.run();
    this.#judge.hold(this.#database.states);
  }

  /** Has a process know the others, as the server does before its first answer. */
  async #join(node: SimulatedNode, registry: Registry, store: Store): Promise<void> {
    const { life } = node;
    const { clock } = this.world;
    const hasty = this.#flaws.has('a node says that it has written before it has');
    const touches = {
      flushInPortions: async () => void registry.touches.flushInPortions().catch(unlessRefused),
    } as unknown as Registry['touches'];
    const nodes = new Nodes({
      store,
      registry: hasty ? { ledger: registry.ledger, catchUp: () => registry.catchUp(), touches } : registry,
      clock,
      name: node.name,
      version: '1',
      isShared: true,
      callWaitMs,
      waiting: { now: () => clock.now(), pause: () => this.#pause(node, life) },
    });
    let underWay: Promise<readonly string[]> | undefined;
    const gather = (): Promise<readonly string[]> => {
      if (!this.#flaws.has('orders at one node share a call under way')) return nodes.gatherAccesses();
      underWay ??= nodes.gatherAccesses().finally(() => {
        underWay = undefined;
      });
      return underWay;
    };
    const isSilent = this.#flaws.has('a node that was not heard is not named');
    registry.whenAccessesCount(async () => {
      const unheard = await gather();
      return isSilent ? [] : unheard;
    });
    this.#parts.set(node, nodes);
    await nodes.say();
  }

  /** A node that has called looks for answers after a while; by then, or later, the others look whether somebody calls. */
  #pause(caller: SimulatedNode, life: number): Promise<void> {
    for (const node of this.#nodes) if (node !== caller) this.#look(node);
    return new Promise((resolve) => {
      const goOn = (): void => {
        // A process that died in the meantime waits no more.
        if (caller.life === life) resolve();
      };
      this.world.post(`${caller.name} looks for answers`, goOn, () => !caller.isStopped);
    });
  }

  #look(node: SimulatedNode): void {
    if (this.#looking.has(node)) return;
    this.#looking.add(node);
    const look = (): void => {
      this.#looking.delete(node);
      if (node.isRunning) this.#parts.get(node)?.follow().catch(unlessRefused);
    };
    this.world.post(`${node.name} looks whether somebody calls`, look, () => !node.isStopped);
  }

  async #signIn(): Promise<void> {
    for (let number = 0; number < sessionCount; number++) {
      const request = aRegistration({ username: `user ${number}` });
      const register = (registry: Registry) => registry.register(request);
      const { session, token } = await this.#node(0).ask('register', register);
      this.#tokens.push({ id: session.id, token });
    }
  }

  async #client(name: string, steps: readonly Step[]): Promise<void> {
    this.#running += 1;
    await takeSteps(this.world, name, steps, (step) => this.#take(step));
    this.#running -= 1;
  }

  async #take(step: Step): Promise<void> {
    const node = this.#node(step.node);
    switch (step.do) {
      case 'use':
        return this.#use(step.node, step.session, false);
      case 'cut':
        return this.#cut(step);
      case 'write accesses':
        return node.ask('write accesses', (registry) => registry.touches.flushAll());
      case 'say that it lives':
        return node.ask('say that it lives', () => this.#parts.get(node)?.say());
    }
  }

  async #use(index: number, session: number, isLook: boolean): Promise<void> {
    const { id, token } = this.#tokens[session] as { id: string; token: string };
    const node = this.#node(index);
    const use: AskedUse = {
      ...{ askedAt: this.world.time, answeredAt: undefined, node: index },
      ...{ sessionId: id, isLook },
    };
    this.#judge.uses.push(use);
    const options = isLook ? { touch: false } : {};
    use.verdict = await node.ask(`check session ${session}`, (registry) => registry.check(token, options));
    use.answeredAt = this.world.time;
    use.life = node.life;
  }

  async #cut({ node, who, sinceMs }: Step & { do: 'cut' }): Promise<void> {
    const since = this.world.clock.now() - sinceMs;
    const cut: AskedCut = { askedAt: this.world.time, answeredAt: undefined, node, who, since };
    this.#judge.cuts.push(cut);
    const selector = who === 'used' ? { lastAccessFrom: iso(since) } : { lastAccessTo: iso(since) };
    const order = { selector, reason: 'a test', origin: anOrigin };
    const { revocation, unheard } = await this.#node(node).ask(
      `cut those ${who} since ${since}`,
      (registry) => registry.terminate(order),
    );
    cut.answeredAt = this.world.time;
    cut.seq = revocation.seq;
    cut.unheard = unheard;
    cut.lives = this.#nodes.map(({ life }) => life);
  }

  #strike(fault: Fault): void {
    if (!('node' in fault)) {
      if (fault.fault === 'a while passes') {
        this.world.clock.advance(aWhileMs);
        return;
      }
      this.#database.crash();
      for (const node of this.#nodes) node.breakConnection();
      return;
    }
    const node = this.#node(fault.node);
    if (fault.fault === 'stop' || fault.fault === 'kill') this.#leave(fault.node);
    if (fault.fault === 'stop') node.stop();
    if (fault.fault === 'kill') node.kill();
    if (fault.fault === 'wake') node.wake();
    if (fault.fault === 'start') node.start();
    if (fault.fault === 'break connection') node.breakConnection();
    this.#return(fault.node);
  }

  #leave(node: number): void {
    const isAway = this.#judge.absences.some((absence) => absence.node === node && absence.to === never);
    if (!isAway) this.#judge.absences.push({ node, from: this.world.time, to: never });
  }

  #return(index: number): void {
    const node = this.#node(index);
    if (!node.isRunning || node.isStopped) return;
    for (const absence of this.#judge.absences)
      if (absence.node === index && absence.to === never) absence.to = this.world.time;
  }

  #bringBack(node: SimulatedNode): void {
    node.wake();
    node.start();
    this.#return(this.#nodes.indexOf(node));
  }

  #node(index: number): SimulatedNode {
    return this.#nodes[index] as SimulatedNode;
  }
}

const never = Number.POSITIVE_INFINITY;
