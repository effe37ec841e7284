import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { hashSecret, newSessionToken } from '../../src/core/tokens.ts';
import { ActiveLedger } from '../../src/session/ledger.ts';
import { smallCut } from '../../src/session/revocation.ts';
import type { Selector } from '../../src/session/selector.ts';
import { limitPassed, type Session } from '../../src/session/session.ts';
import type { SessionQuery, SliceResult, StoredSession } from '../../src/session/store.ts';
import { ModelStore } from '../model/model-store.ts';
import type { OpenedStore } from '../suites/store/stage.ts';
import { iso, ManualClock, minute } from '../support/manual-clock.ts';
import type { Random } from '../support/seed.ts';
import { DrawnOrders } from './drawn-orders.ts';
import { comparable, howFar, inModel, inStore, type MortalStore, seen } from './open-work.ts';

const quarterOfAnHour = 15 * minute;
/** In each stretch of so many steps a node is killed once. */
const stepsPerKill = 140;

const seenOrNone = (session: Session | undefined) => session && seen(session);

/**
 * One history that a store and the model live through side by side. After each step both must have answered alike; the
 * ledger in memory, kept as a registry keeps it, must judge each token as the model does.
 */
export class History {
  readonly #opened: OpenedStore | MortalStore;
  readonly #random: Random;
  readonly #clock = new ManualClock();
  readonly #model = new ModelStore();
  readonly #drawn: DrawnOrders;
  #ledger = new ActiveLedger();
  #taken = 0;
  /** At which step of the present stretch a node is killed. */
  #killAt = 0;

  /** A history in which nodes are killed too where the store can bear it. */
  constructor(opened: OpenedStore | MortalStore, random: Random, seed: number) {
    this.#opened = opened;
    this.#random = random;
    this.#drawn = new DrawnOrders(random, seed, this.#clock, this.#model);
  }

  get #store() {
    return this.#opened.store;
  }

  get #now(): number {
    return this.#clock.now();
  }

  readonly #steps: readonly [weight: number, name: string, run: () => Promise<void>][] = [
    [30, 'register', () => this.#register()],
    [1, 'register a crowd', () => this.#registerCrowd()],
    [15, 'touch', () => this.#touch()],
    [8, 'update', () => this.#update()],
    [5, 'end', () => this.#end()],
    [8, 'revoke', () => this.#revoke()],
    [12, 'sweep', () => this.#sweep()],
    [8, 'expire', () => this.#expire()],
    [1, 'purge', () => this.#purge()],
    [20, 'let time pass', async () => this.#clock.advance(this.#random.below(90_000))],
    [1, 'open again', () => this.#reopen()],
    [20, 'check', () => this.#check()],
    [10, 'ask', () => this.#ask()],
    [3, 'ask about a span of time', () => this.#askTimeline()],
    [2, 'compare everything', () => this.compareEverything()],
  ];

  /** Takes one step; gives its name. */
  async step(): Promise<string> {
    const [name, run] = this.#draw();
    try {
      await run();
    } catch (error) {
      throw new Error(`in the step "${name}": ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
    return name;
  }

  #draw(): readonly [name: string, run: () => Promise<void>] {
    const place = this.#taken++ % stepsPerKill;
    if (place === 0) this.#killAt = this.#random.below(stepsPerKill);
    if (place === this.#killAt && 'die' in this.#opened) return ['kill a node', () => this.#kill()];
    let choice = this.#random.below(this.#steps.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, name, run] of this.#steps) {
      choice -= weight;
      if (choice < 0) return [name, run];
    }
    throw new Error('no step was chosen');
  }

  async #register(): Promise<void> {
    const order = this.#drawn.toRegister();
    const expected = this.#model.register(order);
    const outcome = await this.#store.register(order);
    assert.deepEqual(comparable(outcome), comparable(expected));
    if ('session' in outcome) this.#drawn.remember(outcome.session, order.tokenHash);
  }

  /** Equal sessions, so many that a cut of them is too large to be swept at once. */
  async #registerCrowd(): Promise<void> {
    const one = {
      ...this.#drawn.newSession(),
      idleTimeoutMs: null,
      expiresAt: null,
      epoch: this.#model.head,
    };
    const outcomes = Array.from({ length: 1010 }, async () => {
      const session = { ...one, id: randomUUID() };
      const tokenHash = hashSecret(newSessionToken());
      const order = { session, tokenHash, limit: { kind: 'unlimited' } as const, now: this.#now };
      this.#model.register(order);
      const outcome = await this.#store.register(order);
      assert.equal(outcome.kind, 'registered');
      if (outcome.kind === 'registered' && this.#random.oneIn(50))
        this.#drawn.remember(outcome.session, tokenHash);
    });
    await Promise.all(outcomes);
    if (this.#random.oneIn(2))
      await this.#revokeWith({ username: one.username, createdFrom: iso(one.createdAt) });
  }

  async #touch(): Promise<void> {
    const touches = this.#drawn.touches();
    this.#model.touch(touches);
    await this.#store.touch(touches, this.#now);
  }

  async #update(): Promise<void> {
    const order = this.#drawn.toUpdate();
    const expected = this.#model.update(order);
    assert.deepEqual(seenOrNone(await this.#store.update(order)), seenOrNone(expected));
  }

  async #end(): Promise<void> {
    const order = this.#drawn.toEnd();
    const expected = this.#model.end(order);
    assert.deepEqual(seenOrNone(await this.#store.end(order)), seenOrNone(expected));
  }

  #revoke(): Promise<void> {
    return this.#revokeWith(this.#drawn.selector());
  }

  async #revokeWith(drawn: Selector): Promise<void> {
    const order = this.#drawn.toRevoke(drawn);
    const { selector } = order;
    const expected = this.#model.revoke(order);
    const outcome = await this.#store.revoke(order);
    if (outcome.kind === 'too_many' || expected.kind === 'too_many') {
      assert.deepEqual(outcome, expected);
      return;
    }
    const { seq, at, matched } = outcome.revocation;
    assert.deepEqual({ seq, at, selector, matched }, expected.revocation);
    assert.deepEqual(outcome.sessions.map(seen), expected.sessions.slice(0, smallCut).map(seen));
    this.#ledger.apply(outcome.revocation);
  }

  async #sweep(): Promise<void> {
    await this.#store.sweep(this.#now);
    if (!this.#random.oneIn(5)) return;
    for (const seq of this.#ledger.activeSeqs()) {
      const [entry] = await this.#store.revocations({ after: seq - 1, limit: 1 });
      assert.ok(entry !== undefined);
      if (entry.sweptAt === null || entry.at >= this.#now - quarterOfAnHour) return;
      this.#ledger.retireUpTo(seq);
    }
  }

  async #expire(): Promise<void> {
    await toTheEnd(() => this.#store.expire(this.#now));
    this.#model.expire(this.#now);
  }

  async #purge(): Promise<void> {
    const endedBefore = this.#now - this.#random.below(30 * minute);
    await toTheEnd(() => this.#store.sweep(this.#now));
    await this.#expire();
    await toTheEnd(() => this.#store.purge(endedBefore));
    this.#model.purge(endedBefore);
  }

  async #reopen(): Promise<void> {
    await this.#opened.reopen();
    await this.#startLedger();
  }

  /** As a node does that has just started. */
  async #startLedger(): Promise<void> {
    this.#ledger = new ActiveLedger();
    this.#ledger.startAt((await this.#store.head()).seq);
    for (const entry of await this.#store.activeRevocations(this.#now - quarterOfAnHour))
      this.#ledger.apply(entry);
  }

  /**
   * Nodes die at work. What they acknowledged must be there, and of the rest each order wholly or not at all; what is found is
   * right, and whoever got no answer asks again where one engine has done less than another.
   */
  async #kill(): Promise<void> {
    if (!('die' in this.#opened)) return;
    const orders = this.#drawn.openWork();
    const remains = await this.#opened.die(orders);
    const done: number[] = [];
    for (const one of remains) done.push(await howFar(this.#model, orders, one, this.#now));
    const most = Math.max(...done);
    for (const [index, { store, continueAfter }] of remains.entries()) {
      const before = orders.slice(0, done[index]);
      const model = this.#model.copy();
      for (const order of before) inModel(model, order);
      await continueAfter(model.lastNumber);
      for (const order of orders.slice(done[index], most)) await inStore(store, order);
    }
    for (const order of orders.slice(0, most)) {
      const outcome = inModel(this.#model, order);
      if (order.do === 'register' && outcome !== undefined && 'session' in outcome)
        this.#drawn.remember(outcome.session, order.args[0].tokenHash);
    }
    await this.#startLedger();
    await this.compareEverything();
  }

  /** Some tokens, judged as a registry judges them. */
  async #check(): Promise<void> {
    for (let n = 0; n < 10; n++) {
      const { tokenHash } = this.#drawn.someone();
      const { session, head } = await this.#store.lookup(tokenHash);
      assert.equal(head, this.#model.head);
      const expected = this.#model.lookup(tokenHash, this.#now);
      assert.equal(session?.id, expected?.id);
      if (session === undefined) continue;
      const judgement = this.#ledger.judge(session);
      const limit = limitPassed(session, this.#now);
      const cut = judgement !== undefined && (limit === undefined || judgement.at < limit.at);
      const reason = session.ended?.reason ?? (cut ? 'revoked' : limit?.reason);
      assert.equal(reason, expected?.ended?.reason, `session ${session.id}`);
    }
  }

  async #ask(): Promise<void> {
    const { id } = this.#drawn.someone();
    assert.deepEqual(
      seenOrNone(await this.#store.find(id, this.#now)),
      seenOrNone(this.#model.find(id, this.#now)),
    );
    const query: SessionQuery = {
      selector: this.#drawn.selector(),
      state: this.#random.pick(['live', 'ended', 'any']),
      now: this.#now,
      ...(this.#random.oneIn(4) ? { asOf: this.#now - this.#random.below(quarterOfAnHour) } : {}),
      ...(this.#random.oneIn(3) ? { revocation: 1 + this.#random.below(this.#model.head + 1) } : {}),
    };
    await this.#compare(query);
    const { count, adminIds, byApp } = await this.#store.summarise(query.selector, this.#now);
    const expected = this.#model.summarise(query.selector, this.#now);
    assert.deepEqual(
      [count, adminIds, total(byApp)],
      [expected.count, expected.adminIds, total(expected.byApp)],
    );
  }

  /** The live sessions of each bucket must be those of the model in its last millisecond. */
  async #askTimeline(): Promise<void> {
    const bucketMs = 1000 * (1 + this.#random.below(180));
    const buckets = 1 + this.#random.below(8);
    const from = this.#now - this.#random.below(quarterOfAnHour);
    const series = await this.#store.timeline({ from, bucketMs, buckets, now: this.#now });
    for (let bucket = 0; bucket < buckets; bucket++) {
      const last = from + (bucket + 1) * bucketMs - 1;
      const live = this.#model.list({
        selector: { all: true },
        state: 'live',
        now: this.#now,
        ...(last < this.#now ? { asOf: last } : {}),
      });
      assert.equal(
        series.reduce((sum, one) => sum + (one.live[bucket] ?? 0), 0),
        live.length,
        `live at the end of bucket ${bucket}`,
      );
    }
  }

  async #compare(query: SessionQuery): Promise<void> {
    const expected = this.#model.list(query);
    assert.equal(await this.#store.count(query), expected.length);
    const listed: StoredSession[] = [];
    let page = await this.#store.list({ ...query, limit: 700 });
    for (
      ;
      page.next !== undefined;
      page = await this.#store.list({ ...query, limit: 700, after: page.next })
    ) {
      listed.push(...page.sessions);
    }
    assert.deepEqual([...listed, ...page.sessions].map(seen), expected.map(seen));
  }

  /** Compares every session there is. */
  async compareEverything(): Promise<void> {
    await this.#compare({ selector: { all: true }, state: 'any', now: this.#now });
    const { live } = await this.#store.statistics(this.#now);
    assert.equal(live, this.#model.list({ selector: { all: true }, state: 'live', now: this.#now }).length);
    assert.equal((await this.#store.head()).seq, this.#model.head);
  }
}

/** Works through slices until there is no more to do. */
async function toTheEnd(slice: () => Promise<SliceResult>): Promise<void> {
  for (let n = 0; n < 1000; n++) if (!(await slice()).more) return;
  assert.fail('the work never ends');
}

function total(tallies: readonly { count: number }[]): number {
  return tallies.reduce((sum, { count }) => sum + count, 0);
}
