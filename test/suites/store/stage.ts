import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe } from 'node:test';
import { hashSecret, newSessionToken } from '../../../src/core/tokens.ts';
import { ActiveLedger } from '../../../src/session/ledger.ts';
import type { Selector } from '../../../src/session/selector.ts';
import type { Session } from '../../../src/session/session.ts';
import type {
  NewSession,
  RegisterCommand,
  RegisterOutcome,
  RevokeCommand,
  RevokeOutcome,
  SessionQuery,
  Store,
  StoredSession,
} from '../../../src/session/store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { aSession, plain, toRevoke } from '../../support/sessions.ts';

/** A store under test. */
export interface OpenedStore {
  /** The store as it is open now; another object after `reopen`. */
  readonly store: Store;
  /** Closes it and opens the same data again. */
  reopen(): Promise<void>;
  /** A path at which a backup may be written, and where nothing is yet. */
  newPath(): string;
  /** Opens a backup as a store of its own. */
  openBackup(path: string): Promise<OpenedStore>;
  /** Closes it and deletes its data. */
  close(): Promise<void>;
}

export type OpenStore = () => Promise<OpenedStore>;

/** What an engine does not do: the reason for which the cases of it are skipped. */
export interface Differences {
  readonly backup?: string;
}

type Revoked = Extract<RevokeOutcome, { kind: 'revoked' }>;

/**
 * Where cases of the suite play. Cases of one part share a store; each plays in a realm of its own, so that none sees
 * what others left, and at a later time than those before it.
 */
export class Stage {
  readonly realm = `realm ${randomUUID().slice(0, 8)}`;
  readonly clock: ManualClock;
  readonly #opened: OpenedStore;

  constructor(opened: OpenedStore, clock: ManualClock) {
    this.#opened = opened;
    this.clock = clock;
    clock.advance(1000);
  }

  get store(): Store {
    return this.#opened.store;
  }

  get now(): number {
    return this.clock.now();
  }

  /** Another realm on the same store and clock. */
  elsewhere(): Stage {
    return new Stage(this.#opened, this.clock);
  }

  /** The order to register a session of this realm now; its sign-in has just begun. */
  async order(
    changes: Partial<NewSession> = {},
    rest: Partial<RegisterCommand> = {},
  ): Promise<RegisterCommand> {
    const { seq } = await this.store.head();
    return {
      session: aSession({ realm: this.realm, createdAt: this.now, epoch: seq, ...changes }),
      tokenHash: hashSecret(newSessionToken()),
      limit: { kind: 'unlimited' },
      now: this.now,
      ...rest,
    };
  }

  /** Registers a session of this realm now. */
  async signIn(
    changes: Partial<NewSession> = {},
    rest: Partial<RegisterCommand> = {},
  ): Promise<StoredSession> {
    return registered(await this.store.register(await this.order(changes, rest)));
  }

  /** Registers many at once. */
  async signInMany(
    count: number,
    changes: (index: number) => Partial<NewSession> = () => ({}),
  ): Promise<StoredSession[]> {
    const orders = [];
    for (let index = 0; index < count; index++) orders.push(this.order(changes(index)));
    const outcomes = (await Promise.all(orders)).map((order) => this.store.register(order));
    return (await Promise.all(outcomes)).map(registered);
  }

  /** Revokes in this realm now. */
  async cut(selector: Selector = { all: true }, rest: Partial<RevokeCommand> = {}): Promise<Revoked> {
    const order = toRevoke({ realm: this.realm, ...selector }, { now: this.now, ...rest });
    const outcome = await this.store.revoke(order);
    assert.equal(outcome.kind, 'revoked');
    return outcome as Revoked;
  }

  query(selector: Selector = { all: true }, rest: Partial<SessionQuery> = {}): SessionQuery {
    return { selector: { realm: this.realm, ...selector }, state: 'live', now: this.now, ...rest };
  }

  /** All sessions of a query over pages of a size; the count must agree with them. */
  async list(query: SessionQuery = this.query(), limit = 500): Promise<StoredSession[]> {
    const sessions: StoredSession[] = [];
    let page = await this.store.list({ ...query, limit });
    for (;;) {
      sessions.push(...page.sessions);
      if (page.next === undefined) break;
      assert.equal(page.sessions.length, limit, 'only the last page is shorter');
      page = await this.store.list({ ...query, limit, after: page.next });
    }
    assert.equal(await this.store.count(query), sessions.length, 'the count is that of the list');
    return sessions;
  }

  /** The ids of a list. */
  async ids(query: SessionQuery = this.query(), limit = 500): Promise<string[]> {
    return (await this.list(query, limit)).map(({ id }) => id);
  }

  /** A session as it is now; it must be there. */
  async present(id: string): Promise<StoredSession> {
    const session = await this.store.find(id, this.now);
    assert.ok(session !== undefined, `session ${id} is not there`);
    return session;
  }

  /** Whether a check would let a token hash pass: the row is not marked and the ledger does not name it. */
  async passes(tokenHash: Buffer): Promise<boolean> {
    const { session, head } = await this.store.lookup(tokenHash);
    if (session === undefined || session.ended !== undefined) return false;
    const ledger = new ActiveLedger();
    ledger.startAt(head);
    for (const entry of await this.store.activeRevocations(0)) ledger.apply(entry);
    return ledger.judge(session) === undefined;
  }

  /** Runs sweeps to their end; gives how many rows they marked. */
  async sweepAll(): Promise<number> {
    let rows = 0;
    for (let slice = 0; slice < 100_000; slice++) {
      const result = await this.store.sweep(this.now);
      rows += result.rows;
      if (!result.more) return rows;
    }
    assert.fail('the sweep never ends');
  }

  /** Marks whatever has passed its limits. */
  async expireAll(): Promise<number> {
    let rows = 0;
    for (let slice = 0; slice < 100_000; slice++) {
      const result = await this.store.expire(this.now);
      rows += result.rows;
      if (!result.more) return rows;
    }
    assert.fail('expiring never ends');
  }
}

/** The session of a registration that must have succeeded. */
export function registered(outcome: RegisterOutcome): StoredSession {
  assert.equal(outcome.kind, 'registered');
  return (outcome as Extract<RegisterOutcome, { kind: 'registered' }>).session;
}

/** Asserts that two sessions say the same, whatever form an engine gives them in. */
export function same(actual: Session | undefined, expected: Session): void {
  assert.ok(actual !== undefined, 'there is no such session');
  assert.deepEqual(plain(actual), plain(expected));
}

/** A part of the suite: cases that share one store. `stage()` gives each case a realm of its own. */
export function part(
  title: string,
  open: OpenStore,
  cases: (stage: () => Stage, opened: () => OpenedStore) => void,
): void {
  describe(title, () => {
    let opened: OpenedStore | undefined;
    const clock = new ManualClock();
    const current = (): OpenedStore => {
      assert.ok(opened !== undefined, 'the store did not open');
      return opened;
    };
    before(async () => {
      opened = await open();
    });
    after(async () => {
      await opened?.close();
    });
    cases(() => new Stage(current(), clock), current);
  });
}
