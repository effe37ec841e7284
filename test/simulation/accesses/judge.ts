import assert from 'node:assert/strict';
import type { Verdict } from '../../../src/session/registry.ts';
import { compileSelector, type Selector } from '../../../src/session/selector.ts';
import type { LedgerEntry } from '../../../src/session/store.ts';
import type { Row, State } from '../database.ts';
import { nameOf } from '../history.ts';
import { isLive } from '../node-store.ts';

/** Times are those that everybody shares and no node can see; instants are by the clocks. */
interface Asked {
  readonly askedAt: number;
  answeredAt: number | undefined;
  readonly node: number;
}

/** One use of a session, or a look at it. */
export interface AskedUse extends Asked {
  readonly sessionId: string;
  readonly isLook: boolean;
  verdict?: Verdict;
  /** Which process of the node gave the answer. */
  life?: number;
}

export interface AskedCut extends Asked {
  readonly who: 'used' | 'unused';
  /** Used, or not used, since this instant. */
  readonly since: number;
  /** As acknowledged. */
  seq?: number;
  unheard?: readonly string[];
  /** Which process each node had when the answer came. */
  lives?: readonly number[];
}

/** A stretch of time through which a node stood still or was not there. */
interface Absence {
  readonly node: number;
  readonly from: number;
  to: number;
}

const never = Number.POSITIVE_INFINITY;

/** Writes down who was used when and what was cut, and holds it against what cuts by last access promise. */
export class AccessJudge {
  readonly uses: AskedUse[] = [];
  readonly cuts: AskedCut[] = [];
  readonly absences: Absence[] = [];

  /** Holds everything, once all is over, against every state of the database that was visible. */
  hold(states: readonly { readonly state: State }[]): void {
    const last = states.at(-1)?.state as State;
    const verdicts = [...last.ledger.values()].map((entry) => verdictsOf(entry, states));
    for (const cut of this.cuts) {
      const verdict = verdicts.find(({ entry }) => entry.seq === cut.seq);
      if (verdict === undefined) continue;
      const floor = floorBefore(verdict.entry, last);
      for (const row of verdict.ended) this.#holdEnded(cut, row, floor);
      for (const row of verdict.spared) this.#holdSpared(cut, row, floor);
      this.#holdNames(cut);
    }
    for (const row of last.sessions.values()) {
      const cut = verdicts.find(({ ended }) => ended.some(({ id }) => id === row.id));
      assert.equal(
        isLive(last, row),
        cut === undefined,
        `final: ${row.username} was ended or spared, and then not`,
      );
      for (const use of this.uses) if (use.sessionId === row.id) this.#holdVerdict(use, row, cut?.entry);
    }
  }

  /** A session that was ended: nobody known to have been asked has used it in a way that should have saved it. */
  #holdEnded(cut: AskedCut, row: Row, floor: number): void {
    const told = `${row.username} was ended by a cut of those ${cut.who} since ${cut.since}`;
    if (cut.who === 'unused') {
      const use = this.#heardUses(cut, row).find((one) => accessOf(one) >= cut.since);
      assert.ok(
        use === undefined,
        `used: ${told}, and was used at ${use && accessOf(use)} on node ${use?.node}`,
      );
    } else {
      const mayBeUsed = row.createdAt >= cut.since || this.#usesBeforeEnd(cut, row, floor).length > 0;
      assert.ok(mayBeUsed, `over-kill: ${told}, and nobody has used it`);
    }
  }

  #holdSpared(cut: AskedCut, row: Row, floor: number): void {
    const told = `${row.username} was spared by a cut of those ${cut.who} since ${cut.since}`;
    if (cut.who === 'used') {
      const use = this.#heardUses(cut, row).find((one) => accessOf(one) >= cut.since);
      assert.ok(
        use === undefined,
        `used: ${told}, and was used at ${use && accessOf(use)} on node ${use?.node}`,
      );
    } else {
      const mayBeUsed = row.createdAt >= cut.since || this.#usesBeforeEnd(cut, row, floor).length > 0;
      assert.ok(mayBeUsed, `spared: ${told}, and nobody has used it`);
    }
  }

  /** Uses that were answered before the order was sent, by a process that was there to be asked and was heard. */
  #heardUses(cut: AskedCut, row: Row): AskedUse[] {
    return this.uses.filter(
      ({ sessionId, isLook, verdict, answeredAt, node, life }) =>
        sessionId === row.id &&
        !isLook &&
        verdict?.live === true &&
        (answeredAt ?? never) < cut.askedAt &&
        life === cut.lives?.[node] &&
        !(cut.unheard ?? []).includes(nameOf(node)),
    );
  }

  /**
   * Uses that a cut may have known: those asked for before it was acknowledged, whether they got an answer or not. One that
   * was written after an earlier cut counts as made at the end of that one's range.
   */
  #usesBeforeEnd(cut: AskedCut, row: Row, floor: number): AskedUse[] {
    return this.uses.filter(
      ({ sessionId, isLook, askedAt, verdict }) =>
        sessionId === row.id &&
        !isLook &&
        askedAt < (cut.answeredAt ?? never) &&
        (verdict === undefined || (verdict.live && Math.max(verdict.lastAccessAt, floor) >= cut.since)),
    );
  }

  /** Who was not there from the order to its answer cannot have written anything for it, and is named. */
  #holdNames({ node: caller, askedAt, answeredAt, unheard }: AskedCut): void {
    for (const { node, from, to } of this.absences) {
      if (node === caller || from > askedAt || to < (answeredAt ?? never)) continue;
      assert.ok(unheard?.includes(nameOf(node)), `unheard: node ${node} was not there, and is not named`);
    }
  }

  #holdVerdict({ verdict, askedAt }: AskedUse, { username }: Row, cut: LedgerEntry | undefined): void {
    if (verdict === undefined) return;
    if (!verdict.live) {
      assert.ok(cut !== undefined, `P4: ${username} is refused, and no cut has ended it`);
      return;
    }
    const { answeredAt = never } = this.cuts.find(({ seq }) => seq === cut?.seq) ?? {};
    assert.ok((answeredAt ?? never) > askedAt, `P1: ${username} is live after revocation ${cut?.seq}`);
  }
}

function accessOf({ verdict }: AskedUse): number {
  return verdict?.live === true ? verdict.lastAccessAt : 0;
}

/** The latest end of a range of those used that was cut before an entry. */
function floorBefore({ seq }: LedgerEntry, { ledger }: State): number {
  const ends = [...ledger.values()].map((entry) => {
    const { lastAccessFrom, lastAccessTo } = entry.selector;
    return entry.seq >= seq || lastAccessFrom === undefined ? 0 : Date.parse(lastAccessTo ?? '');
  });
  return Math.max(0, ...ends);
}

/** Whom an entry ended and whom it spared, of those that were alive, by the rows at the moment at which it became visible. */
function verdictsOf(entry: LedgerEntry, states: readonly { readonly state: State }[]) {
  const { state } = states.find((one) => one.state.ledger.has(entry.seq)) as { state: State };
  const ledger = new Map([...state.ledger].filter(([seq]) => seq < entry.seq));
  const alive = [...state.sessions.values()].filter((row) => isLive({ ...state, ledger }, row));
  const isMeant = compileSelector(entry.selector as Selector);
  const ended = alive.filter(isMeant);
  assert.equal(entry.matched, ended.length, `exact: revocation ${entry.seq} counted ${entry.matched}`);
  return { entry, ended, spared: alive.filter((row) => !isMeant(row)) };
}
