import type { Selector } from '../../src/session/selector.ts';

/** A session as whoever registered it knows it. */
export interface KnownSession {
  readonly token: string;
  readonly id: string;
  readonly username: string;
  readonly app: string;
  /** The ledger's head when the sign-in began. */
  readonly epoch: number;
}

/** A cut by one of the few kinds that `names` knows; instants are of one monotonic clock, in milliseconds. */
export interface OrderedCut {
  readonly selector: Pick<Selector, 'username' | 'app' | 'sessionIds'>;
  readonly orderedAt: number;
  /** Undefined while nobody knows whether it was made. */
  acknowledgedAt?: number;
  seq?: number;
}

export interface WatchedCheck {
  readonly session: KnownSession;
  readonly node: string;
  readonly startedAt: number;
  readonly answeredAt: number;
  /** 200, 401, 503, ..., or 0 when no answer came. */
  readonly status: number;
  readonly reason: string | null;
}

/** What was seen in a test, in numbers. */
export interface Sight {
  readonly cuts: number;
  readonly acknowledged: number;
  readonly checks: number;
  readonly live: number;
  readonly refused: number;
  readonly unanswered: number;
}

/**
 * Writes down every answer and every acknowledgement, and proves afterwards: no check that started after an
 * acknowledgement answered live for a matching session, and no session was refused that no cut names.
 */
export class Witness {
  readonly cuts: OrderedCut[] = [];
  readonly checks: WatchedCheck[] = [];
  /** Sign-ins that were refused for a cut. */
  readonly refusedSignIns: {
    readonly session: Omit<KnownSession, 'token' | 'id'>;
    readonly answeredAt: number;
  }[] = [];
  readonly #byUser = new Map<string, OrderedCut[]>();

  order(cut: OrderedCut, username: string): OrderedCut {
    this.cuts.push(cut);
    const known = this.#byUser.get(username);
    if (known === undefined) this.#byUser.set(username, [cut]);
    else known.push(cut);
    return cut;
  }

  get sight(): Sight {
    const count = (status: number): number => this.checks.filter((check) => check.status === status).length;
    const [live, refused] = [count(200), count(401)];
    return {
      cuts: this.cuts.length,
      acknowledged: this.cuts.filter(({ seq }) => seq !== undefined).length,
      checks: this.checks.length,
      live,
      refused,
      unanswered: this.checks.length - live - refused,
    };
  }

  /** Every violation, each told in a sentence. */
  violations(): string[] {
    const found: string[] = [];
    const seqs = this.cuts.flatMap(({ seq }) => seq ?? []);
    if (new Set(seqs).size !== seqs.length) found.push('two cuts were acknowledged under one number');
    for (const check of this.checks) {
      const { session, node, status, startedAt, answeredAt, reason } = check;
      const cuts = this.#of(session);
      if (status === 200) {
        const cut = cuts.find(
          ({ acknowledgedAt, seq }) =>
            acknowledgedAt !== undefined &&
            acknowledgedAt < startedAt &&
            seq !== undefined &&
            seq > session.epoch,
        );
        if (cut !== undefined) {
          const late = Math.round(startedAt - (cut.acknowledgedAt ?? 0));
          found.push(
            `${node} answered live for ${session.username} ${late} ms after cut ${cut.seq} was acknowledged`,
          );
        }
      } else if (status === 401) {
        const isCaused =
          reason === 'revoked' && cuts.some((cut) => mayHaveEnded(cut, session.epoch, answeredAt));
        if (!isCaused) found.push(`${node} refused ${session.username} (${reason}), whom no cut names`);
      } else if (![0, 503].includes(status)) found.push(`${node} answered ${status}`);
    }
    for (const { session, answeredAt } of this.refusedSignIns) {
      const cuts = this.#of({ ...session, token: '', id: '' });
      if (!cuts.some((cut) => mayHaveEnded(cut, session.epoch, answeredAt)))
        found.push(`a sign-in of ${session.username} was refused, and no cut names it`);
    }
    return found;
  }

  #of(session: KnownSession): OrderedCut[] {
    return (this.#byUser.get(session.username) ?? []).filter(({ selector }) => names(selector, session));
  }
}

function mayHaveEnded({ orderedAt, seq }: OrderedCut, epoch: number, answeredAt: number): boolean {
  return orderedAt < answeredAt && (seq === undefined || seq > epoch);
}

function names({ username, app, sessionIds }: OrderedCut['selector'], session: KnownSession): boolean {
  if (username !== undefined && username !== session.username) return false;
  if (app !== undefined && app !== session.app) return false;
  return sessionIds === undefined || sessionIds.includes(session.id);
}
