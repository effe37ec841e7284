import { createHash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { hashSecret, newSessionToken } from '../../src/core/tokens.ts';
import type { SessionLimit } from '../../src/session/policy.ts';
import type { Selector } from '../../src/session/selector.ts';
import type { Session } from '../../src/session/session.ts';
import type {
  EndCommand,
  RegisterCommand,
  RevokeCommand,
  StoredSession,
  Touch,
  UpdateCommand,
} from '../../src/session/store.ts';
import type { ModelStore } from '../model/model-store.ts';
import { iso, type ManualClock, minute, startOfTime } from '../support/manual-clock.ts';
import { anySelector, anySession, groups, moved } from '../support/populations.ts';
import type { Random } from '../support/seed.ts';
import { toRevoke } from '../support/sessions.ts';
import type { Order } from './open-work.ts';

const limits: readonly SessionLimit[] = [
  { kind: 'unlimited' },
  { kind: 'unset' },
  { kind: 'refuse', max: 3, per: 'user' },
  { kind: 'refuse', max: 1, per: 'provider' },
  { kind: 'displace', max: 2, per: 'user' },
  { kind: 'displace', max: 1, per: 'provider' },
];

/** What may be asked about later: ids, numbers and token hashes, also of those long gone. */
interface Known {
  readonly id: string;
  readonly number: number;
  readonly tokenHash: Buffer;
}

/** The orders of a history, drawn by lot: they name sessions, users and instants out of few, so that they often meet. */
export class DrawnOrders {
  readonly #random: Random;
  readonly #clock: ManualClock;
  readonly #model: ModelStore;
  readonly #sessions: readonly Omit<Session, 'id'>[];
  readonly #selectors: readonly Selector[];
  readonly #known: Known[] = [];
  /** No access is noted before this instant, as the registry sees to. */
  #touchFloor = 0;

  constructor(random: Random, seed: number, clock: ManualClock, model: ModelStore) {
    this.#random = random;
    this.#clock = clock;
    this.#model = model;
    this.#sessions = fc.sample(anySession, { numRuns: 300, seed });
    this.#selectors = fc.sample(anySelector, { numRuns: 600, seed });
  }

  get #now(): number {
    return this.#clock.now();
  }

  newSession(): Omit<Session, 'ended'> {
    const drawn = this.#random.pick(this.#sessions);
    const now = this.#now;
    // Most sign-ins are quick; some began before a few of the last cuts.
    const epoch = Math.max(0, this.#model.head - (this.#random.oneIn(4) ? this.#random.below(6) : 0));
    const expiresAt = drawn.expiresAt === null ? null : now + drawn.expiresAt - drawn.createdAt;
    return { ...drawn, id: randomUUID(), createdAt: now, lastAccessAt: now, expiresAt, epoch };
  }

  toRegister(): RegisterCommand {
    const session = this.newSession();
    const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
    const idempotency = {
      key: hash(`key ${this.#random.below(40)}`),
      request: hash(`request ${this.#random.below(5) === 0}`),
    };
    return {
      session,
      tokenHash: hashSecret(newSessionToken()),
      limit: this.#random.pick(limits),
      now: this.#now,
      ...(this.#random.oneIn(4) ? { idempotency } : {}),
    };
  }

  remember({ id, number }: StoredSession, tokenHash: Buffer): void {
    this.#known.push({ id, number, tokenHash });
  }

  someone(): { id: string; number: number; tokenHash: Buffer } {
    const recent = this.#known.slice(-200);
    return recent.length === 0 || this.#random.oneIn(50)
      ? { id: randomUUID(), number: 10 ** 9, tokenHash: hashSecret(newSessionToken()) }
      : this.#random.pick(recent);
  }

  touches(): Touch[] {
    return Array.from({ length: 1 + this.#random.below(6) }, () => ({
      // The model numbers sessions as the store does, from 1 upwards.
      number: this.someone().number,
      lastAccessAt: Math.max(
        this.#touchFloor,
        this.#now - (this.#random.oneIn(3) ? this.#random.below(minute) : 0),
      ),
    }));
  }

  toUpdate(): UpdateCommand {
    return {
      id: this.someone().id,
      now: Math.max(this.#now, this.#touchFloor),
      ...(this.#random.oneIn(2) ? { accessGroups: groups.filter(() => this.#random.oneIn(2)) } : {}),
      ...(this.#random.oneIn(3) ? { adminIds: [0, 1, 7].filter(() => this.#random.oneIn(2)) } : {}),
      ...(this.#random.oneIn(3) ? { attributes: { step: String(this.#random.below(1000)) } } : {}),
    };
  }

  toEnd(): EndCommand {
    return { id: this.someone().id, reason: 'logged_out', now: this.#now };
  }

  /** A selector whose ranges lie around now. */
  selector(): Selector {
    const selector = moved(this.#random.pick(this.#selectors), this.#now - startOfTime - 5 * minute);
    if (!this.#random.oneIn(6) || this.#known.length === 0) return selector;
    return { ...selector, sessionIds: [this.someone().id, this.someone().id] };
  }

  toRevoke(drawn: Selector): RevokeCommand {
    const now = Math.max(this.#now, this.#touchFloor);
    // As the registry does: a cut of those used since an instant means until now.
    const selector = drawn.lastAccessFrom === undefined ? drawn : { ...drawn, lastAccessTo: iso(now + 1) };
    if (drawn.lastAccessFrom !== undefined || drawn.lastAccessTo !== undefined) this.#touchFloor = now + 1;
    return toRevoke(selector, {
      now,
      ...(this.#random.oneIn(8) ? { atMost: this.#random.below(20) } : {}),
    });
  }

  /** What one node may hold at a time: a few orders that have just come, of which nobody has an answer yet. */
  openWork(): Order[] {
    const drawn = [0, 0, 0, 0].map((): Order => {
      switch (this.#random.below(5)) {
        case 0:
          return { do: 'register', args: [this.toRegister()] };
        case 1:
          return { do: 'touch', args: [this.touches(), this.#now] };
        case 2:
          return { do: 'end', args: [this.toEnd()] };
        case 3:
          return { do: 'sweep', args: [this.#now] };
        default:
          return { do: 'revoke', args: [this.toRevoke(this.selector())] };
      }
    });
    // Of two new rights of one session the second would be tried again, after what came later.
    return this.#random.oneIn(3) ? [...drawn, { do: 'update', args: [this.toUpdate()] }] : drawn;
  }
}
