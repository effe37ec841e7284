import assert from 'node:assert/strict';
import type { Verdict } from '../../src/session/registry.ts';
import { compileSelector, type Selector } from '../../src/session/selector.ts';
import type { Session } from '../../src/session/session.ts';
import type { LedgerEntry } from '../../src/session/store.ts';
import { headOf, type Row, type State } from './database.ts';
import { entriesAfter, isLive } from './node-store.ts';

/** Something that somebody asked for, with the times at which the question was sent and the answer came. */
interface Asked {
  readonly askedAt: number;
  answeredAt: number | undefined;
}

export interface AskedCut extends Asked {
  readonly selector: Selector;
  /** As acknowledged; without it nobody knows whether the cut was made. */
  entry?: Pick<LedgerEntry, 'seq' | 'matched' | 'hash'>;
}

export interface AskedSignIn extends Asked {
  /** When the sign-in began, where it was told by an epoch. */
  readonly begunAt: number;
  readonly epoch: number | undefined;
  readonly username: string;
  readonly realm: string;
  session?: Session;
  token?: string;
  /** Why it was refused. */
  code?: string;
}

export interface AskedCheck extends Asked {
  readonly token: string;
  verdict?: Verdict;
}

export interface AskedEnd extends Asked {
  readonly id: string;
}

const never = Number.POSITIVE_INFINITY;

/** Writes down what was asked and answered, and holds it against the promises; it knows nothing of how nodes work. */
export class Judge {
  readonly cuts: AskedCut[] = [];
  readonly signIns: AskedSignIn[] = [];
  readonly checks: AskedCheck[] = [];
  readonly ends: AskedEnd[] = [];

  /**
   * Holds everything against the promises, once all is over.
   * @param states every state of the database that was visible, with the time from which on
   * @param most the limit of sessions per user
   */
  hold(states: readonly { from: number; state: State }[], most: number): void {
    const last = states.at(-1)?.state as State;
    for (const cut of this.cuts) this.#holdCut(cut, last);
    for (const signIn of this.signIns) this.#holdSignIn(signIn, states, most);
    for (const check of this.checks) this.#holdCheck(check);
    for (const { state } of states) holdLimit(state, most);
    for (const entry of last.ledger.values()) holdCount(entry, last);
  }

  #holdCut({ entry, selector }: AskedCut, last: State): void {
    if (entry === undefined) return;
    const kept = last.ledger.get(entry.seq);
    assert.equal(
      kept?.hash,
      entry.hash,
      `P1: revocation ${entry.seq} of ${told(selector)} was acknowledged and is lost`,
    );
  }

  #holdCheck(check: AskedCheck): void {
    const { token, verdict, askedAt } = check;
    const signIn = this.signIns.find((one) => one.token === token);
    if (verdict === undefined || signIn?.session === undefined) return;
    const { session } = signIn;
    if (verdict.live) {
      const left = this.ends.some(
        ({ id, answeredAt }) => id === session.id && (answeredAt ?? never) <= askedAt,
      );
      assert.ok(!left, `P2: a session of ${session.username} is live after its user has left`);
      const cut = this.cuts.find(
        (one) =>
          (one.answeredAt ?? never) <= askedAt && one.entry !== undefined && this.#reaches(one, signIn),
      );
      if (cut === undefined) return;
      const promise = cut.askedAt > (signIn.answeredAt ?? never) ? 'P1' : 'P3';
      assert.fail(
        `${promise}: a session of ${session.username} is live ${told(check)} after revocation ${cut.entry?.seq} of ${told(cut.selector)} was acknowledged`,
      );
    }
    const answeredAt = check.answeredAt ?? never;
    if (verdict.reason === 'revoked') {
      const cause = this.cuts.find((one) => one.askedAt < answeredAt && this.#mayReach(one, signIn));
      assert.ok(cause, `P4: a session of ${session.username} is refused as revoked, and no cut names it`);
    } else if (verdict.reason === 'logged_out') {
      assert.ok(
        this.ends.some(({ id, askedAt: at }) => id === session.id && at < answeredAt),
        'P4: nobody left',
      );
    } else {
      assert.fail(`P4: a session of ${session.username} is refused as ${verdict.reason}`);
    }
  }

  /** Whether a cut, which was acknowledged, ends a session: it names it, and came after its sign-in began. */
  #reaches(cut: AskedCut, signIn: AskedSignIn): boolean {
    const { session } = signIn;
    if (session === undefined || cut.entry === undefined || !compileSelector(cut.selector)(session))
      return false;
    if (cut.askedAt > signIn.begunAt && signIn.epoch !== undefined) return cut.entry.seq > signIn.epoch;
    if (cut.askedAt > (signIn.answeredAt ?? never)) return true;
    return cut.entry.seq > session.epoch;
  }

  /** Whether a cut could have ended a session: it names it, and was not over when the sign-in began. */
  #mayReach(cut: AskedCut, { session, begunAt }: AskedSignIn): boolean {
    return (
      session !== undefined && compileSelector(cut.selector)(session) && (cut.answeredAt ?? never) > begunAt
    );
  }

  #holdSignIn(signIn: AskedSignIn, states: readonly { from: number; state: State }[], most: number): void {
    const { code, begunAt, askedAt, username, realm } = signIn;
    const answeredAt = signIn.answeredAt ?? never;
    /** The states that could be seen between the question and its answer. */
    const seen = states.filter(
      ({ from }, index) => from <= answeredAt && (states[index + 1]?.from ?? never) >= askedAt,
    );
    if (code === 'revoked_during_sign_in') {
      const probe = { username, realm, provider: { type: 'basic', name: 'main' } } as unknown as Session;
      const cause = this.cuts.find(
        (cut) =>
          cut.askedAt < answeredAt &&
          (cut.answeredAt ?? never) > begunAt &&
          cut.selector.sessionIds === undefined &&
          compileSelector(cut.selector)(probe),
      );
      assert.ok(cause, `P4: a sign-in of ${username} is refused, and no cut came after it began`);
    } else if (code === 'session_limit_reached') {
      assert.ok(
        seen.some(({ state }) => liveOf(state, realm, username).length >= most),
        `exact: a sign-in of ${username} is refused, and never had the user ${most} sessions meanwhile`,
      );
    } else if (code === 'epoch_unknown') {
      assert.ok(
        seen.some(({ state }) => headOf(state) < (signIn.epoch ?? 0)),
        `P4: a sign-in of ${username} is refused, and the ledger held the entry that it began at`,
      );
      assert.ok(
        states.some(({ from, state }) => from <= askedAt && headOf(state) >= (signIn.epoch ?? never)),
        `P4: a sign-in of ${username} began at an entry that the ledger has never held`,
      );
    } else {
      assert.ok(
        code === undefined || ['store_unavailable', 'sign_in_too_old'].includes(code),
        `P4: a sign-in of ${username} is refused as ${code}`,
      );
    }
  }
}

function liveOf(state: State, realm: string, username: string): Row[] {
  return [...state.sessions.values()].filter(
    (row) => row.realm === realm && row.username === username && isLive(state, row),
  );
}

function holdLimit(state: State, most: number): void {
  for (const { realm, username } of state.sessions.values()) {
    const { length } = liveOf(state, realm, username);
    assert.ok(length <= most, `exact: ${username} has ${length} live sessions, and ${most} are allowed`);
  }
}

/** The count of a cut is exact: of the sessions it names, none is missing but those that something else ended. */
function holdCount(entry: LedgerEntry, last: State): void {
  const matches = compileSelector(entry.selector);
  const named = [...last.sessions.values()].filter((row) => row.epoch < entry.seq && matches(row));
  const before = (row: Row): boolean =>
    entriesAfter(last, row.epoch).some((one) => one.seq < entry.seq && compileSelector(one.selector)(row));
  const own = named.filter((row) => !before(row));
  const sure = own.filter(({ ended }) => ended === undefined || ended.revocation === entry.seq);
  assert.ok(
    sure.length <= entry.matched && entry.matched <= own.length,
    `exact: revocation ${entry.seq} of ${told(entry.selector)} counted ${entry.matched}, and named ${sure.length}`,
  );
}

function told(thing: Selector | AskedCheck): string {
  if ('token' in thing) return `in a check sent at ${(thing as AskedCheck).askedAt}`;
  return JSON.stringify(thing);
}
