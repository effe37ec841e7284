import assert from 'node:assert/strict';
import type { Anchor } from '../../src/session/chain.ts';
import type { Selector } from '../../src/session/selector.ts';
import type { LedgerEntry } from '../../src/session/store.ts';
import type { Random } from '../support/seed.ts';

/** A session that somebody holds the token of. */
export interface Known {
  readonly token: string;
  readonly id: string;
}

/** What a process is started with. */
export interface CrashOrder {
  readonly data: string;
  /** The file that acknowledgements are appended to. */
  readonly log: string;
  readonly seed: number;
  /** Sessions of earlier rounds, whose state it tells first. */
  readonly known: readonly Known[];
  readonly ledgerAfter: number;
  readonly anchor: Anchor | undefined;
}

interface KeptSession extends Known {
  readonly realm: string;
  readonly username: string;
  readonly provider: string;
  readonly ip: string;
  readonly createdAt: number;
  readonly epoch: number;
  /** `open`: an order was under way when the process died, so either is right, once. */
  state: 'live' | 'dead' | 'open';
}

/** One line that a process wrote before it was killed. */
export type CrashLine =
  | { did: 'register'; token: string; session: Omit<KeptSession, 'token' | 'state'> }
  | { did: 'repeat'; id: string; token: string }
  | { did: 'terminate'; seq: number; hash: string }
  | { did: 'logout'; id: string }
  | { begun: 'repeat' | 'logout'; id: string }
  | { violation: string };

export const anyRealm = (random: Random): string => random.pick(['default', 'shop', 'lab']);
export const anyUser = (random: Random): string => `user ${random.below(12)}`;
export const anyProvider = (random: Random): { type: string; name: string } => ({
  type: 'ldap',
  name: random.pick(['corp', 'guests', 'old']),
});

/** A cut of one of the kinds that `names` knows; rarely a large one, whose rows are swept later. */
export function anySelector(random: Random, now: number, id: string | undefined): Selector {
  if (random.oneIn(40)) return { all: true, realm: anyRealm(random) };
  if (random.oneIn(40)) return { createdTo: new Date(now - random.below(100)).toISOString() };
  switch (random.below(4)) {
    case 0:
      return { username: anyUser(random), realm: anyRealm(random) };
    case 1:
      return { username: anyUser(random), provider: anyProvider(random) };
    case 2:
      return { ip: `192.0.2.${random.below(16)}`, username: anyUser(random) };
    default:
      return id === undefined ? { username: anyUser(random) } : { sessionIds: [id] };
  }
}

/** Whether a cut names a session: the few kinds above, said once more and as plainly as can be. */
function names(selector: Selector, session: KeptSession): boolean {
  const { realm, username, provider, ip, createdTo, sessionIds } = selector;
  if (realm !== undefined && realm !== session.realm) return false;
  if (username !== undefined && username !== session.username) return false;
  if (provider !== undefined && provider.name !== session.provider) return false;
  if (ip !== undefined && ip !== session.ip) return false;
  if (createdTo !== undefined && session.createdAt >= Date.parse(createdTo)) return false;
  return sessionIds === undefined || sessionIds.includes(session.id);
}

/** Beyond this many, sessions whose state has been seen often enough are forgotten. */
const mostKept = 4000;

/** What must be true of the data, as far as it was acknowledged. */
export class CrashModel {
  #sessions: KeptSession[] = [];
  #acknowledged = new Map<number, string>();
  /** Sessions that somebody began to log out, acknowledged or not. */
  readonly #leaving = new Set<string>();
  #head: Anchor | undefined;

  /** The last revocation seen in the ledger; it must stay there as it was. */
  get anchor(): Anchor | undefined {
    return this.#head;
  }

  get known(): readonly Known[] {
    return this.#sessions;
  }

  /** How many revocations the ledger had when it was looked at last. */
  get revocations(): number {
    return this.#head?.seq ?? 0;
  }

  /** Takes in what a process acknowledged before it died. */
  note(line: CrashLine): void {
    if ('violation' in line) assert.fail(line.violation);
    if ('begun' in line) {
      if (line.begun === 'logout') this.#leaving.add(line.id);
      for (const session of this.#of(line.id)) if (session.state === 'live') session.state = 'open';
      return;
    }
    switch (line.did) {
      case 'register':
        this.#sessions.push({ ...line.session, token: line.token, state: 'live' });
        break;
      case 'repeat':
        this.#repeated(line);
        break;
      case 'terminate':
        this.#acknowledged.set(line.seq, line.hash);
        break;
      case 'logout':
        for (const session of this.#of(line.id)) session.state = 'dead';
    }
  }

  /** Takes in the ledger as it is after a restart: every acknowledged entry is there, and nothing was rewritten. */
  learn(entries: readonly LedgerEntry[]): void {
    for (const entry of entries) {
      assert.equal(entry.seq, this.revocations + 1, 'the ledger has no gap');
      const acknowledged = this.#acknowledged.get(entry.seq);
      if (acknowledged !== undefined)
        assert.equal(entry.hash, acknowledged, `revocation ${entry.seq} was changed`);
      this.#acknowledged.delete(entry.seq);
      this.#head = { seq: entry.seq, hash: entry.hash };
      for (const session of this.#sessions) {
        if (entry.seq > session.epoch && names(entry.selector, session)) session.state = 'dead';
      }
    }
    assert.deepEqual([...this.#acknowledged.keys()], [], 'every acknowledged termination is in the ledger');
  }

  /** Holds the answers of the restarted process against what was acknowledged; `live` are places in `known`. */
  judge(live: readonly number[]): void {
    const alive = new Set(live);
    for (const [index, session] of this.#sessions.entries()) {
      const isLive = alive.has(index);
      const { id, state } = session;
      if (isLive) assert.notEqual(state, 'dead', `${id} had ended and lives again`);
      else assert.notEqual(state, 'live', `${id} was acknowledged, nobody ended it, and it is gone`);
      session.state = isLive ? 'live' : 'dead';
    }
    if (this.#sessions.length > mostKept) this.#sessions = this.#sessions.slice(-mostKept / 2);
  }

  #repeated({ id, token }: { id: string; token: string }): void {
    const [session] = this.#of(id);
    assert.ok(session);
    // A logout that was under way may have come after the repeat, whichever of them was told first.
    this.#sessions.push({ ...session, token, state: this.#leaving.has(id) ? 'open' : 'live' });
    // The former token has given way to the new one.
    session.state = 'dead';
  }

  #of(id: string): KeptSession[] {
    return this.#sessions.filter((session) => session.id === id);
  }
}
