import type { Clock } from '../core/clock.ts';
import { CurfewError } from '../core/errors.ts';
import { newSessionId } from '../core/ids.ts';
import { hashSecret, isSessionToken, newSessionToken } from '../core/tokens.ts';
import { CatchingUp, type Reload } from './catching-up.ts';
import { endOf, type Histogram, type HistogramQuery, untilOf } from './histogram.ts';
import { ActiveLedger } from './ledger.ts';
import { Policies } from './policies.ts';
import { Refusals } from './refusals.ts';
import { registered } from './registered.ts';
import { type Registration, sessionFor, startOf, unknownRealm } from './registration.ts';
import type { LedgerHead, Revocation } from './revocation.ts';
import type { Selector } from './selector.ts';
import { deadlineOf, type EndReason, limitPassed } from './session.ts';
import type {
  Eventually,
  ListQuery,
  Lookup,
  SessionPage,
  SessionQuery,
  Store,
  StoredSession,
  Summary,
  UpdateCommand,
} from './store.ts';
import type { Suggestions, SuggestQuery } from './suggestions.ts';
import {
  closeAccessRange,
  type GatherAccesses,
  isByAccess,
  type Revoked,
  type Termination,
} from './termination.ts';
import { Touches } from './touches.ts';

/** The answer to "is this session alive?". */
export type Verdict =
  | {
      readonly live: true;
      readonly session: StoredSession;
      readonly lastAccessAt: number;
      /** When it ends if it is not used again; null = it has no limit. */
      readonly deadline: number | null;
    }
  | {
      readonly live: false;
      readonly reason: 'missing' | 'unknown' | EndReason;
      /** The session that the token belonged to, when there was one. */
      readonly session?: StoredSession;
    };

export interface CheckOptions {
  /** False leaves the idle limit where it is. */
  readonly touch?: boolean;
  /** A session of another realm is answered as unknown. */
  readonly realm?: string | undefined;
  /** The address of whoever presented the token, for the record of refused uses. */
  readonly ip?: string | undefined;
}

export interface RegistryOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Whether other processes answer for the same sessions. */
  readonly isShared?: boolean;
  /** How long a sign-in may take, from its start to its registration. */
  readonly maxSignInAgeMs?: number;
  /** The only realms there may be; without it a realm exists from its first use. */
  readonly realms?: readonly string[];
}

/** 15 minutes: longer than people take over a second factor, short enough to keep the active ledger small. */
export const defaultMaxSignInAgeMs = 15 * 60_000;

/** Cuts of one session that each outrun the reading of its row; more come only from a store that has stayed behind. */
const mostTries = 20;

/** Knows every session: registers them, answers for them, ends them. The one implementation behind every face. */
export class Registry {
  readonly ledger = new ActiveLedger();
  readonly policies: Policies;
  readonly touches: Touches;
  readonly refusals: Refusals;
  readonly maxSignInAgeMs: number;
  readonly realms: ReadonlySet<string> | undefined;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #catchingUp: CatchingUp;
  /** No access is noted before this instant, so that a cut by last access cannot name one made after it. */
  #touchFloor = 0;
  #isTelling = false;
  readonly #isShared: boolean;
  #gather: GatherAccesses = async () => [];

  private constructor(options: RegistryOptions) {
    const { store, clock } = options;
    this.#store = store;
    this.#clock = clock;
    this.#isShared = options.isShared === true;
    this.maxSignInAgeMs = options.maxSignInAgeMs ?? defaultMaxSignInAgeMs;
    this.realms = options.realms === undefined ? undefined : new Set(options.realms);
    this.policies = new Policies(store);
    this.touches = new Touches(
      (touches) => store.touch(touches, clock.now()),
      this.#isShared ? () => this.#tellOthers() : undefined,
    );
    this.refusals = new Refusals((refusals) => store.addRefusals(refusals));
    this.#catchingUp = new CatchingUp(store, this.ledger, (entry) => this.#take(entry));
    this.#catchingUp.whenRecordsChange(() => this.policies.load());
  }

  /** Reads the active ledger and the policy, after which every question can be answered. */
  static async open(options: RegistryOptions): Promise<Registry> {
    const registry = new Registry(options);
    const { head, records } = await options.store.versions();
    await registry.policies.load();
    registry.#catchingUp.startAt(records);
    const since = options.clock.now() - registry.maxSignInAgeMs;
    registry.ledger.startAt(head);
    for (const entry of await options.store.activeRevocations(since)) registry.#take(entry);
    return registry;
  }

  /**
   * Sees to it that what other nodes have committed before this call is known here: cuts, policy, and every record that a
   * part keeps in memory. To be awaited before a request is judged by any of that.
   * @throws CurfewError `store_unavailable`
   */
  catchUp(): Eventually<void> {
    return this.#catchingUp.withEverything();
  }

  /** Has a part read what it keeps in memory anew when another node has changed records. */
  whenRecordsChange(reload: Reload): void {
    this.#catchingUp.whenRecordsChange(reload);
  }

  /** Says how the other nodes are asked for the accesses that they hold; without it there are none. */
  whenAccessesCount(gather: GatherAccesses): void {
    this.#gather = gather;
  }

  /**
   * Writes urgent accesses at once instead of with the next round: for every other node the session would else idle out.
   * One that cannot be written waits for that round, which tells of the failure.
   */
  #tellOthers(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    setImmediate(() => {
      this.#isTelling = false;
      this.touches.flushUrgent(this.#clock.now()).catch(() => undefined);
    });
  }

  /**
   * Whether the session of a token is live: a hash, one read and a few map look-ups. Answers at once where the store does.
   * @throws CurfewError `store_unavailable`: it cannot be known, so nobody may be let in
   */
  check(token: string | undefined, options: CheckOptions = {}): Eventually<Verdict> {
    if (token === undefined || token === '') return { live: false, reason: 'missing' };
    if (!isSessionToken(token)) return { live: false, reason: 'unknown' };
    const tokenHash = hashSecret(token);
    const found = this.#store.lookup(tokenHash);
    const isKnown = !(found instanceof Promise) && found.head <= this.ledger.head;
    return isKnown ? this.#verdict(found.session, options) : this.#judge(found, tokenHash, options);
  }

  async #judge(
    found: Eventually<Lookup>,
    tokenHash: Buffer,
    options: CheckOptions,
    tries = 1,
  ): Promise<Verdict> {
    const lookup = await found;
    if (lookup.head > this.ledger.head) await this.#catchingUp.withLedger(lookup.head);
    if (!this.#isOutrun(lookup)) return this.#verdict(lookup.session, options);
    if (tries === mostTries) throw outrunAlways();
    return this.#judge(this.#store.lookup(tokenHash), tokenHash, options, tries + 1);
  }

  /**
   * Whether the only cuts that name a session were made after its row was read. It may have changed in between so that they do
   * not name it any more, and must not be refused for what it was (P4).
   */
  #isOutrun({ session, head }: Lookup): boolean {
    if (this.ledger.head === head || session === undefined || session.ended !== undefined) return false;
    return (this.ledger.judge(session)?.seq ?? 0) > head;
  }

  #verdict(session: StoredSession | undefined, options: CheckOptions): Verdict {
    if (session === undefined) return { live: false, reason: 'unknown' };
    if (options.realm !== undefined && session.realm !== options.realm)
      return { live: false, reason: 'unknown' };
    const now = this.#clock.now();
    const lastAccessAt = this.touches.lastAccessAt(session);
    const reason = this.#deathOf(session, lastAccessAt, now);
    if (reason !== undefined) {
      this.refusals.note(session.number, options.ip, now);
      return { live: false, reason, session };
    }
    if (options.touch === false) {
      return { live: true, session, lastAccessAt, deadline: deadlineOf(session, lastAccessAt) };
    }
    const accessAt = Math.max(now, this.#touchFloor);
    this.touches.note(session, accessAt);
    return { live: true, session, lastAccessAt: accessAt, deadline: deadlineOf(session, accessAt) };
  }

  /**
   * Why a session is dead, or undefined if it is live. The ledger is asked about the row as it is written: a row it names
   * is never touched again, so an access still in memory must not move a session out of a cut by last access.
   */
  #deathOf(session: StoredSession, lastAccessAt: number, now: number): EndReason | undefined {
    if (session.ended !== undefined) return session.ended.reason;
    const limit = limitPassed(session, now, lastAccessAt);
    const judgement = this.ledger.judge(session);
    if (judgement === undefined) return limit?.reason;
    return limit !== undefined && limit.at <= judgement.at ? limit.reason : 'revoked';
  }

  /** Takes in an entry of the ledger. Where the clock is behind it, accesses are noted as made after its range. */
  #take(entry: Pick<Revocation, 'seq' | 'at' | 'selector'>): void {
    this.ledger.apply(entry);
    const { lastAccessFrom, lastAccessTo } = entry.selector;
    if (lastAccessFrom === undefined || lastAccessTo === undefined) return;
    this.#touchFloor = Math.max(this.#touchFloor, Date.parse(lastAccessTo));
  }

  /**
   * Makes a session for a user who has just authenticated, and its token.
   * @throws CurfewError `revoked_during_sign_in`, `sign_in_too_old`, `session_limit_reached`, `realm_unknown`,
   * `idempotency_key_reused`, `session_ended`, `invalid_input`
   */
  async register(
    request: Registration,
  ): Promise<{ session: StoredSession; token: string; repeated: boolean }> {
    if (this.realms !== undefined && !this.realms.has(request.realm))
      throw unknownRealm(request.realm, this.realms);
    // The epoch may have been given by another node, and a cut of another node must not meet a sign-in that follows it.
    const behind = this.catchUp();
    if (behind instanceof Promise) await behind;
    const now = this.#clock.now();
    const epoch = startOf(request, this.ledger, now, this.maxSignInAgeMs);
    const policy = this.policies.effective(request);
    const token = newSessionToken();
    // An access that is not written yet may keep a session alive that the limit counts, or that a repeat asks for. The
    // store takes writes in order, so both may go into the same commit.
    const flushed = this.touches.flushUrgent(now);
    const registering = this.#store.register({
      session: sessionFor(request, { id: newSessionId(), epoch, now, policy }),
      tokenHash: hashSecret(token),
      limit: policy.sessionLimit,
      now,
      ...(request.idempotency === undefined ? {} : { idempotency: request.idempotency }),
    });
    const [outcome] = await Promise.all([registering, flushed.catch(() => undefined)]);
    return { ...registered(outcome), token };
  }

  /**
   * Ends every live session that a selector matches: one entry of the ledger, final when this returns.
   * @throws CurfewError `expectation_failed` when more match than `atMost`
   */
  async terminate(order: Termination): Promise<Revoked> {
    const { origin, reason, atMost, tell } = order;
    const byAccess = isByAccess(order.selector);
    const unheard = byAccess ? await this.#gatherAccesses() : [];
    const now = Math.max(this.#clock.now(), this.#touchFloor);
    const selector = closeAccessRange(order.selector, now);
    if (byAccess) this.#touchFloor = now + 1;
    // Nothing is awaited between the two: the store takes writes in order, so no access slips in between them.
    const flushed = byAccess ? this.touches.flushAll() : this.touches.flushUrgent(now);
    const revoked = this.#store.revoke({
      ...origin,
      selector,
      reason,
      now,
      ...(this.#isShared && selector !== order.selector ? { untilCommit: true } : {}),
      ...(atMost === undefined ? {} : { atMost }),
      ...(tell === undefined ? {} : { tell }),
    });
    // An access that could not be written waits for the next time; it does not make a committed cut undone.
    const [outcome] = await Promise.all([revoked, flushed.catch(() => undefined)]);
    if (outcome.kind === 'too_many') {
      throw new CurfewError(
        'expectation_failed',
        `${outcome.matched} live sessions match, more than the ${atMost} allowed; nothing was ended. Preview again, then decide.`,
        { facts: { matched: outcome.matched, allowed: atMost ?? null } },
      );
    }
    // Entries in between, of another node or of an order still under way here, must not be passed over.
    const { seq } = outcome.revocation;
    if (seq > this.ledger.head + 1) {
      // The cut is committed, and is told of even if the store fails now; whoever asks next catches up or gets no answer.
      await this.#catchingUp.withLedger(seq - 1).catch(() => undefined);
    }
    if (seq <= this.ledger.head + 1) this.#take(outcome.revocation);
    return { ...outcome, unheard };
  }

  /** What a termination with this selector would hit now. */
  async preview(selector: Selector): Promise<Summary> {
    // What the cut would be told by the others then, the preview is told too, or the two would not agree.
    await (isByAccess(selector) ? this.#gatherAccesses() : this.#settle(selector));
    return this.#store.summarise(selector, this.#clock.now());
  }

  /** One page of sessions. */
  async list(query: Omit<ListQuery, 'now'>): Promise<SessionPage> {
    await this.#settle(query.selector, query.order === 'lastAccessAt' || query.order === '-lastAccessAt');
    const page = await this.#store.list({ ...query, now: this.#clock.now() });
    return { ...page, sessions: page.sessions.map((session) => this.#withLastAccess(session)) };
  }

  /** The exact number of sessions over all pages of a list. */
  async count(query: Omit<SessionQuery, 'now'>): Promise<number> {
    await this.#settle(query.selector);
    return this.#store.count({ ...query, now: this.#clock.now() });
  }

  /** How the sessions of a list lie in time up to the present; `to` is where that ends. */
  async histogram(query: Omit<HistogramQuery, 'now' | 'until'>): Promise<Histogram & { to: number }> {
    await this.#settle(query.selector, query.field === 'lastAccessAt');
    const now = this.#clock.now();
    const until = untilOf(query, now);
    const histogram = await this.#store.histogram({ ...query, now, until });
    return { ...histogram, to: endOf(histogram, until) };
  }

  /** Names and addresses of live sessions that begin with a text. */
  async suggest(query: Omit<SuggestQuery, 'now'>): Promise<Suggestions> {
    const now = this.#clock.now();
    await this.touches.flushUrgent(now);
    return this.#store.suggest({ ...query, now });
  }

  /** One session, live or ended. */
  async find(id: string): Promise<StoredSession | undefined> {
    const now = this.#clock.now();
    await this.touches.flushUrgent(now);
    const session = await this.#store.find(id, now);
    return session === undefined ? undefined : this.#withLastAccess(session);
  }

  /** Moves the last access of a live session to now and replaces the rights and attributes given; undefined if it is not live. */
  async refresh(
    id: string,
    change: Pick<UpdateCommand, 'accessGroups' | 'adminIds' | 'attributes'> = {},
  ): Promise<StoredSession | undefined> {
    await this.touches.flushUrgent(this.#clock.now());
    return this.#store.update({ ...change, id, now: Math.max(this.#clock.now(), this.#touchFloor) });
  }

  /** Ends one session because its user left; undefined if it was not live. */
  async logOut(id: string): Promise<StoredSession | undefined> {
    await this.touches.flushUrgent(this.#clock.now());
    return this.#store.end({ id, reason: 'logged_out', now: this.#clock.now() });
  }

  /** Where the ledger ends. */
  head(): Promise<LedgerHead> {
    return this.#store.head();
  }

  /** Writes what is gathered in memory, before the store closes. */
  async close(): Promise<void> {
    await this.touches.flushAll();
    await this.refusals.flush();
  }

  /** Writes the accesses that a question about live sessions depends on. */
  async #settle(selector: Selector, asksForAccess = false): Promise<void> {
    await (asksForAccess || isByAccess(selector)
      ? this.touches.flushInPortions()
      : this.touches.flushUrgent(this.#clock.now()));
  }

  /** Has every node write what it holds; gives the names of those that were not heard. */
  async #gatherAccesses(): Promise<readonly string[]> {
    const [unheard] = await Promise.all([this.#gather(), this.touches.flushInPortions()]);
    return unheard;
  }

  #withLastAccess(session: StoredSession): StoredSession {
    if (session.ended !== undefined) return session;
    const lastAccessAt = this.touches.lastAccessAt(session);
    return lastAccessAt === session.lastAccessAt ? session : { ...session, lastAccessAt };
  }
}

function outrunAlways(): CurfewError {
  return new CurfewError(
    'store_unavailable',
    'The store answers from before a revocation that is known here, again and again, so it cannot be known whether the session is live.',
  );
}
