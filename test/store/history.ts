import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { hashSecret, newSessionToken } from '../../src/core/tokens.ts';
import { ActiveLedger } from '../../src/session/ledger.ts';
import type { SessionLimit } from '../../src/session/policy.ts';
import { smallCut } from '../../src/session/revocation.ts';
import type { Selector } from '../../src/session/selector.ts';
import { limitPassed, type Session } from '../../src/session/session.ts';
import type { RegisterOutcome, SessionQuery, SliceResult, StoredSession } from '../../src/session/store.ts';
import { ModelStore } from '../model/model-store.ts';
import type { OpenedStore } from '../suites/store/stage.ts';
import { iso, ManualClock, minute, startOfTime } from '../support/manual-clock.ts';
import { anySelector, anySession, groups, moved } from '../support/populations.ts';
import type { Random } from '../support/seed.ts';
import { plain, toRevoke } from '../support/sessions.ts';

const quarterOfAnHour = 15 * minute;
const limits: readonly SessionLimit[] = [
  { kind: 'unlimited' },
  { kind: 'unset' },
  { kind: 'refuse', max: 3, per: 'user' },
  { kind: 'refuse', max: 1, per: 'provider' },
  { kind: 'displace', max: 2, per: 'user' },
  { kind: 'displace', max: 1, per: 'provider' },
];

/** A session without its epoch, which is how a store remembers what the model does at once. */
function seen(session: Session): Omit<Session, 'epoch'> {
  const { epoch: _epoch, ...rest } = plain(session);
  return rest;
}

const seenOrNone = (session: Session | undefined) => session && seen(session);

/**
 * One history that a store and the model live through side by side. After each step both must have answered alike; the
 * ledger in memory, kept as a registry keeps it, must judge each token as the model does.
 */
export class History {
  readonly #opened: OpenedStore;
  readonly #random: Random;
  readonly #clock = new ManualClock();
  readonly #model = new ModelStore();
  readonly #sessions: readonly Omit<Session, 'id'>[];
  readonly #selectors: readonly Selector[];
  #ledger = new ActiveLedger();
  /** What may be asked about later: ids, numbers and token hashes, also of those long gone. */
  readonly #known: { id: string; number: number; tokenHash: Buffer }[] = [];
  /** No access is noted before this instant, as the registry sees to. */
  #touchFloor = 0;

  constructor(opened: OpenedStore, random: Random, seed: number) {
    this.#opened = opened;
    this.#random = random;
    this.#sessions = fc.sample(anySession, { numRuns: 300, seed });
    this.#selectors = fc.sample(anySelector, { numRuns: 600, seed });
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
    let choice = this.#random.below(this.#steps.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, name, run] of this.#steps) {
      choice -= weight;
      if (choice >= 0) continue;
      try {
        await run();
      } catch (error) {
        throw new Error(`in the step "${name}": ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      }
      return name;
    }
    throw new Error('no step was chosen');
  }

  #newSession(): Omit<Session, 'ended'> {
    const drawn = this.#random.pick(this.#sessions);
    const now = this.#now;
    // Most sign-ins are quick; some began before a few of the last cuts.
    const epoch = Math.max(0, this.#model.head - (this.#random.oneIn(4) ? this.#random.below(6) : 0));
    const expiresAt = drawn.expiresAt === null ? null : now + drawn.expiresAt - drawn.createdAt;
    return { ...drawn, id: randomUUID(), createdAt: now, lastAccessAt: now, expiresAt, epoch };
  }

  async #register(): Promise<void> {
    const session = this.#newSession();
    const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
    const idempotency = {
      key: hash(`key ${this.#random.below(40)}`),
      request: hash(`request ${this.#random.below(5) === 0}`),
    };
    const order = {
      session,
      tokenHash: hashSecret(newSessionToken()),
      limit: this.#random.pick(limits),
      now: this.#now,
      ...(this.#random.oneIn(4) ? { idempotency } : {}),
    };
    const expected = this.#model.register(order);
    const outcome = await this.#store.register(order);
    assert.deepEqual(comparable(outcome), comparable(expected));
    if ('session' in outcome) this.#remember(outcome.session, order.tokenHash);
  }

  /** Equal sessions, so many that a cut of them is too large to be swept at once. */
  async #registerCrowd(): Promise<void> {
    const one = { ...this.#newSession(), idleTimeoutMs: null, expiresAt: null, epoch: this.#model.head };
    const outcomes = Array.from({ length: 1010 }, async () => {
      const session = { ...one, id: randomUUID() };
      const tokenHash = hashSecret(newSessionToken());
      const order = { session, tokenHash, limit: { kind: 'unlimited' } as const, now: this.#now };
      this.#model.register(order);
      const outcome = await this.#store.register(order);
      assert.equal(outcome.kind, 'registered');
      if (outcome.kind === 'registered' && this.#random.oneIn(50)) this.#remember(outcome.session, tokenHash);
    });
    await Promise.all(outcomes);
    if (this.#random.oneIn(2))
      await this.#revokeWith({ username: one.username, createdFrom: iso(one.createdAt) });
  }

  #remember({ id, number }: StoredSession, tokenHash: Buffer): void {
    this.#known.push({ id, number, tokenHash });
  }

  #someone(): { id: string; number: number; tokenHash: Buffer } {
    const recent = this.#known.slice(-200);
    return recent.length === 0 || this.#random.oneIn(50)
      ? { id: randomUUID(), number: 10 ** 9, tokenHash: hashSecret(newSessionToken()) }
      : this.#random.pick(recent);
  }

  async #touch(): Promise<void> {
    const touches = Array.from({ length: 1 + this.#random.below(6) }, () => ({
      // The model numbers sessions as the store does, from 1 upwards.
      number: this.#someone().number,
      lastAccessAt: Math.max(
        this.#touchFloor,
        this.#now - (this.#random.oneIn(3) ? this.#random.below(minute) : 0),
      ),
    }));
    this.#model.touch(touches);
    await this.#store.touch(touches, this.#now);
  }

  async #update(): Promise<void> {
    const order = {
      id: this.#someone().id,
      now: Math.max(this.#now, this.#touchFloor),
      ...(this.#random.oneIn(2) ? { accessGroups: groups.filter(() => this.#random.oneIn(2)) } : {}),
      ...(this.#random.oneIn(3) ? { adminIds: [0, 1, 7].filter(() => this.#random.oneIn(2)) } : {}),
      ...(this.#random.oneIn(3) ? { attributes: { step: String(this.#random.below(1000)) } } : {}),
    };
    const expected = this.#model.update(order);
    assert.deepEqual(seenOrNone(await this.#store.update(order)), seenOrNone(expected));
  }

  async #end(): Promise<void> {
    const order = { id: this.#someone().id, reason: 'logged_out', now: this.#now } as const;
    const expected = this.#model.end(order);
    assert.deepEqual(seenOrNone(await this.#store.end(order)), seenOrNone(expected));
  }

  /** A selector whose ranges lie around now. */
  #selector(): Selector {
    const selector = moved(this.#random.pick(this.#selectors), this.#now - startOfTime - 5 * minute);
    if (!this.#random.oneIn(6) || this.#known.length === 0) return selector;
    return { ...selector, sessionIds: [this.#someone().id, this.#someone().id] };
  }

  #revoke(): Promise<void> {
    return this.#revokeWith(this.#selector());
  }

  async #revokeWith(drawn: Selector): Promise<void> {
    const now = Math.max(this.#now, this.#touchFloor);
    // As the registry does: a cut of those used since an instant means until now.
    const selector = drawn.lastAccessFrom === undefined ? drawn : { ...drawn, lastAccessTo: iso(now + 1) };
    if (drawn.lastAccessFrom !== undefined || drawn.lastAccessTo !== undefined) this.#touchFloor = now + 1;
    const order = toRevoke(selector, {
      now,
      ...(this.#random.oneIn(8) ? { atMost: this.#random.below(20) } : {}),
    });
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
    this.#ledger = new ActiveLedger();
    this.#ledger.startAt((await this.#store.head()).seq);
    for (const entry of await this.#store.activeRevocations(this.#now - quarterOfAnHour))
      this.#ledger.apply(entry);
  }

  /** Some tokens, judged as a registry judges them. */
  async #check(): Promise<void> {
    for (let n = 0; n < 10; n++) {
      const { tokenHash } = this.#someone();
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
    const { id } = this.#someone();
    assert.deepEqual(
      seenOrNone(await this.#store.find(id, this.#now)),
      seenOrNone(this.#model.find(id, this.#now)),
    );
    const query: SessionQuery = {
      selector: this.#selector(),
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

/** What two outcomes of a registration can be compared by. */
function comparable(outcome: RegisterOutcome | ReturnType<ModelStore['register']>): unknown {
  if (!('session' in outcome)) return outcome;
  const displaced = 'displaced' in outcome ? outcome.displaced.map(seen) : [];
  return { kind: outcome.kind, number: outcome.session.number, session: seen(outcome.session), displaced };
}
