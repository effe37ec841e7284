import assert from 'node:assert/strict';
import { CurfewError } from '../../src/core/errors.ts';
import { scopeKey } from '../../src/session/policy.ts';
import type { StoredRecord } from '../../src/session/store.ts';
import { minute } from '../support/manual-clock.ts';
import { anOrigin, aRegistration } from '../support/sessions.ts';
import { Database } from './database.ts';
import type { Flaw } from './flaw.ts';
import { nameOf, nodeCount } from './history.ts';
import { Judge } from './judge.ts';
import { SimulatedNode } from './node.ts';
import { play, type Simulation, scheduleFaults, takeSteps, unlessRefused } from './play.ts';
import { type Fault, type Program, type Step, users } from './program.ts';
import { World } from './world.ts';

const mostSessions = 2;
const scope = { kind: 'default' } as const;
const policy: readonly StoredRecord[] = [
  {
    kind: 'policy',
    id: scopeKey(scope),
    version: 1,
    body: {
      scope,
      rule: {
        idleTimeoutMs: null,
        lifespanMs: null,
        sessionLimit: { kind: 'refuse', max: mostSessions, per: 'user' },
      },
    },
  },
];

/** Plays a history on nodes and a database of its own. @throws Violation when a promise does not hold */
export function simulate(program: Program, flaws: ReadonlySet<Flaw> = new Set()): Promise<void> {
  return play(new RegistrySimulation(program, flaws));
}

class RegistrySimulation implements Simulation {
  readonly world: World;
  readonly #program: Program;
  readonly #flaws: ReadonlySet<Flaw>;
  readonly #judge = new Judge();
  readonly #nodes: SimulatedNode[];
  #database: Database;
  #failovers = 0;
  #running = 0;

  constructor(program: Program, flaws: ReadonlySet<Flaw>) {
    this.#program = program;
    this.#flaws = flaws;
    this.world = new World(program.choices);
    const first = new Database(this.world, flaws);
    this.#database = first;
    this.#nodes = Array.from(
      { length: nodeCount },
      (_, index) => new SimulatedNode(this.world, nameOf(index), first, flaws, policy),
    );
  }

  async run(): Promise<void> {
    await this.world.settle();
    for (const [index, steps] of this.#program.clients.entries()) void this.#client(`client ${index}`, steps);
    scheduleFaults(this.world, this.#program.faults, (fault) => this.#strike(fault));
    await this.world.run();
    // Whatever still waits, waits for a machine that stands still.
    this.#database.isStandbyBehind = false;
    for (const node of this.#nodes) {
      node.wake();
      node.start();
      if (node.database !== this.#database) node.moveTo(this.#database);
    }
    await this.world.run();
    assert.equal(this.#running, 0, `somebody waits for ever; open: ${this.world.stuck.join('; ')}`);
    await this.#checkAll();
    if (this.#program.goesOn) await this.#goOn();
    this.#judge.hold(this.#database.states, mostSessions);
  }

  /** Every node is asked about every session. */
  async #checkAll(): Promise<void> {
    for (const node of this.#nodes) {
      for (const { token } of this.#judge.signIns) {
        if (token !== undefined) this.#check(node, token).catch(unlessRefused);
      }
    }
    await this.world.run();
  }

  /** Much later, when cuts are swept and no node has them in memory any more, the answers are the same. */
  async #goOn(): Promise<void> {
    for (let slice = 0; slice < 4; slice++) {
      for (const node of this.#nodes) node.tidy().catch(unlessRefused);
      await this.world.run();
      this.world.clock.advance(16 * minute);
    }
    await this.#checkAll();
  }

  #strike(fault: Fault): void {
    switch (fault.fault) {
      case 'stop':
        this.#node(fault.node).stop();
        return;
      case 'wake':
        this.#node(fault.node).wake();
        return;
      case 'kill':
        this.#node(fault.node).kill();
        return;
      case 'start':
        this.#node(fault.node).start();
        return;
      case 'break connection':
        this.#node(fault.node).breakConnection();
        return;
      case 'a long time passes':
        this.world.clock.advance(16 * minute);
        return;
      case 'the standby falls behind':
        this.#database.isStandbyBehind = true;
        return;
      case 'crash of the primary':
        this.#database.crash();
        for (const node of this.#nodes) node.breakConnection();
        return;
      case 'failover': {
        this.#failovers += 1;
        this.#database = this.#database.failOver(`primary ${this.#failovers + 1}`);
        const left = this.#flaws.has('the old primary goes on answering') ? 1 : 0;
        for (const [index, node] of this.#nodes.entries()) {
          if (index < left) node.breakConnection();
          else node.moveTo(this.#database);
        }
      }
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
      case 'sign in':
        return this.#signIn(node, users[step.user] as string, step.withEpoch);
      case 'tidy':
        return node.tidy();
      case 'cut':
        return this.#cut(node, step);
    }
    const known = this.#known(step.session);
    if (known === undefined) return;
    if (step.do === 'check') return this.#check(node, known.token);
    if (step.do === 'refresh') {
      await node.ask('refresh', (registry) => registry.refresh(known.id, { accessGroups: ['some'] }));
      return;
    }
    const end: Judge['ends'][number] = { id: known.id, askedAt: this.world.time, answeredAt: undefined };
    this.#judge.ends.push(end);
    await node.ask('log out', (registry) => registry.logOut(known.id));
    end.answeredAt = this.world.time;
  }

  async #signIn(node: SimulatedNode, username: string, withEpoch: boolean): Promise<void> {
    const begunAt = this.world.time;
    const stale = this.#flaws.has('a sign-in takes the epoch of a node that is behind');
    const epoch = withEpoch
      ? await node.ask('begin a sign-in', async (registry) =>
          stale ? registry.ledger.head : (await registry.head()).seq,
        )
      : undefined;
    const asked = {
      askedAt: this.world.time,
      begunAt,
      epoch,
      username,
      realm: 'default',
      answeredAt: undefined,
    };
    const signIn: Judge['signIns'][number] = asked;
    this.#judge.signIns.push(signIn);
    const request = aRegistration({ username, ...(epoch === undefined ? {} : { epoch }) });
    try {
      const { token, session } = await node.ask(`register ${username}`, (registry) =>
        registry.register(request),
      );
      Object.assign(signIn, { token, session });
    } catch (error) {
      if (!(error instanceof CurfewError)) throw error;
      signIn.code = error.code;
    } finally {
      signIn.answeredAt = this.world.time;
    }
  }

  async #cut(node: SimulatedNode, step: Step & { do: 'cut' }): Promise<void> {
    const selector = 'session' in step.selector ? this.#only(step.selector.session) : step.selector;
    if (selector === undefined) return;
    const cut: Judge['cuts'][number] = { selector, askedAt: this.world.time, answeredAt: undefined };
    this.#judge.cuts.push(cut);
    const order = { selector, reason: 'a test', origin: anOrigin };
    const { revocation } = await node.ask(`cut ${JSON.stringify(selector)}`, (registry) =>
      registry.terminate(order),
    );
    cut.entry = revocation;
    cut.answeredAt = this.world.time;
  }

  async #check(node: SimulatedNode, token: string): Promise<void> {
    const check: Judge['checks'][number] = { token, askedAt: this.world.time, answeredAt: undefined };
    this.#judge.checks.push(check);
    check.verdict = await node.ask('check', (registry) => registry.check(token));
    check.answeredAt = this.world.time;
  }

  #known(number: number): { token: string; id: string } | undefined {
    const known = this.#judge.signIns.flatMap(({ token, session }) =>
      token === undefined || session === undefined ? [] : [{ token, id: session.id }],
    );
    return known[number % Math.max(1, known.length)];
  }

  #only(number: number): { sessionIds: string[] } | undefined {
    const known = this.#known(number);
    return known && { sessionIds: [known.id] };
  }

  #node(index: number): SimulatedNode {
    return this.#nodes[index] as SimulatedNode;
  }
}
